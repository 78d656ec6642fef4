"""What supervisor and template do before they fork, so that they and their children write to few of their common pages.

What one of them writes is copied.
"""

import gc
import sys


def settle():
    """All that is loaded by now stays. No collector looks at it again: that writes to every object."""
    gc.collect()
    give_back()
    gc.freeze()


def give_back():
    """What the C library keeps, and nothing uses."""
    if "_ctypes" in sys.modules:
        from .libc import function

        try:
            function("malloc_trim")(0)
        except OSError:
            pass  # it has no such function
