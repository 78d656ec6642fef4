"""Imports the list of libraries, silently and without the project, and finds out what does not survive a fork."""

import _thread
import importlib
import os
import stat
import sys

from ..shared import project_sources, unseeded
from ..shared.arguments import arguments_of, set_arguments
from ..shared.paths import is_library, is_project


class NotForkSafe(Exception):
    def __init__(self, package, why):
        self.package = package
        self.why = why


def preload(settings):
    """The names loaded now. Raises NotForkSafe for the first package that started what a fork does not copy."""
    loaded = []
    left_out = set(settings["leave_out"])
    noted = unseeded.Noted(settings["modules"])
    with SilencedStdio(), LibrariesOnly(), LibraryBytecode(), AppEnvironment(settings["environment"]), noted:
        set_arguments(arguments_of(settings["program"]))
        guard = ForkCheck()
        project_sources.current.after_import = guard.check
        for name in settings["modules"]:
            if name.partition(".")[0] in left_out:
                continue
            try:
                importlib.import_module(name)
                loaded.append(name)
            except NotForkSafe:
                raise
            except BaseException:
                continue  # it depends on something only the project sets up: the worker imports it
            guard.check(name)
        project_sources.current.after_import = None
        project_sources.current.spent.clear()
        forget_project()
    return loaded


class ForkCheck:
    """What a library started at import does not exist in a fork: its threads; or is shared with it: its sockets."""

    def __init__(self):
        self.descriptors = len(os.listdir("/dev/fd"))
        self.sockets = count_sockets()

    def check(self, name):
        package = name.partition(".")[0]
        if _thread._count():
            raise NotForkSafe(package, "starts a thread at import")
        descriptors = len(os.listdir("/dev/fd"))
        if descriptors != self.descriptors:
            self.descriptors = descriptors
            if count_sockets() > self.sockets:
                raise NotForkSafe(package, "opens a socket at import")


def count_sockets():
    count = 0
    for name in os.listdir("/dev/fd"):
        try:
            count += stat.S_ISSOCK(os.fstat(int(name)).st_mode)
        except (OSError, ValueError):
            continue
    return count


def forget_project():
    """A library may import a plugin that is the project's own: the worker must load that itself."""
    for name, module in list(sys.modules.items()):
        origin = getattr(getattr(module, "__spec__", None), "origin", None)
        if name != "__main__" and isinstance(origin, str) and os.path.isabs(origin) and is_project(origin):
            del sys.modules[name]


class SilencedStdio:
    """The first worker has already shown what importing prints."""

    def __enter__(self):
        sys.stdout.flush()
        sys.stderr.flush()
        self.saved = [os.dup(1), os.dup(2)]
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        os.close(null)

    def __exit__(self, *_):
        sys.stdout.flush()
        sys.stderr.flush()
        for number, saved in enumerate(self.saved, 1):
            os.dup2(saved, number)
            os.close(saved)


class LibrariesOnly:
    """Only installed libraries are found: not the working folder, PYTHONPATH or what is installed editable."""

    def __enter__(self):
        self.path, self.finders = list(sys.path), list(sys.meta_path)
        sys.path[:] = [entry for entry in sys.path if entry and is_library(os.path.join(os.path.abspath(entry), ""))]
        sys.meta_path[:] = [finder for finder in sys.meta_path if "editable" not in type_name(finder).lower()]

    def __exit__(self, *_):
        sys.path[:] = self.path + [entry for entry in sys.path if entry not in self.path]
        sys.meta_path[:] = self.finders + [finder for finder in sys.meta_path if finder not in self.finders]


class LibraryBytecode:
    """Apps write none, and uv installs none: each start would compile all that is imported, which takes longer than the
    start itself. Python keeps it here as it would without devpm, unless somebody wished for none (the launcher's
    `libraryBytecode`).
    """

    def __enter__(self):
        self.before = sys.dont_write_bytecode
        sys.dont_write_bytecode = self.before and not os.environ.get("DEVPM_LIBRARY_BYTECODE")

    def __exit__(self, *_):
        sys.dont_write_bytecode = self.before


def type_name(finder):
    kind = finder if isinstance(finder, type) else type(finder)
    return kind.__module__ + "." + kind.__name__


class AppEnvironment:
    """As the project had set it when it imported them."""

    def __init__(self, changed):
        self.changed = changed

    def __enter__(self):
        self.before = {key: os.environ.get(key) for key in self.changed}
        set_all(self.changed)

    def __exit__(self, *_):
        set_all({key: value for key, value in self.before.items() if os.environ.get(key) == self.changed[key]})


def set_all(variables):
    for key, value in variables.items():
        if value is None:
            os.environ.pop(key, None)
        else:
            os.environ[key] = value
