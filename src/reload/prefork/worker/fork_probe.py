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
        self.own = not faulthandler.is_enabled()
        self.until = None
        if self.own:
            faulthandler.enable(file=fd)

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
        if self.own:
            faulthandler.disable()
        os.close(self.fd)
