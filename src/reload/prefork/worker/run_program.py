"""Runs what the user gave to python — a script, -m module, -c code — in this process as python itself would have."""

import _frozen_importlib
import os
import sys

from ..shared import project_sources
from ..shared.arguments import set_arguments
from ..shared.paths import HERE, is_project
from . import lifecycle, shadowed

MAIN = os.path.join(HERE, "__main__.py")
interpreter = []


def run(program):
    main = sys.modules["__main__"] = main_module(sys.modules["__main__"])
    if hasattr(sys, "orig_argv"):
        sys.orig_argv = [*interpreter_words(sys.orig_argv), *program]
    if program[0] == "-m":
        run_module(program[1], program[2:])
    elif program[0] == "-c":
        begin("", ["-c", *program[2:]])
        exec(compile(program[1], "<string>", "exec"), main.__dict__)
    elif os.path.isdir(program[0]) or is_archive(program[0]):
        run_folder(program)
    elif os.path.isfile(program[0]) or "/" in program[0] or program[0].endswith(".py"):
        run_script(main, program[0], program)
    else:
        run_installed(main, program)


def main_module(former):
    """As the interpreter makes it; `former` is ours, which it has made so."""
    main = type(sys)("__main__")
    main.__builtins__ = sys.modules["builtins"]
    main.__loader__ = _frozen_importlib.BuiltinImporter
    if "__annotations__" in vars(former):
        main.__annotations__ = {}
    return main


def interpreter_words(words):
    """`python -X dev`, without what runs us. Of a fork of a fork they are that already."""
    if not interpreter:
        at = next((index for index, word in enumerate(words) if os.path.abspath(word) == MAIN), 1)
        interpreter[:] = words[:at]
    return interpreter


def begin(folder, argv):
    """sys.argv and the first entry of sys.path, unless Python was started without it (-P, -I)."""
    set_arguments(argv)
    isolated = getattr(sys.flags, "safe_path", False) or sys.flags.isolated
    if not isolated:
        sys.path.insert(0, folder)
    shadowed.leave()


def run_module(name, arguments):
    import runpy

    begin(os.getcwd(), ["-m", *arguments])
    runpy._run_module_as_main(name)


def run_script(main, path, argv):
    from importlib.machinery import SourceFileLoader

    begin(os.path.dirname(os.path.realpath(path)), argv)
    # absolute, but else as it was written
    path = os.path.join(os.getcwd(), path)
    if not os.path.exists(path):
        sys.stderr.write(f"{sys.executable}: can't open file '{path}': [Errno 2] No such file or directory\n")
        sys.exit(2)
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


def is_archive(path):
    """A zip file is run as a folder is."""
    import zipimport

    try:
        zipimport.zipimporter(path)
    except zipimport.ZipImportError:
        return False
    return True


def run_folder(argv):
    """A folder or zip with a `__main__`: it is found on sys.path, whatever flags keep other folders from it."""
    import runpy

    set_arguments(argv)
    sys.path.insert(0, os.path.join(os.getcwd(), argv[0]))
    shadowed.leave()
    runpy._run_module_as_main("__main__", False)
