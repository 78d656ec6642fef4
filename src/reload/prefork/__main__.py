"""A Python app that reloads by fork: `python prefork [options] -- <what the user gave to python>`. See docs/reload.md.

Only the standard library, CPython 3.9 to 3.14: it runs in the interpreter of the user's app, whatever is there.
Of that, what stands beside each app uses `_socket` and `_signal` rather than what wraps them in enumerations: 1 MB.
"""

import os
import sys

NAME = "_devpm_prefork"
HERE = os.path.dirname(os.path.abspath(__file__))
PACKAGES = ("shared", "supervisor", "supervisor.watch", "template", "worker", "worker.hooks")


def mount():
    """Makes the files beside this one importable under a name no project uses, and leaves no trace in sys.path.

    The packages are made here instead of found on disk: without `__init__.py`, Python would look for each in every way.
    """
    if sys.path and os.path.abspath(sys.path[0] or ".") == HERE:
        del sys.path[0]
    at_start = frozenset(sys.modules)
    add_package(NAME, HERE)
    sys.modules[NAME].at_start = at_start
    for package in PACKAGES:
        add_package(f"{NAME}.{package}", os.path.join(HERE, *package.split(".")))


def add_package(name, folder):
    package = type(sys)(name)
    package.__path__ = [folder]
    sys.modules[name] = package


def main():
    mount()
    from _devpm_prefork.options import parse

    options = parse(sys.argv[1:])
    from _devpm_prefork.boot import boot

    boot(options)


if __name__ == "__main__":
    main()
