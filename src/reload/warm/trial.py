"""The first worker of a new nursery is a probe: what hangs or crashes there, and not without it, cannot be forked.

Which library it was is read from the stacks: `faulthandler` writes them even when no Python code can run any more.
"""

import faulthandler
import os


class Probe:
    def __init__(self, fd, seconds):
        self.fd = fd
        self.seconds = seconds
        self.own = not faulthandler.is_enabled()
        if self.own:
            faulthandler.enable(file=fd)

    def limit(self):
        """The holder looks a moment later."""
        faulthandler.dump_traceback_later(self.seconds, file=self.fd)

    def passed(self):
        faulthandler.cancel_dump_traceback_later()

    def over(self):
        self.passed()
        if self.own:
            faulthandler.disable()
        os.close(self.fd)
