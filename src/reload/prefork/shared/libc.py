"""Functions of the C library, by `_ctypes` alone: the `ctypes` around it takes 0.2 MB of a process beside every app."""

import _ctypes


class Int(_ctypes._SimpleCData):
    _type_ = "i"


class Function(_ctypes.CFuncPtr):
    """Takes ints and bytes, returns an int."""

    _flags_ = _ctypes.FUNCFLAG_CDECL | _ctypes.FUNCFLAG_USE_ERRNO
    _restype_ = Int


def function(name):
    """OSError where the library has none of this name."""
    return Function(_ctypes.dlsym(_ctypes.dlopen(None, 0), name))


def error_number():
    """Of the last call of such a function."""
    return _ctypes.get_errno()
