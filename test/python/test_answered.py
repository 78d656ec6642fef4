import io
import socketserver
import threading
import time
import types
import unittest
import unittest.mock

from _devpm_prefork.worker import answered, lifecycle, own_threads
from _devpm_prefork.worker.hooks import request_hooks, server_hooks


class Link:
    def __init__(self):
        self.told = []
        self.heard = threading.Semaphore(0)

    def tell(self, message):
        self.told.append(message["requests"])
        self.heard.release()


class AnsweredTest(unittest.TestCase):
    def setUp(self):
        self.link = Link()
        self.answered = answered.Answered(self.link)

    def note(self, path="/", route="/"):
        self.answered.note("GET", path, route, 200, 1000.0, 0.0125)

    def test_what_comes_together_is_told_together(self):
        with unittest.mock.patch.object(own_threads, "start") as start:
            self.note("/a")
            self.note("/b")
        self.assertEqual(start.call_count, 1)
        self.answered.send_soon()
        [requests] = self.link.told
        self.assertEqual([one["path"] for one in requests], ["/a", "/b"])
        expected = {"method": "GET", "path": "/a", "route": "/", "status": 200, "began": 1_000_000.0, "ms": 12.5}
        self.assertEqual(requests[0], expected)

    def test_it_is_told_without_another_request(self):
        self.note()
        self.assertTrue(self.link.heard.acquire(timeout=60), "it was not told")
        self.note()
        self.assertTrue(self.link.heard.acquire(timeout=60), "the second one was not told")

    def test_its_size_is_bounded(self):
        with unittest.mock.patch.object(own_threads, "start"):
            for _ in range(answered.MOST_WAITING + 1):
                self.note("/" * 9_000, "/" * 9_000)
        self.answered.send()
        sizes = [len(requests) for requests in self.link.told]
        self.assertEqual((sum(sizes), max(sizes)), (answered.MOST_WAITING, answered.MOST_TOGETHER))
        self.assertEqual(len(self.link.told[0][0]["path"]), answered.LONGEST_PATH)

    def test_threads_that_send_at_the_same_time_share_what_waits(self):
        with unittest.mock.patch.object(own_threads, "start"):
            for _ in range(30):
                self.note()

        class Shared(list):
            def pop(self, index):
                # another thread is faster
                self.clear()
                return super().pop(index)

        self.answered.waiting = Shared(self.answered.waiting)
        self.answered.send()
        self.assertEqual(self.link.told, [])

    def test_what_is_no_text_is_no_route(self):
        with unittest.mock.patch.object(own_threads, "start"):
            self.note(route=object())
        self.answered.send()
        self.assertIsNone(self.link.told[0][0]["route"])

    def test_a_thread_that_cannot_start_fails_no_request(self):
        with unittest.mock.patch.object(own_threads, "start", side_effect=RuntimeError("can't start new thread")):
            self.note()
        self.answered.send()
        self.assertEqual(len(self.link.told), 1)


class Noting:
    """A worker as the hooks see it."""

    def __init__(self):
        self.noted = []
        self.answered = types.SimpleNamespace(note=lambda *request: self.noted.append(request))
        self.link = types.SimpleNamespace(is_ours=lambda: True)


class HooksTest(unittest.TestCase):
    def setUp(self):
        self.worker = Noting()
        self.clock = 0.0
        own_worker = unittest.mock.patch.object(lifecycle, "current", self.worker)
        clock = unittest.mock.patch.object(request_hooks, "perf_counter", lambda: self.clock)
        for patched in (own_worker, clock):
            patched.start()
            self.addCleanup(patched.stop)

    def handle(self, request, handler_type):
        class Connection:
            def makefile(self, *_, **__):
                return io.BytesIO(request)

            def sendall(self, data):
                pass

        class Watched(handler_type):
            def setup(self):
                super().setup()
                request_hooks.watch(self)

            def log_message(self, *_):
                pass

        Watched(Connection(), ("127.0.0.1", 1), None)
        return self.worker.noted

    def test_a_request_of_a_handler_is_noted_with_its_status(self):
        from http.server import BaseHTTPRequestHandler

        test = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                test.clock += 2
                request_hooks.set_route("/<a>")
                self.send_response(404)
                self.end_headers()

        [(method, path, route, status, began, seconds)] = self.handle(b"GET /x?y=1 HTTP/1.0\r\n\r\n", Handler)
        self.assertEqual((method, path, route, status), ("GET", "/x?y=1", "/<a>", 404))
        self.assertEqual(seconds, 2)
        self.assertLessEqual(began, time.time())
        self.assertIsNone(request_hooks.current.get())

    def test_requests_of_one_thread_that_overlap_have_their_own_routes(self):
        """As greenlets of gevent's: each has a context of its own."""
        from contextvars import Context
        from http.server import BaseHTTPRequestHandler

        test = self

        class Inner(BaseHTTPRequestHandler):
            def do_GET(self):
                request_hooks.set_route("/inner")
                self.send_response(200)

        class Outer(BaseHTTPRequestHandler):
            def do_GET(self):
                Context().run(test.handle, b"GET /i HTTP/1.0\r\n\r\n", Inner)
                request_hooks.set_route("/outer")
                self.send_response(200)

        noted = self.handle(b"GET /o HTTP/1.0\r\n\r\n", Outer)
        self.assertEqual([one[:3] for one in noted], [("GET", "/i", "/inner"), ("GET", "/o", "/outer")])

    def test_a_log_of_the_programs_own_is_called_as_without_devpm(self):
        from http.server import BaseHTTPRequestHandler

        codes = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(204)
                self.log_request(status=205)

            def log_request(self, status):
                codes.append(status)

        self.handle(b"GET / HTTP/1.0\r\n\r\n", Handler)
        self.assertEqual(codes, [204, 205])

    def test_what_is_no_status_is_not_noted(self):
        codes = (200, "404", 1000, -1, "-", None)
        self.assertEqual([request_hooks.number(code) for code in codes], [200, 404, None, None, None, None])

    def test_a_connection_without_a_request_is_none(self):
        from http.server import BaseHTTPRequestHandler

        for garbage in (b"", b"\r\n", b"\x16\x03\x01\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"):
            self.assertEqual(self.handle(garbage, BaseHTTPRequestHandler), [], garbage)
        self.assertTrue(issubclass(BaseHTTPRequestHandler, socketserver.StreamRequestHandler))

    def test_the_route_of_flask_is_known_though_it_forgets_the_request(self):
        context = type("RequestContext", (), {"match_request": lambda self: None})
        request_hooks.patch_flask(types.SimpleNamespace(RequestContext=context, AppContext=object))
        asked = context()
        asked.request = types.SimpleNamespace(url_rule=types.SimpleNamespace(rule="/<a>"))
        request = self.current_request()
        asked.match_request()
        self.assertEqual(request.route, "/<a>")
        asked.request.url_rule = None
        asked.match_request()
        self.assertIsNone(request.route)

    def current_request(self):
        request = request_hooks.Request()
        self.addCleanup(request_hooks.current.reset, request_hooks.current.set(request))
        return request

    def test_the_route_of_django_is_that_of_the_request_in_this_thread(self):
        module = types.SimpleNamespace(BaseHandler=type("BaseHandler", (), {}))
        module.BaseHandler.resolve_request = lambda self, request: types.SimpleNamespace(route=request)
        request_hooks.patch_django(module)
        handler = module.BaseHandler()
        handler.resolve_request("elsewhere/")
        self.assertIsNone(request_hooks.current.get())
        request = self.current_request()
        self.assertEqual(handler.resolve_request("posts/<int:post>/").route, "posts/<int:post>/")
        self.assertEqual(request.route, "/posts/<int:post>/")

    def run_cycle(self, application):
        class Cycle:
            def __init__(self):
                self.scope = {"method": "GET", "path": "/a b", "raw_path": b"/a%20b", "query_string": b"q=1"}

            async def send(self, message):
                pass

            async def run_asgi(self, app):
                try:
                    await app(self.scope, None, self.send)
                except Exception as error:
                    self.error = error
                    await self.send({"type": "http.response.start", "status": 500})
                    await self.send({"type": "http.response.body"})

        request_hooks.patch_uvicorn(types.SimpleNamespace(RequestResponseCycle=Cycle))
        cycle = Cycle()
        running = cycle.run_asgi(application)
        with self.assertRaises(StopIteration):
            running.send(None)
        return cycle, self.worker.noted

    def test_a_request_of_uvicorn_ends_with_its_answer(self):
        async def application(scope, _, send):
            scope["route"] = types.SimpleNamespace(path="/{item}")
            await send({"type": "http.response.start", "status": 201})
            await send({"type": "http.response.body", "body": b"x", "more_body": True})
            self.clock += 1
            await send({"type": "http.response.body"})
            self.clock += 60

        _, [(method, path, route, status, _, seconds)] = self.run_cycle(application)
        self.assertEqual((method, path, route, status), ("GET", "/a%20b?q=1", "/{item}", 201))
        self.assertEqual(seconds, 1)

    def test_an_application_may_change_what_it_is_given(self):
        async def application(scope, _, send):
            scope["path"] = scope["raw_path"] = None
            scope["query_string"] = "?a=b"
            del scope["method"]
            await send({"type": "http.response.start", "status": 200})
            await send({"type": "http.response.body"})

        cycle, [(method, path, *_)] = self.run_cycle(application)
        self.assertEqual((method, path), ("GET", "/a%20b?q=1"))
        self.assertFalse(hasattr(cycle, "error"))

    def test_a_traceback_of_an_application_has_no_frame_of_devpm(self):
        async def application(*_):
            raise ValueError("on purpose")

        cycle, [(*_, status, _, _)] = self.run_cycle(application)
        self.assertEqual(status, 500)
        self.assertEqual(set(files_of(cycle.error)), {__file__})

    def waitress(self):
        """Its connection, and how it serves a request on it."""

        class Task:
            status = "200 OK"

            def __init__(self, channel, request):
                self.channel, self.request = channel, request

            def service(self, application):
                self.start()
                application(self)
                self.finish()

            def start(self):
                pass

            def finish(self):
                pass

        server_hooks.patch_waitress(types.SimpleNamespace(Task=Task))
        channel = types.SimpleNamespace()
        # what its thread leaves behind is of this test alone
        self.addCleanup(request_hooks.current.reset, request_hooks.current.set(None))

        def serve(application, uri="/a?b=1"):
            # a parser that has not read a request has none of this
            request = types.SimpleNamespace(**({"request_uri": uri, "command": "GET"} if uri else {}))
            Task(channel, request).service(application)

        return serve

    def test_a_request_of_waitress_has_the_route_that_flask_found(self):
        def application(task):
            self.clock += 3
            request_hooks.set_route("/<a>")
            task.status = "201 CREATED"

        self.waitress()(application)
        [(method, path, route, status, _, seconds)] = self.worker.noted
        self.assertEqual((method, path, route, status, seconds), ("GET", "/a?b=1", "/<a>", 201, 3))

    def test_what_waitress_answers_for_an_application_that_raised_is_the_requests(self):
        def broken(_):
            raise ValueError("on purpose")

        def failed(task):
            task.status = "500 Internal Server Error"

        serve = self.waitress()
        try:
            serve(broken)
        except ValueError as error:
            self.assertEqual(set(files_of(error)), {__file__})
        serve(failed, uri=None)
        # what follows on this connection cannot be read
        serve(failed, uri=None)
        self.assertEqual([one[:4] for one in self.worker.noted], [("GET", "/a?b=1", None, 500)])

    def test_a_request_of_daphne_is_noted_and_logged(self):
        logged = []

        class Server:
            def log_action(self, *action):
                logged.append(action)

        server_hooks.patch_daphne(types.SimpleNamespace(Server=Server))
        details = {"method": "POST", "path": "/a?b=1", "status": 204, "time_taken": 1.5}
        before = time.time()
        Server().log_action("http", "complete", details)
        Server().log_action("websocket", "connected", {"path": "/ws"})
        [(method, path, route, status, began, seconds)] = self.worker.noted
        self.assertEqual((method, path, route, status, seconds), ("POST", "/a?b=1", None, 204, 1.5))
        self.assertLess(abs(began - (before - 1.5)), 60)
        self.assertEqual([action[:2] for action in logged], [("http", "complete"), ("websocket", "connected")])


def files_of(error):
    """Those of the frames of its traceback."""
    trace = error.__traceback__
    while trace is not None:
        yield trace.tb_frame.f_code.co_filename
        trace = trace.tb_next
