"""Timers, and one `poll` for all that the supervisor listens to."""

import select
import time


class EventLoop:
    def __init__(self):
        self.clock = time.monotonic
        self.timers = []

    def after(self, seconds, action):
        timer = [self.clock() + seconds, action]
        self.timers.append(timer)
        return timer

    def cancel(self, timer):
        if timer in self.timers:
            self.timers.remove(timer)

    def run_once(self, readers, writers, is_busy):
        """`readers`, `writers`: (source, action). `is_busy`: there is more to do, nothing is waited for."""
        waiting = select.poll()
        actions = {}
        for sources, event in ((readers, select.POLLIN), (writers, select.POLLOUT)):
            for source, action in sources:
                waiting.register(source, event)
                actions[source if isinstance(source, int) else source.fileno()] = action
        for fd, _ in waiting.poll(0 if is_busy else self.patience()):
            survive(actions[fd])
        survive(self.run_due)

    def patience(self):
        """In ms; None without a timer."""
        if not self.timers:
            return None
        return max(0.0, min(timer[0] for timer in self.timers) - self.clock()) * 1000 + 1

    def run_due(self):
        now = self.clock()
        for timer in [timer for timer in self.timers if timer[0] <= now]:
            if timer in self.timers:
                self.timers.remove(timer)
                timer[1]()


def survive(action):
    """A mistake of ours must not take the app down with it."""
    try:
        action()
    except Exception:
        import traceback

        traceback.print_exc()
