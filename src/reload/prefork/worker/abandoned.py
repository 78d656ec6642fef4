"""How a request ends whose prompt nobody has answered: its framework is made to answer 503, with the reason."""

import sys

# module of a framework that calls the project's code for a request → what raises the answer
CALLERS = {
    "flask.app": "werkzeug",
    "quart.app": "werkzeug",
    "starlette.routing": "starlette",
    "fastapi.routing": "starlette",
    # where a function that is not async runs, in a thread of its own
    "anyio._backends._asyncio": "starlette",
    "django.core.handlers.base": "django",
    "asgiref.sync": "django",
}
# What starts and ends with the server is no request.
NO_REQUEST = ("lifespan",)


class Abandoned(Exception):
    """Of a framework that has no exception for it: Django, whose handler is changed (hooks/prompt_hooks.py)."""


def framework(frame):
    """What calls the code of this frame for a request; None where nothing does."""
    found = None
    while frame is not None:
        caller = CALLERS.get(frame.f_globals.get("__name__"))
        if caller is not None and frame.f_code.co_name in NO_REQUEST:
            return None
        found = found or caller
        frame = frame.f_back
    return found


def error(kind, text):
    """What is raised where the program waits."""
    if kind == "werkzeug":
        return sys.modules["werkzeug.exceptions"].ServiceUnavailable(description=text)
    if kind == "starlette":
        return sys.modules["starlette.exceptions"].HTTPException(status_code=503, detail=text)
    return Abandoned(text) if kind == "django" else KeyboardInterrupt()
