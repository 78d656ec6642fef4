"""The warm python: `python warm [options] -- <what the user gave to python>`. See docs/reload.md.

Only the standard library, CPython 3.9 to 3.14: it runs in the interpreter of the user's app, whatever is there.
Of that, what stands beside each app uses `_socket` and `_signal` rather than what wraps them in enumerations: 1 MB.
"""

import os
import sys
import types

HERE = os.path.dirname(os.path.abspath(__file__))


def mount():
    """Makes the files beside this one importable under a name no project uses, and leaves no trace in sys.path."""
    if sys.path and os.path.abspath(sys.path[0] or ".") == HERE:
        del sys.path[0]
    package = types.ModuleType("_devpm_warm")
    package.__path__ = [HERE]
    sys.modules["_devpm_warm"] = package


def main():
    mount()
    from _devpm_warm.options import parse
    from _devpm_warm.roles import play

    play(parse(sys.argv[1:]))


main()
