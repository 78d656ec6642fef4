import contextlib
import http.client
import http.server
import io
import sys
import threading
import time
import types
import unittest
import unittest.mock
import wsgiref.simple_server

from _devpm_prefork.shared.messages import END, GIVE_UP, INTERRUPT, LINE
from _devpm_prefork.supervisor.event_loop import EventLoop
from _devpm_prefork.supervisor.prompts import GONE_ON_SECONDS
from _devpm_prefork.supervisor.prompts import Prompts as SupervisorPrompts
from _devpm_prefork.worker import abandoned, lifecycle
from _devpm_prefork.worker.hooks import prompt_hooks
from _devpm_prefork.worker.prompts import COMPUTES_SECONDS, Prompts, place
from support import kinds, retiring, save, worker


class Link:
    def __init__(self):
        self.told = []
        self.asked = threading.Semaphore(0)

    def tell(self, message):
        self.told.append(message)
        if message["kind"] == "prompt":
            self.asked.release()


class WorkerTest(unittest.TestCase):
    """The program reads in a thread; what comes is given by another one."""

    def setUp(self):
        self.link = Link()
        self.prompts = Prompts(self.link)

    def read(self):
        """Returns (thread, answers) once the program waits."""
        answers = []

        def program():
            try:
                answers.append(self.prompts.read())
            except BaseException as error:
                answers.append(type(error).__name__)

        thread = threading.Thread(target=program)
        thread.start()
        self.assertTrue(self.link.asked.acquire(timeout=60), "it does not wait")
        return thread, answers

    def answered(self, what, text=""):
        thread, answers = self.read()
        self.prompts.give(what, text)
        thread.join(10)
        return answers

    def answer(self, text):
        """Once the program waits, in another thread."""
        if self.link.asked.acquire(timeout=60):
            self.prompts.give(LINE, text)

    def test_a_line_comes_with_its_end(self):
        self.assertEqual(self.answered(LINE, "p x"), ["p x\n"])
        self.assertEqual([message["kind"] for message in self.link.told], ["prompt", "went_on"])
        told = self.link.told[0]
        self.assertTrue(told["file"].endswith("test_prompts.py"))
        self.assertGreater(told["line"], 0)
        self.assertIs(told["request"], False)

    def test_the_end_of_the_input_is_no_text_and_can_come_again(self):
        self.assertEqual(self.answered(END), [""])
        self.assertEqual(self.answered(LINE, "c"), ["c\n"])

    def test_an_interrupt_reaches_the_thread_that_waits(self):
        self.assertEqual(self.answered(INTERRUPT), ["KeyboardInterrupt"])

    def test_given_up_outside_of_a_request_it_is_interrupted(self):
        self.assertEqual(self.answered(GIVE_UP, "nobody came"), ["KeyboardInterrupt"])

    def test_what_comes_before_it_is_read_is_kept_and_nobody_is_asked(self):
        for text in ("one", "two"):
            self.prompts.give(LINE, text)
        self.assertEqual([self.prompts.read(), self.prompts.read()], ["one\n", "two\n"])
        self.assertEqual(self.link.told, [])

    def test_a_debugger_has_not_gone_on_between_two_of_its_prompts(self):
        self.prompts.stop()
        for text in ("p x", "c"):
            threading.Thread(target=self.answer, args=(text,)).start()
            self.assertEqual(self.prompts.read(), text + "\n")
        self.assertEqual([message["kind"] for message in self.link.told], ["prompt", "prompt"])
        self.assertTrue(self.prompts.is_open)
        self.prompts.go_on()
        self.assertEqual(self.link.told[-1]["kind"], "went_on")
        self.assertFalse(self.prompts.is_open)

    def test_two_threads_at_prompts_have_their_turns(self):
        def program():
            self.prompts.stop()
            self.prompts.read()
            self.prompts.go_on()

        threads = [threading.Thread(target=program) for _ in range(2)]
        for thread in threads:
            thread.start()
        for _ in threads:
            self.assertTrue(self.link.asked.acquire(timeout=60), "it does not wait")
            self.prompts.give(LINE, "c")
        for thread in threads:
            thread.join(10)
        self.assertEqual([message["kind"] for message in self.link.told], ["prompt", "went_on"] * 2)

    def test_a_thread_that_waits_for_its_turn_when_the_worker_ends_finds_the_end(self):
        answers = []

        def program(name):
            try:
                answers.append((name, self.prompts.read()))
            except KeyboardInterrupt:
                answers.append((name, "interrupted"))

        looks = threading.Semaphore(0)
        is_of_another = self.prompts.is_of_another

        def looked():
            found = is_of_another()
            if found:
                looks.release()
            return found

        self.prompts.is_of_another = looked
        threads = [threading.Thread(target=program, args=(name,), daemon=True) for name in ("first", "second")]
        threads[0].start()
        self.assertTrue(self.link.asked.acquire(timeout=60), "it does not wait")
        threads[1].start()
        self.assertTrue(looks.acquire(timeout=60), "the second does not wait for its turn")
        self.prompts.close()
        for thread in threads:
            thread.join(10)
        self.assertEqual(sorted(answers), [("first", "interrupted"), ("second", "")])

    def test_a_debugger_that_computes_does_not_hold_up_another_for_ever(self):
        self.prompts.stop()
        self.prompts.asked_at -= COMPUTES_SECONDS
        other = threading.Thread(target=self.prompts.stop)
        other.start()
        other.join(10)
        self.assertFalse(other.is_alive())

    def test_the_time_that_somebody_takes_is_known_and_counted_once(self):
        pauses = self.prompts.pauses
        with unittest.mock.patch.object(time, "time", side_effect=[100.0, 107.0, 107.0]):
            self.prompts.stop()
            pauses.begin()
            self.assertEqual(pauses.seconds(), 7.0)
            pauses.end()
            self.prompts.go_on()
        self.assertEqual(pauses.seconds(), 7.0)
        self.answered(LINE, "p x")
        self.assertGreater(pauses.seconds(), 7.0)
        self.assertEqual(pauses.count, 0)

    def test_a_debugger_that_asked_nothing_tells_nothing(self):
        self.prompts.stop()
        self.prompts.go_on()
        self.assertEqual(self.link.told, [])

    def test_the_end_of_the_worker_interrupts_what_waits_and_ends_the_input(self):
        thread, answers = self.read()
        self.prompts.close()
        thread.join(10)
        self.assertEqual(answers, ["KeyboardInterrupt"])
        self.assertEqual(self.prompts.read(), "")


def called_by(module, function="call"):
    """The frame of a function of the project's that this module calls."""
    namespace = {"__name__": module}
    exec(f"def {function}(inner): return inner()", namespace)
    return namespace[function](lambda: sys._getframe(0))


def kind_of(frame):
    found = abandoned.caller(frame)
    return None if found is None else found[0]


class RequestTest(unittest.TestCase):
    def test_what_calls_the_code_for_a_request_is_known_by_its_module(self):
        for module, kind in (
            ("flask.app", "werkzeug"),
            ("fastapi.routing", "starlette"),
            ("anyio._backends._asyncio", "starlette"),
            ("django.core.handlers.base", "django"),
            ("flask.cli", None),
            ("uvicorn.config", None),
        ):
            with self.subTest(module):
                self.assertEqual(kind_of(called_by(module)), kind)

    def test_other_modules_call_it_for_a_request_in_one_of_their_functions(self):
        for module, function, kind in (
            ("aiohttp.web_app", "_handle", "aiohttp"),
            ("aiohttp.web_app", "startup", None),
            ("tornado.web", "_execute", "tornado"),
            ("tornado.web", "__init__", None),
            ("waitress.task", "execute", "wsgi"),
            ("uvicorn.protocols.http.h11_impl", "run_asgi", "asgi"),
        ):
            with self.subTest(f"{module}.{function}"):
                self.assertEqual(kind_of(called_by(module, function)), kind)

    def test_a_framework_answers_before_its_server(self):
        namespace = {"__name__": "waitress.task"}
        exec("def execute(inner): return inner()", namespace)
        self.assertEqual(kind_of(namespace["execute"](lambda: called_by("flask.app"))), "werkzeug")

    def test_what_runs_when_the_server_starts_is_no_request(self):
        self.assertIsNone(abandoned.caller(called_by("starlette.routing", "lifespan")))

    def test_each_is_answered_in_its_own_way(self):
        made = {}

        def noting(name):
            class Noted(Exception):
                def __init__(self, **fields):
                    made[name] = fields

            return Noted

        modules = {
            "werkzeug.exceptions": types.SimpleNamespace(ServiceUnavailable=noting("werkzeug")),
            "starlette.exceptions": types.SimpleNamespace(HTTPException=noting("starlette")),
        }
        before = {name: sys.modules.get(name) for name in modules}
        sys.modules.update(modules)
        self.addCleanup(lambda: [sys.modules.pop(name) for name, was in before.items() if was is None])
        abandoned.error(("werkzeug", None), "why")
        abandoned.error(("starlette", None), "why")
        self.assertEqual(made["werkzeug"], {"description": "why"})
        self.assertEqual(made["starlette"], {"status_code": 503, "detail": "why"})
        self.assertEqual(str(abandoned.error(("django", None), "why")), "why")
        self.assertIsInstance(abandoned.error(None, "why"), KeyboardInterrupt)

    def answer_of(self, server, path="/"):
        """(status, body) of a server that answers one request."""
        self.addCleanup(server.server_close)
        server.handle_error = lambda *_: None
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        client = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=60)
        self.addCleanup(client.close)
        client.request("GET", path)
        answer = client.getresponse()
        body = answer.read().decode()
        thread.join(10)
        return answer.status, body

    def wsgi_answer_of(self, app):
        class Handler(wsgiref.simple_server.WSGIRequestHandler):
            def log_message(self, *_):
                pass

            def get_stderr(self):
                return io.StringIO()

        return self.answer_of(wsgiref.simple_server.make_server("127.0.0.1", 0, app, handler_class=Handler))

    def test_a_wsgi_server_answers_for_any_application(self):
        def app(environ, start_response):
            raise abandoned.error(abandoned.caller(sys._getframe(0)), "nobody came to café")

        self.assertEqual(self.wsgi_answer_of(app), (503, "nobody came to café"))

    def test_an_application_that_makes_another_answer_of_the_error_is_too_late(self):
        def app(environ, start_response):
            try:
                raise abandoned.error(abandoned.caller(sys._getframe(0)), "why")
            except Exception:
                start_response("500 Oops", [])
                return [b"oops"]

        self.assertEqual(self.wsgi_answer_of(app), (503, "why"))

    def test_an_answer_that_has_begun_ends_there(self):
        def app(environ, start_response):
            start_response("200 OK", [])(b"half")
            raise abandoned.error(abandoned.caller(sys._getframe(0)), "why")

        self.assertEqual(self.wsgi_answer_of(app), (200, "half"))

    def test_a_handler_of_http_server_answers(self):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                raise abandoned.error(abandoned.caller(sys._getframe(0)), "why <b>.")

            def log_message(self, *_):
                pass

        status, body = self.answer_of(http.server.HTTPServer(("127.0.0.1", 0), Handler))
        self.assertEqual(status, 503)
        self.assertIn("why &lt;b&gt;.<", body)

    def test_an_asgi_server_takes_the_whole_answer_at_once(self):
        sent = []

        async def send(message):
            sent.append(message)

        namespace = {"__name__": "uvicorn.protocols.http.h11_impl"}
        exec("def run_asgi(self, app): return app()", namespace)
        cycle = types.SimpleNamespace(send=send)
        frame = sys._getframe
        error = namespace["run_asgi"](cycle, lambda: abandoned.error(abandoned.caller(frame(0)), "why"))
        self.assertIsInstance(error, abandoned.Abandoned)
        self.assertEqual([message.get("status", message.get("body")) for message in sent], [503, b"why"])

    def test_the_place_is_the_innermost_code_of_the_project(self):
        file, line = place(sys._getframe(0))
        self.assertTrue(file.endswith("test_prompts.py"))
        self.assertEqual(line, sys._getframe(0).f_lineno - 2)
        self.assertEqual(place(None), (None, None))


class PudbTest(unittest.TestCase):
    """It is told in the place of pudb's own, which needs a terminal."""

    def setUp(self):
        self.module = types.SimpleNamespace(set_trace=lambda: "pudb")
        prompt_hooks.patch_pudb(self.module)
        before = lifecycle.current
        self.addCleanup(lambda: setattr(lifecycle, "current", before))
        link = types.SimpleNamespace(is_ours=lambda: True)
        lifecycle.current = types.SimpleNamespace(link=link)

    def test_pdb_stops_where_it_was_called(self):
        stopped = []
        with unittest.mock.patch("pdb.Pdb.set_trace", lambda _, frame: stopped.append(frame.f_code.co_name)):
            with contextlib.redirect_stderr(io.StringIO()) as err:
                self.module.set_trace()
        self.assertEqual(stopped, ["test_pdb_stops_where_it_was_called"])
        self.assertIn("PUDB_TTY", err.getvalue())

    def test_it_keeps_a_terminal_of_its_own_and_what_devpm_does_not_run(self):
        with unittest.mock.patch.dict("os.environ", PUDB_TTY="/dev/pts/7"):
            self.assertEqual(self.module.set_trace(), "pudb")
        lifecycle.current = None
        self.assertEqual(self.module.set_trace(), "pudb")


class Workers:
    def __init__(self, current, *others):
        self.current = current
        self.running = [current, *others]
        self.killed = []

    def do_kill(self, made):
        self.killed.append(made)


class Engine:
    def __init__(self):
        self.sent = []
        self.notices = []

    def send(self, what, **fields):
        self.sent.append((what, fields))

    def do_notice(self, text):
        self.notices.append(text)


class SupervisorTest(unittest.TestCase):
    def setUp(self):
        self.now = 0.0
        self.current, self.former = worker(number=2), retiring(number=1, pid=99)
        self.workers, self.engine, self.loop = Workers(self.current, self.former), Engine(), EventLoop()
        self.loop.clock = lambda: self.now
        self.performed = []
        options = types.SimpleNamespace(grace=3.0)
        self.prompts = SupervisorPrompts(self.workers, self.engine, self.loop, options, self.perform)

    def perform(self, actions):
        for action in actions:
            fields = dict(action)
            own = getattr(self.prompts, "do_" + fields.pop("kind"), None)
            if own is None:
                self.performed.append(action)
            else:
                own(**fields)

    def passes(self, seconds):
        self.now += seconds
        self.loop.run_due()

    def asks(self, made):
        self.prompts.do_note_prompt(made, "app.py", 12, True)

    def test_the_engine_is_told_of_a_prompt_and_of_its_end(self):
        self.asks(self.current)
        self.prompts.do_note_going_on(self.current)
        self.passes(GONE_ON_SECONDS)
        self.assertEqual(
            self.engine.sent, [("prompt", {"file": "app.py", "line": 12, "request": True}), ("went_on", {})]
        )

    def test_a_prompt_that_follows_is_no_end(self):
        self.asks(self.current)
        self.prompts.do_note_going_on(self.current)
        self.passes(GONE_ON_SECONDS / 2)
        self.asks(self.current)
        self.passes(GONE_ON_SECONDS)
        self.assertEqual([what for what, _ in self.engine.sent], ["prompt", "prompt"])

    def test_a_save_waits_is_announced_once_and_takes_effect_when_it_goes_on(self):
        self.assertFalse(self.prompts.holds(save()))
        self.asks(self.current)
        first, last = save("/app/a.py"), save("/app/b.py")
        self.assertTrue(self.prompts.holds(first))
        self.assertTrue(self.prompts.holds(last))
        self.assertEqual(len(self.engine.notices), 1)
        self.assertIn("app.py:12", self.engine.notices[0])
        self.assertEqual(self.performed, [])
        self.prompts.do_note_going_on(self.current)
        self.passes(GONE_ON_SECONDS)
        self.assertEqual(kinds(self.performed), ["replace_worker"])
        self.assertIs(self.performed[0]["cause"], last)

    def test_with_its_end_nothing_is_due_for_it_any_more(self):
        self.asks(self.current)
        self.prompts.holds(save())
        self.prompts.forget(self.current)
        self.assertEqual(self.performed, [])
        self.assertEqual(self.engine.sent[-1], ("went_on", {}))
        self.assertFalse(self.prompts.holds(save()))

    def test_a_retired_worker_at_a_prompt_is_not_cut_short(self):
        self.asks(self.former)
        self.prompts.do_cut_short(self.former)
        self.passes(2)
        self.assertEqual(self.workers.killed, [])
        self.prompts.do_note_going_on(self.former)
        self.passes(GONE_ON_SECONDS)
        self.passes(2)
        self.assertEqual(self.workers.killed, [self.former])
        self.assertIn("graceMs", self.engine.notices[-1])

    def test_one_that_has_gone_meanwhile_is_left(self):
        self.workers.running.remove(self.former)
        self.prompts.do_cut_short(self.former)
        self.assertEqual(self.workers.killed, [])

    def test_a_line_is_for_the_one_that_waits_and_for_the_current_one_of_several(self):
        self.prompts.give(LINE, "nobody waits")
        self.asks(self.former)
        self.prompts.give(LINE, "one")
        self.asks(self.current)
        self.prompts.give(LINE, "two")
        self.assertEqual([fields["text"] for _, fields, _ in self.former.channel.sent], ["one"])
        self.assertEqual([fields["text"] for _, fields, _ in self.current.channel.sent], ["two"])
