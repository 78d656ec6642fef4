"""Which file of hooks changes which libraries: it is loaded with the first of them, or it would stand beside each app.

What is loaded already is changed at once.
"""

import sys

from .. import import_hook

# now: it takes the clock as it is, which a program may replace before it imports its server
from . import request_hooks  # noqa: F401

LIBRARIES = {
    "debugger_hooks": ("debugpy.server.api", "pydevd", "pydevd_tracing"),
    "django_hooks": ("django.utils.autoreload", "django_extensions.management.commands.runserver_plus"),
    "frameworks": (
        "werkzeug._reloader",
        "werkzeug.serving",
        "bottle",
        "tornado.autoreload",
        "quart.app",
        "gunicorn.arbiter",
        "flask.cli",
        "werkzeug.debug",
        "click.exceptions",
        "click.core",
        "fastapi_cli.cli",
    ),
    "own_processes": (
        "uvicorn.supervisors.multiprocess",
        "granian.server.common",
        "sanic.mixins.startup",
        "watchfiles.run",
        "hupper.reloader",
        "streamlit.web.bootstrap",
        "gradio.cli.commands.reload",
        "hypercorn.run",
        "litestar.cli.commands.core",
    ),
    "prompt_hooks": ("pdb", "pudb", "django.core.handlers.exception"),
    "queues": ("celery.apps.worker", "rq.worker", "dramatiq.cli", "huey.consumer", "arq.worker"),
    "request_hooks": (
        "flask.ctx",
        "django.core.handlers.base",
        "uvicorn.protocols.http.h11_impl",
        "uvicorn.protocols.http.httptools_impl",
    ),
    "server_hooks": ("waitress.task", "daphne.server"),
    "sockets": ("socket", "gevent._socket3"),
    "socketserver_hooks": ("socketserver", "werkzeug.serving"),
    "twisted_hooks": ("twisted.internet.tcp", "twisted.web.http"),
    "uvicorn_hooks": ("uvicorn.config", "uvicorn.server"),
}


def install():
    for file, libraries in LIBRARIES.items():
        for library in libraries:
            import_hook.HOOKS.setdefault(library, []).append(f"{__package__}.{file}")
    sys.meta_path.insert(0, import_hook.Finder())
    for library in import_hook.HOOKS:
        if library in sys.modules:
            import_hook.apply(sys.modules[library])
