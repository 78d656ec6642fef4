"""The policies of one supervisor: each decides one thing, and knows of no process."""

from .boot_writes import BootWrites
from .crash_policy import CrashPolicy
from .fork_safety import ForkSafety
from .own_saves import OwnSaves
from .preloader import Preloader
from .reload_policy import ReloadPolicy
from .reload_timing import ReloadTiming


class Policies:
    __slots__ = ("boot_writes", "crash", "fork_safety", "own_saves", "preloader", "reload", "timing")

    def __init__(self, options, app, modules, left_out):
        self.timing = ReloadTiming()
        self.reload = ReloadPolicy(self.timing)
        self.own_saves = OwnSaves()
        self.boot_writes = BootWrites()
        self.crash = CrashPolicy(app, self.timing)
        self.fork_safety = ForkSafety(options.probe)
        self.preloader = Preloader(modules, left_out, is_off=not options.preload)
