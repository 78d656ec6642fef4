"""The process PM2 runs: keeps the sockets, sees the saves, has workers forked and replaced, answers when none can.

    worker:  booting ──checkpoint, bind──► serving ──save──► retiring ──► gone
                │ stand down (saved again meanwhile)            ▲
                └──────────────────────────────────────────────┘
    supervisor:  a worker boots or serves │ crashed: the page answers │ ending

It imports neither the project nor a library and has one thread, so that it can always fork.
"""

import _signal
import os
import select
import sys
import time

from ..shared import signals
from .engine_report import EngineReport
from .error_page import ErrorPage
from .fork_safety import ForkSafety
from .preloader import Preloader
from .reload_policy import ReloadPolicy
from .reload_timing import ReloadTiming
from .watch.watcher import Watcher
from .workers import Workers


class Supervisor:
    def __init__(self, options, wake):
        self.options = options
        self.wake = wake
        self.clock = time.monotonic
        self.timers = []
        self.report = EngineReport(os.environ, self.clock)
        self.fork_safety = ForkSafety(self)
        self.workers = Workers(self)
        self.error_page = ErrorPage(self)
        self.preloader = Preloader(self)
        self.watcher = Watcher(self)
        self.reload_policy = ReloadPolicy(self)
        self.reload_timing = ReloadTiming(self)
        self.ending = False

    def run(self, first, channel, began):
        self.workers.take_first(first, channel, began)
        self.watcher.start()
        while True:
            self.turn()

    def turn(self):
        waiting = select.poll()
        readers = {}
        for source, ready in self.sources():
            waiting.register(source, select.POLLIN)
            readers[source if isinstance(source, int) else source.fileno()] = ready
        for visitor in self.error_page.writing():
            waiting.register(visitor, select.POLLOUT)
            readers[visitor.fileno()] = lambda visitor=visitor: self.error_page.write(visitor)
        for fd, _ in waiting.poll(self.patience()):
            self.survive(readers[fd])
        self.survive(self.due)
        self.survive(self.watcher.slice)

    def survive(self, action):
        """A mistake of ours must not take the app down with it."""
        try:
            action()
        except Exception:
            import traceback

            traceback.print_exc()

    def sources(self):
        yield self.wake, self.signalled
        yield from self.watcher.sources()
        yield from self.workers.sources()
        yield from self.preloader.sources()
        yield from self.error_page.sources()
        if self.report.socket is not None:
            yield self.report, self.told

    def after(self, seconds, action):
        timer = [self.clock() + seconds, action]
        self.timers.append(timer)
        return timer

    def patience(self):
        if self.watcher.is_walking():
            return 0
        if not self.timers:
            return None
        return max(0.0, min(timer[0] for timer in self.timers) - self.clock()) * 1000 + 1

    def due(self):
        now = self.clock()
        for timer in [timer for timer in self.timers if timer[0] <= now]:
            if timer in self.timers:
                self.timers.remove(timer)
                timer[1]()

    def cancel(self, timer):
        if timer in self.timers:
            self.timers.remove(timer)

    def signalled(self):
        for number in signals.read(self.wake):
            if number == _signal.SIGCHLD:
                self.workers.reap()
            else:
                self.end(number)

    def told(self):
        for message in self.report.read() or ():
            if message.get("do") == "reload":
                self.reload_policy.now()

    def end(self, number):
        """The worker gets its normal end, bounded; a second signal is not waited for."""
        self.preloader.close()
        if self.ending:
            self.leave()
        self.ending = True
        self.error_page.clear()
        self.workers.retire_all(number)
        self.after(self.options.grace, self.leave)
        self.gone()

    def gone(self):
        if self.ending and not self.workers.workers:
            self.leave()

    def leave(self):
        try:
            for worker in self.workers.workers:
                self.workers.kill(worker)
            self.preloader.kill()
            self.workers.wait_exited()
            sys.stdout.flush()
        finally:
            os._exit(0)

    def close_all(self):
        """In a child: nothing of the supervisor's stays open there."""
        self.report.close()
        self.watcher.close()
        self.error_page.close_all()
        self.preloader.close_channels()
        self.workers.close_all()
        signals.restore()
