"""Which requests the program answers: method, path, route, status, and how long it took.

Noted where the server itself begins and ends a request: no frame of devpm's is in a traceback of the program, and
nothing is put around the application or what it is given.
"""

from _contextvars import ContextVar

# now: a program may replace them, as tests that stop the clock do
from time import perf_counter, time

from ..import_hook import patch
from ..lifecycle import own_worker

# The request that is being answered: by thread, and by greenlet where gevent has made the threads such.
current = ContextVar("devpm_request", default=None)


def watch(handler):
    """A handler of `http.server`: werkzeug (Flask), Django's runserver."""
    handle, parse, log = handler.handle_one_request, handler.parse_request, handler.log_request
    request = Request()

    def handle_one_request():
        request.is_whole, request.route = False, None
        former = current.set(request)
        try:
            return handle()
        finally:
            current.reset(former)
            if request.is_whole:
                note(request, handler.command, handler.path, request.route)

    def parse_request():
        # its first line has come
        request.begin()
        request.is_whole = parse()
        return request.is_whole

    def log_request(*given, **named):
        """As it was called: a program's own may take less, or something else."""
        request.status = number(given[0] if given else named.get("code"))
        return log(*given, **named)

    handler.handle_one_request, handler.parse_request = handle_one_request, parse_request
    handler.log_request = log_request


class Request:
    __slots__ = ("began", "clock", "is_noted", "is_whole", "route", "status")

    def __init__(self):
        self.began = self.clock = self.status = self.route = None
        self.is_noted = False
        # it has a method and a path
        self.is_whole = False

    def begin(self):
        self.began, self.clock, self.status, self.is_noted = time(), perf_counter(), None, False


def note(request, method, path, route):
    """Once; nothing of one that ended without an answer."""
    if request.status is None or request.is_noted:
        return
    worker = own_worker()
    if worker is not None:
        request.is_noted = True
        worker.answered.note(method, path, route, request.status, request.began, perf_counter() - request.clock)


def set_route(route):
    request = current.get()
    if request is not None:
        request.route = route


def number(code):
    """None for what is no status: a program may send anything."""
    try:
        status = int(code)
    except (TypeError, ValueError):
        return None
    return status if 0 <= status <= 999 else None


@patch("flask.ctx")
def patch_flask(module):
    for name in ("RequestContext", "AppContext"):
        context = getattr(module, name, None)
        if "match_request" in vars(context or object):
            note_rule(context)


def note_rule(context):
    plain = context.match_request

    def match_request(self):
        plain(self)
        set_route(getattr(getattr(self.request, "url_rule", None), "rule", None))

    context.match_request = match_request


@patch("django.core.handlers.base")
def patch_django(module):
    resolve = module.BaseHandler.resolve_request

    def resolve_request(self, request):
        match = resolve(self, request)
        set_route(f"/{getattr(match, 'route', None) or ''}")
        return match

    module.BaseHandler.resolve_request = resolve_request


@patch("uvicorn.protocols.http.h11_impl")
@patch("uvicorn.protocols.http.httptools_impl")
def patch_uvicorn(module):
    cycle = module.RequestResponseCycle
    run, send = cycle.run_asgi, cycle.send

    async def run_asgi(self, app):
        self.devpm_request = Request()
        self.devpm_request.begin()
        # now: the application may change what it is given
        self.devpm_target = self.scope["method"], target(self.scope)
        try:
            return await run(self, app)
        finally:
            note_cycle(self)

    def noted_send(self, message):
        """No coroutine of its own: what it returns is the server's."""
        request = getattr(self, "devpm_request", None)
        if request is not None and isinstance(message, dict):
            if message.get("type") == "http.response.start":
                request.status = number(message.get("status"))
            elif not message.get("more_body", False):
                # what runs behind the answer is not of it
                note_cycle(self)
        return send(self, message)

    run_asgi.__qualname__, run_asgi.__name__ = run.__qualname__, run.__name__
    cycle.run_asgi, cycle.send = run_asgi, noted_send


def note_cycle(cycle):
    note(cycle.devpm_request, *cycle.devpm_target, getattr(cycle.scope.get("route"), "path", None))


def target(scope):
    query = scope.get("query_string") or b""
    path = scope.get("raw_path") or scope.get("path", "").encode()
    if query and b"?" not in path:
        path += b"?" + query
    return path.decode("latin-1")
