"""A Python app that reloads by fork: `python prefork [options] -- <what the user gave to python>`. See docs/reload.md.

Only the standard library, CPython 3.9 to 3.14: it runs in the interpreter of the user's app, whatever is there.
Of that, what stands beside each app uses `_socket` and `_signal` rather than what wraps them in enumerations: 1 MB.
"""

import os
import sys

OLDEST = (3, 9)
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
    folders = {package: os.path.join(HERE, *package.split(".")) for package in PACKAGES}
    for package, folder in folders.items():
        add_package(f"{NAME}.{package}", folder)
    from _devpm_prefork.own_code import keep

    keep([HERE, *folders.values()], os.environ.get("DEVPM_CACHE"))


def add_package(name, folder):
    package = type(sys)(name)
    package.__path__ = [folder]
    sys.modules[name] = package


def why_unfit():
    """A runner such as `uv run` has found this interpreter: it could not be checked before. None where it can fork."""
    if sys.implementation.name != "cpython":
        return f"{sys.implementation.name} has not been tried with it"
    if sys.version_info < OLDEST:
        return f"it needs Python {dotted(OLDEST)}, and this is {dotted(sys.version_info[:2])}"
    return None


def dotted(version):
    return ".".join(str(number) for number in version)


def run_plainly(reason, program):
    """The engine restarts the program in another way, and ends this process; without one it runs as it is."""
    import json
    import socket

    report = {"what": "unfit", "reason": reason}
    line = {"op": "report", "app": os.environ.get("DEVPM_APP", ""), "session": os.environ.get("DEVPM_SESSION", "")}
    engine = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        engine.connect(os.environ["DEVPM_SOCKET"])
        engine.sendall(json.dumps(dict(line, report=report)).encode() + b"\n")
        engine.recv(1)
    except (KeyError, OSError):
        sys.stderr.write(f"devpm: saves will not reload it: {reason}\n")
        sys.stderr.flush()
    os.execv(sys.executable, [sys.executable] + program)


def main():
    reason = why_unfit()
    if reason is not None:
        run_plainly(reason, sys.argv[sys.argv.index("--") + 1 :])
    mount()
    from _devpm_prefork.options import parse

    options = parse(sys.argv[1:])
    from _devpm_prefork.boot import boot

    boot(options)


if __name__ == "__main__":
    main()
