"""Runs what the user gave to python — a script, -m module, -c code — in this process as python itself would have."""

import os
import sys

from ..shared import project_sources
from ..shared.paths import is_project
from . import lifecycle


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
    elif "/" in program[0] or os.path.isdir(program[0]) or program[0].endswith(".py"):
        run_folder(program)
    else:
        run_installed(main, program)


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


def run_installed(main, argv):
    """A command by its name, as after `uv run`: a script beside the interpreter, or what is no Python at all."""
    path = os.path.join(os.path.dirname(sys.executable), argv[0])
    if is_python_script(path):
        return run_script(main, path, [path, *argv[1:]])
    worker = lifecycle.own_worker()
    if worker is not None:
        worker.is_unfit(f"`{argv[0]}` is not a Python script")
    os.execvp(argv[0], argv)


def is_python_script(path):
    try:
        with open(path, "rb") as file:
            head = file.read(256)
    except OSError:
        return False
    return head.startswith(b"#!") and b"python" in head


def run_folder(argv):
    """A folder or zip with a __main__, or a file that is not there: python's own words for it are the best ones."""
    import runpy

    sys.argv = argv
    runpy.run_path(argv[0], run_name="__main__")
