"""What a program sees of the reloader that its plain development command would have.

There a first process runs the program until it asks for a reloader; a child runs it again, with a variable set, and
serves. Schedulers and start-up jobs look at that variable. A worker is such a child where the command has a reloader:
that is guessed from the command, and checked when the program asks for one.
"""

import os

from ..shared.messages import FromWorkerToSupervisor
from ..shared.text_file import text_of
from . import lifecycle
from .threads import is_main

# reloader → the variable that its child finds
VARIABLES = {"werkzeug": "WERKZEUG_RUN_MAIN", "django": "RUN_MAIN", "bottle": "BOTTLE_CHILD"}
NONE = ""
OFF = ("", "0", "false", "no")


def begin(program, known):
    """Before the program runs. `known`: which one it has asked for in this session; None where it has not yet."""
    name = guess(program) if known is None else known
    for other, variable in VARIABLES.items():
        if other == name:
            os.environ[variable] = "true"
        else:
            os.environ.pop(variable, None)
    return name


def ask(name):
    """The program wants this reloader, or none: where it has not run as its child would, it begins again.

    A server in another thread is one of several: it does not say whether the program has a reloader.
    """
    worker = lifecycle.own_worker()
    if worker is None or not is_main():
        return
    worker.await_activation()
    if worker.reloader != name:
        worker.wants_reloader(name)


def watch(paths):
    """Files, folders and globs that the program names to its reloader."""
    worker = lifecycle.own_worker()
    if worker is not None and paths:
        named = [os.path.abspath(path) for path in ([paths] if isinstance(paths, str) else paths)]
        worker.link.tell(FromWorkerToSupervisor.watch_also(reloads=named, judged=[]))


# of debugpy's command line
WITH_VALUE = ("--listen", "--connect", "--adapter-access-token", "--log-to")


def guess(program):
    program = debugged(program)
    name, rest = os.path.basename(program[0]), program[1:]
    if program[0] == "-m" and rest:
        name, rest = rest[0], rest[1:]
    if name == "flask":
        return "werkzeug" if flask_reloads(rest) else NONE
    if "runserver" in rest:
        return NONE if "--noreload" in rest else "django"
    if "runserver_plus" in rest:
        return NONE if "--noreload" in rest else "werkzeug"
    return of_script(program)


def debugged(program):
    """`-m debugpy --listen 5678 -m flask run` is `-m flask run`."""
    if program[:2] != ["-m", "debugpy"]:
        return program
    at = 2
    while program[at : at + 1] not in ([], ["-m"], ["-c"]) and program[at].startswith("-"):
        at += 2 if program[at] in WITH_VALUE or program[at].startswith("--configure-") else 1
    return program[at:] or program


def flask_reloads(words):
    """By its options, which are stronger, or the variables that it reads."""
    chosen = [word for word in words if word in ("--reload", "--no-reload")]
    if "run" not in words or chosen:
        return chosen[-1:] == ["--reload"]
    debug = [word for word in words if word in ("--debug", "--no-debug")]
    if debug:
        return debug[-1] == "--debug"
    value = os.environ.get("FLASK_DEBUG") or of_flaskenv("FLASK_DEBUG")
    if value is None:
        return os.environ.get("FLASK_ENV") == "development"
    return value.lower() not in OFF


def of_flaskenv(variable):
    """Flask reads this file once it runs."""
    for line in text_of(".flaskenv").splitlines():
        key, _, value = line.partition("=")
        if key.strip() == variable:
            return value.strip().strip("\"'")
    return None


def of_script(program):
    """`app.run(debug=True)` at the end of a script."""
    text = text_of(program[0]) if program[0].endswith(".py") else program[1] if program[0] == "-c" else ""
    if "bottle" in text and "reloader=True" in text:
        return "bottle"
    is_served = "uvicorn" not in text and ".run" in text
    asks = "use_reloader=True" in text or ("debug=True" in text and "use_reloader=False" not in text)
    return "werkzeug" if is_served and asks else NONE
