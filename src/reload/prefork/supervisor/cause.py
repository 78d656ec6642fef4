"""What a reload is for: the file that was saved, when, and when that was noticed. Milliseconds of the wall clock."""

import os
import time

# A file may be moved in with the age it had elsewhere: then it counts as saved when it was noticed.
OLDEST_MS = 2000


class Cause:
    __slots__ = ("file", "noticed", "saved", "waited")

    def __init__(self, file, saved, noticed):
        self.file = file
        self.saved = saved
        self.noticed = noticed
        # how long the program was kept at a prompt meanwhile: no time of the reload
        self.waited = 0.0


def cause_of(path):
    noticed = time.time() * 1000
    try:
        saved = os.stat(path).st_mtime_ns / 1e6
    except OSError:
        saved = noticed
    return Cause(path, saved if noticed - OLDEST_MS < saved <= noticed else noticed, noticed)
