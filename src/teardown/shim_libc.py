"""prctl, by `_ctypes` alone: the `ctypes` around it takes 5 ms of a start. Standard library only."""

import _ctypes

_PRCTL = _ctypes.dlsym(_ctypes.dlopen(None, 0), "prctl")


def prctl(option, value):
    return _ctypes.call_cdeclfunction(_PRCTL, (option, value, 0, 0, 0))
