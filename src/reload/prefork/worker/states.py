"""What a worker is at a time, each state with what is true only in it.

    Standby ──activate──► Booting ──accepts──► Serving ──retire──► Retiring ──finish──► Finishing

The first worker, and one that no template could fork ahead, begin as Booting. Any state may be retired.
"""

import _thread
import time

from . import held_output


class Standby:
    """Forked ahead of a save: runs up to where it would read the project's first file, and waits there."""

    __slots__ = ("activation", "output")

    def __init__(self):
        self.activation = _thread.allocate_lock()
        self.activation.acquire()
        self.output = held_output.HeldOutput()


class Booting:
    """Runs the project; times are seconds of the wall clock."""

    __slots__ = ("imported", "started")

    def __init__(self):
        self.started = time.time()
        self.imported = None


class Serving:
    __slots__ = ()


class Retiring:
    """Accepts no more; what is in flight is answered."""

    __slots__ = ("has_successor",)

    def __init__(self, has_successor):
        self.has_successor = has_successor


class Finishing(Retiring):
    """Its program shuts down."""

    __slots__ = ()
