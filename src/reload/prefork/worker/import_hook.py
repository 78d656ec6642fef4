"""Changes to libraries, made the moment they are imported, whether before the fork or after."""

# importlib.machinery's own home: the package around it brings `warnings`
import _frozen_importlib_external as machinery
import sys

from ..shared.paths import is_project
from . import lifecycle

# library → the files of hooks that change it; they are imported with it, and register what they change
HOOKS = {}
PATCHES = {}


def patch(module):
    """Registers what is to be done with a module once it is loaded."""

    def register(function):
        PATCHES.setdefault(module, []).append(function)
        return function

    return register


class Finder:
    """Stands first in sys.meta_path and lets the others find; only what is to be patched gets a longer loader."""

    def find_spec(self, name, path=None, target=None):
        if lifecycle.current is not None and lifecycle.current.is_standby:
            await_project(name, path, target)
        if name not in HOOKS and name not in PATCHES:
            return None
        spec = machinery.PathFinder.find_spec(name, path, target)
        if spec is None or spec.loader is None:
            return spec
        run = spec.loader.exec_module

        def exec_module(module):
            run(module)
            apply(module)

        spec.loader.exec_module = exec_module
        return spec


def await_project(name, path, target):
    """A standby looks for a module of the project only once it is activated."""
    for finder in sys.meta_path:
        if isinstance(finder, Finder) or not hasattr(finder, "find_spec"):
            continue
        spec = finder.find_spec(name, path, target)
        if spec is None:
            continue
        places = [spec.origin] if spec.has_location else list(spec.submodule_search_locations or ())
        if any(is_project(place) for place in places):
            lifecycle.current.await_activation()
        return


def apply(module):
    """A library of another version than we know must still run, if less well."""
    name = module.__name__
    for hooks in HOOKS.get(name, ()):
        load(hooks)
    for change in PATCHES.get(name, ()):
        try:
            change(module)
        except AttributeError as error:
            sys.stderr.write(f"devpm: {name} is not as expected: {error}\n")


def load(hooks):
    try:
        __import__(hooks)
    except ImportError as error:
        # devpm was removed meanwhile: the program needs none of it to run
        sys.stderr.write(f"devpm: {error}\n")
