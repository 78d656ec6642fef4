"""What the program has not closed when it ends is written, as without a template.

What a template has loaded is frozen, and never collected: a file that only a library's module or class holds would lose
what it has not written yet.
"""

import _io
import atexit
import gc
import os
import stat

BUFFERED = (_io.TextIOWrapper, _io.BufferedWriter, _io.BufferedRandom)


def install():
    """Before the program registers what it does at its end, which comes first then."""
    atexit.register(write)


def write():
    """Files alone: a pipe may be full."""
    for one in gc.get_objects():
        if type(one) in BUFFERED:
            try:
                if stat.S_ISREG(os.fstat(one.fileno()).st_mode):
                    one.flush()
            except (OSError, ValueError):
                continue  # it is closed, or the disk is full
