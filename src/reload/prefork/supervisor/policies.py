"""The policies of one supervisor: each decides one thing, and knows of no process."""

from .crash_policy import CrashPolicy
from .fork_safety import ForkSafety
from .own_saves import OwnSaves
from .own_writes import OwnWrites
from .preloader import Preloader
from .reload_policy import ReloadPolicy
from .reload_timing import ReloadTiming


class Policies:
    __slots__ = ("crash", "fork_safety", "own_saves", "own_writes", "preloader", "reload", "timing")

    def __init__(self, options, app, modules, left_out):
        self.timing = ReloadTiming()
        self.reload = ReloadPolicy(self.timing)
        self.own_saves = OwnSaves()
        self.own_writes = OwnWrites()
        self.crash = CrashPolicy(app, self.timing)
        self.fork_safety = ForkSafety(options.probe)
        self.preloader = Preloader(modules, left_out, is_off=not options.preload)
