"""`sys.argv` of the program. One list for ever: libraries that were loaded before the fork may have bound it."""

import os
import sys


def arguments_of(program):
    """As it is until the program's own module is found, which a library may look at when it is imported."""
    first, *rest = program
    if first in ("-m", "-c"):
        return [first, *rest[1:]]
    return [script_of(first), *rest]


def script_of(name):
    """A command by its name, as after `uv run`, is the script beside the interpreter."""
    if "/" in name or name.endswith(".py") or os.path.exists(name):
        return name
    path = os.path.join(os.path.dirname(sys.executable), name)
    return path if os.path.isfile(path) else name


def set_arguments(words):
    sys.argv[:] = words
