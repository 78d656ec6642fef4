"""Which files are the project's own and which belong to libraries."""

import os
import sys

STDLIB = os.path.dirname(os.__file__) + os.sep
# of this package as a whole
HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
VENV = tuple(os.path.join(sys.prefix, name, "") for name in ("bin", "lib", "lib64"))
LIBRARIES = (STDLIB, HERE, *(VENV if sys.prefix != sys.base_prefix else ()))
INSTALLED = ("/site-packages/", "/dist-packages/")


def is_library(path):
    """Editable installs and PYTHONPATH folders lie outside all of these: they are project code."""
    return path.startswith(LIBRARIES) or any(folder in path for folder in INSTALLED)


def package_of(path):
    """The name of the installed package that a file belongs to; None where it belongs to none."""
    for folder in INSTALLED:
        _, found, rest = path.partition(folder)
        if found:
            return rest.split("/", 1)[0].split(".", 1)[0]
    return None


def is_project(path):
    """Asked at every import: a path that is normal already is left as it is."""
    if path is None or path.startswith("<"):
        return False
    return not is_library(path if path.startswith("/") and "/." not in path else os.path.abspath(path))


def display_path(path):
    """As the user would name it: relative to the working folder where it lies in it."""
    here = os.getcwd() + os.sep
    return path[len(here) :] if path.startswith(here) else path
