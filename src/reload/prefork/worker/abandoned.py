"""How a request ends whose prompt was not answered: with 503 and the reason.

A framework that has an exception for it answers itself. For any other program its server does, by what the frame of the
server holds; the error that is raised then ends the program's frames. Nothing is put around the application for this,
and nothing is imported: what calls the project's code is loaded.
"""

import sys

# module of a framework that calls the project's code for a request → what answers
FRAMEWORKS = {
    "flask.app": "werkzeug",
    "quart.app": "werkzeug",
    "starlette.routing": "starlette",
    "fastapi.routing": "starlette",
    # where a function that is not async runs, in a thread of its own
    "anyio._backends._asyncio": "starlette",
    "django.core.handlers.base": "django",
    "asgiref.sync": "django",
}
# the same of modules that call it for other things too: (module, function) → what answers
FUNCTIONS = {
    ("aiohttp.web_app", "_handle"): "aiohttp",
    ("tornado.web", "_execute"): "tornado",
    ("cheroot.wsgi", "respond"): "wsgi",
    ("gevent.pywsgi", "run_application"): "wsgi",
    ("waitress.task", "execute"): "wsgi",
    ("werkzeug.serving", "run_wsgi"): "wsgi",
    ("wsgiref.handlers", "run"): "wsgi",
    ("uvicorn.protocols.http.h11_impl", "run_asgi"): "asgi",
    ("uvicorn.protocols.http.httptools_impl", "run_asgi"): "asgi",
    ("http.server", "handle_one_request"): "handler",
}
# What starts and ends with the server is no request.
NO_REQUEST = ("lifespan",)

STATUS = 503
PLAIN_TEXT = "text/plain; charset=utf-8"


class Abandoned(Exception):
    """Where there is no exception that answers; Django's handler is changed to take it (hooks/prompt_hooks.py)."""


def caller(frame):
    """(kind, its frame) of what calls this frame for a request: the innermost one that can answer; None without one."""
    found = None
    while frame is not None:
        module, function = frame.f_globals.get("__name__"), frame.f_code.co_name
        kind = FRAMEWORKS.get(module)
        if kind is not None and function in NO_REQUEST:
            return None
        kind = kind or FUNCTIONS.get((module, function))
        if kind is not None and found is None:
            found = kind, frame
        frame = frame.f_back
    return found


def error(found, text):
    """What is raised where the program waits; a server has answered by then."""
    if found is None:
        return KeyboardInterrupt()
    kind, frame = found
    if kind in RAISED:
        return RAISED[kind](text)
    abandoned = Abandoned(text)
    try:
        return ANSWERS[kind](frame.f_locals, text, abandoned) or abandoned
    except Exception:
        # the answer has begun, or its client is gone: the error ends the request
        return abandoned


RAISED = {
    "werkzeug": lambda text: sys.modules["werkzeug.exceptions"].ServiceUnavailable(description=text),
    "starlette": lambda text: sys.modules["starlette.exceptions"].HTTPException(status_code=STATUS, detail=text),
    "aiohttp": lambda text: sys.modules["aiohttp.web_exceptions"].HTTPServiceUnavailable(text=text),
    "django": Abandoned,
}


def answer_tornado(held, text, _):
    handler = held["self"]
    handler.clear()
    handler.set_status(STATUS)
    handler.set_header("Content-Type", PLAIN_TEXT)
    return sys.modules["tornado.web"].Finish(text)


def answer_wsgi(held, text, abandoned):
    """By the server's own `write`, which sends at once: whatever the program makes of the error is too late."""
    start_response = held.get("start_response") or (held.get("resp") or held["self"]).start_response
    body = text.encode()
    headers = [("Content-Type", PLAIN_TEXT), ("Content-Length", str(len(body)))]
    start_response(f"{STATUS} Service Unavailable", headers, (Abandoned, abandoned, None))(body)


def answer_asgi(held, text, _):
    """A server that has no reason to wait takes a message in one step."""
    body = text.encode()
    headers = [(b"content-type", PLAIN_TEXT.encode()), (b"content-length", str(len(body)).encode())]
    send = held["self"].send
    for message in (
        {"type": "http.response.start", "status": STATUS, "headers": headers},
        {"type": "http.response.body", "body": body},
    ):
        sent = send(message)
        try:
            sent.send(None)
        except StopIteration:
            continue
        finally:
            sent.close()


def answer_handler(held, text, _):
    held["self"].send_error(STATUS, explain=text.rstrip("."))


ANSWERS = {"tornado": answer_tornado, "wsgi": answer_wsgi, "asgi": answer_asgi, "handler": answer_handler}
