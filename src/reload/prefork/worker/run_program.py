"""Runs what the user gave to python — a script, -m module, -c code — in this process as python itself would have."""

import os
import sys

from ..shared import project_sources
from ..shared.paths import is_project


def run(program):
    main = sys.modules["__main__"] = type(sys)("__main__")
    main.__builtins__ = sys.modules["builtins"]
    if hasattr(sys, "orig_argv"):
        sys.orig_argv = [sys.executable, *program]
    if program[0] == "-m":
        run_module(program[1], program[2:])
    elif program[0] == "-c":
        begin("", ["-c", *program[2:]])
        exec(compile(program[1], "<string>", "exec"), main.__dict__)
    elif os.path.isfile(program[0]):
        run_script(main, program[0], program)
    else:
        run_folder(program)


def begin(folder, argv):
    """sys.argv and the first entry of sys.path, unless Python was started without it (-P, -I)."""
    sys.argv = argv
    isolated = getattr(sys.flags, "safe_path", False) or sys.flags.isolated
    if not isolated:
        sys.path.insert(0, folder)


def run_module(name, arguments):
    import runpy

    begin(os.getcwd(), ["-m", *arguments])
    runpy._run_module_as_main(name)


def run_script(main, path, argv):
    from importlib.machinery import SourceFileLoader

    begin(os.path.dirname(os.path.realpath(path)), argv)
    # absolute, as python has it: the program may change its folder
    path = os.path.join(os.getcwd(), path)
    main.__file__ = path
    main.__cached__ = None
    main.__loader__ = SourceFileLoader("__main__", path)
    exec(code_of(path), main.__dict__)


def code_of(path):
    def compiled(source, _):
        return compile(source, path, "exec", dont_inherit=True)

    if is_project(path):
        return project_sources.current.load(path, compiled)
    with open(path, "rb") as file:  # an installed command: no save is expected there
        return compiled(file.read(), path)


def run_folder(argv):
    """A folder or zip with a __main__, or a file that is not there: python's own words for it are the best ones."""
    import runpy

    sys.argv = argv
    runpy.run_path(argv[0], run_name="__main__")
