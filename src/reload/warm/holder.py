"""The process PM2 runs: keeps the sockets, sees the saves, has workers forked and replaced, answers when none can.

    worker:  booting ──checkpoint, bind──► serving ──save──► retiring ──► gone
                │ stand down (saved again meanwhile)            ▲
                └──────────────────────────────────────────────┘
    holder:  a worker boots or serves │ crashed: the page answers │ ending

It imports neither the project nor a library and has one thread, so that it can always fork.
"""

import _signal
import os
import select
import sys
import time

from . import signals
from .burst import Burst
from .crashed import Crashed
from .hands import Hands
from .learned import Learned
from .progress import Progress
from .report import Report
from .suspicion import Suspicion
from .watching import Watching


class Holder:
    def __init__(self, options, wake):
        self.options = options
        self.wake = wake
        self.clock = time.monotonic
        self.timers = []
        self.report = Report(os.environ, self.clock)
        self.suspicion = Suspicion(self)
        self.hands = Hands(self)
        self.crashed = Crashed(self)
        self.learned = Learned(self)
        self.watching = Watching(self)
        self.burst = Burst(self)
        self.progress = Progress(self)
        self.ending = False

    def run(self, first, channel, began):
        self.hands.take_first(first, channel, began)
        self.watching.start()
        while True:
            self.turn()

    def turn(self):
        waiting = select.poll()
        readers = {}
        for source, ready in self.sources():
            waiting.register(source, select.POLLIN)
            readers[source if isinstance(source, int) else source.fileno()] = ready
        for visitor in self.crashed.writing():
            waiting.register(visitor, select.POLLOUT)
            readers[visitor.fileno()] = lambda visitor=visitor: self.crashed.write(visitor)
        for fd, _ in waiting.poll(self.patience()):
            self.survive(readers[fd])
        self.survive(self.due)
        self.survive(self.watching.slice)

    def survive(self, action):
        """A mistake of ours must not take the app down with it."""
        try:
            action()
        except Exception:
            import traceback

            traceback.print_exc()

    def sources(self):
        yield self.wake, self.signalled
        yield from self.watching.sources()
        yield from self.hands.sources()
        yield from self.learned.sources()
        yield from self.crashed.sources()
        if self.report.socket is not None:
            yield self.report, self.told

    def after(self, seconds, action):
        timer = [self.clock() + seconds, action]
        self.timers.append(timer)
        return timer

    def patience(self):
        if self.watching.is_walking():
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
                self.hands.reap()
            else:
                self.end(number)

    def told(self):
        for message in self.report.read() or ():
            if message.get("do") == "reload":
                self.burst.now()

    def end(self, number):
        """The worker gets its normal end, bounded; a second signal is not waited for."""
        self.learned.close()
        if self.ending:
            self.leave()
        self.ending = True
        self.crashed.clear()
        self.hands.retire_all(number)
        self.after(self.options.grace, self.leave)
        self.gone()

    def gone(self):
        if self.ending and not self.hands.workers:
            self.leave()

    def leave(self):
        try:
            self.hands.kill_all()
            self.learned.kill()
            self.hands.outlast()
            sys.stdout.flush()
        finally:
            os._exit(0)

    def close_all(self):
        """In a child: nothing of the holder's stays open there."""
        self.report.close()
        self.watching.close()
        self.crashed.close_all()
        self.learned.close_channels()
        self.hands.close_all()
        signals.restore()
