"""Modules of the project that have the name of one of Python's own: it imports its own, as without us.

What is loaded already would be found first: by us, or by a template for the libraries.
"""

import _imp
import os
import sys

from ..shared.messages import FromWorkerToSupervisor
from ..shared.paths import is_library
from . import lifecycle

NAME = __name__.partition(".")[0]


def leave():
    """Before the program runs, with its sys.path: what it would not find is no longer loaded."""
    found = sorted({name for folder in own_folders() for name in names(folder) if is_hidden(name, folder)})
    for name in found:
        for loaded in [one for one in sys.modules if one == name or one.startswith(name + ".")]:
            del sys.modules[loaded]
    worker = lifecycle.own_worker()
    if found and worker is not None and worker.is_preloaded:
        # libraries have loaded the other one, and hold it
        worker.link.ask(FromWorkerToSupervisor.shadows(name=found[0]))


def own_folders():
    """Those that Python looks into before its own."""
    for entry in sys.path:
        folder = os.path.abspath(entry)
        if is_library(os.path.join(folder, "")) or folder.endswith(".zip"):
            return
        yield folder


def names(folder):
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        name, extension = os.path.splitext(entry.name)
        if name in sys.modules and (extension == ".py" or os.path.exists(os.path.join(entry.path, "__init__.py"))):
            yield name


def is_hidden(name, folder):
    """Loaded from elsewhere, by more than the interpreter's own start, which no program comes before."""
    if name == "__main__" or name in sys.modules[NAME].at_start or _imp.is_builtin(name) or _imp.is_frozen(name):
        return False
    origin = getattr(getattr(sys.modules[name], "__spec__", None), "origin", None)
    return isinstance(origin, str) and not origin.startswith(os.path.join(folder, ""))
