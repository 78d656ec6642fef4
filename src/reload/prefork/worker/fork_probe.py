"""The first worker of a new template is a probe: what hangs or crashes there, and not without it, is not fork-safe.

Which library it was is read from the stacks: `faulthandler` writes them even when no Python code can run any more.
"""

import faulthandler
import os
import time


class ForkProbe:
    def __init__(self, fd, seconds):
        self.fd = fd
        self.seconds = seconds
        self.until = None
        self.plain = (faulthandler.enable, faulthandler.disable, faulthandler.is_enabled)
        # the handler of a crash is ours, until the program has one of its own
        self.own = not faulthandler.is_enabled()
        if self.own:
            faulthandler.enable(file=fd)
            faulthandler.enable, faulthandler.disable, faulthandler.is_enabled = self.enable, self.disable, self.is_on

    def enable(self, *args, **kwargs):
        self.give_up()
        self.plain[0](*args, **kwargs)

    def disable(self):
        """A library may keep this one under a name of its own, and call it when the handler is the program's."""
        if not self.own:
            return self.plain[1]()
        self.give_up()
        return False

    def is_on(self):
        return False if self.own else self.plain[2]()

    def give_up(self):
        if self.own:
            self.own = False
            faulthandler.enable, faulthandler.disable, faulthandler.is_enabled = self.plain
            faulthandler.disable()

    def limit(self):
        """The supervisor looks a moment later."""
        self.until = time.monotonic() + self.seconds
        self.resume()

    def passed(self):
        self.until = None
        self.pause()

    def pause(self):
        """Around a fork: at its end the child would wait for faulthandler's thread, which only its parent has."""
        faulthandler.cancel_dump_traceback_later()

    def resume(self):
        if self.until is not None:
            faulthandler.dump_traceback_later(max(0.01, self.until - time.monotonic()), file=self.fd)

    def over(self):
        self.passed()
        self.give_up()
        os.close(self.fd)
