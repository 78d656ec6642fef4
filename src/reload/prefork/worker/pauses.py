"""How long somebody has kept the program: at a prompt, or stopped in a debugger. Not the time of a reload."""

import time


class Pauses:
    def __init__(self):
        # threads that are kept now, since when, and for how long any was before
        self.count = 0
        self.since = 0.0
        self.former = 0.0

    def begin(self):
        if self.count == 0:
            self.since = time.time()
        self.count += 1

    def end(self):
        self.count -= 1
        if self.count == 0:
            self.former += time.time() - self.since

    def seconds(self):
        return self.former + (time.time() - self.since if self.count else 0.0)
