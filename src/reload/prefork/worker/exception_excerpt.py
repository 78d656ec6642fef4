"""What is shown of an exception: the project's part of the traceback, without the frames that only led there."""

import os

from ..shared.paths import HERE, is_project, package_of
from . import lifecycle

MOST_LINES = 40


def root_cause(error):
    """A framework's command line turns an import error into an exit code: what it hides is what the user must see."""
    if isinstance(error, SystemExit) and lifecycle.current is not None and lifecycle.current.hidden_error is not None:
        error = lifecycle.current.hidden_error
    while isinstance(error, SystemExit) or type(error).__module__.startswith(("click.", "flask.cli", "typer")):
        inner = error.__cause__ or error.__context__
        if inner is None or isinstance(inner, (SystemExit, KeyboardInterrupt)):
            break
        error = inner
    return error


def excerpt(error):
    import traceback

    error = root_cause(error)
    if isinstance(error, SystemExit):
        return [str(error.code)] if isinstance(error.code, str) else []
    chain = traceback.TracebackException(type(error), error, error.__traceback__)
    link = chain
    while link is not None:
        link.stack[:] = trimmed(link.stack)
        link = link.__cause__ or link.__context__
    here = os.getcwd() + os.sep
    lines = [
        line.replace('File "' + here, 'File "') for text in chain.format() for line in text.rstrip("\n").split("\n")
    ]
    if len(lines) > MOST_LINES:
        lines = lines[:8] + ["  …"] + lines[-(MOST_LINES - 9) :]
    return lines


def trimmed(stack):
    """From the first frame of the project on; all but our own where there is none."""
    frames = [frame for frame in stack if not frame.filename.startswith((HERE, "<frozen "))]
    own = [index for index, frame in enumerate(frames) if is_project(frame.filename)]
    return frames[own[0] :] if own else frames


def package(error):
    """The installed package in whose code it was raised; None where that is the project's or python's own."""
    link, path = root_cause(error).__traceback__, ""
    while link is not None:
        path = link.tb_frame.f_code.co_filename
        link = link.tb_next
    return package_of(path)
