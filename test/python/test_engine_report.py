import contextlib
import io
import json
import os
import socket
import tempfile
import unittest
from unittest import mock

from _devpm_prefork.supervisor import cause
from _devpm_prefork.supervisor.engine_report import HELD_SECONDS, RETRY_SECONDS, EngineReport
from _devpm_prefork.supervisor.event_loop import EventLoop


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


class Engine(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "s")
        self.loop = EventLoop()
        self.clock = self.loop.clock = Clock()
        self.report = EngineReport({"DEVPM_SOCKET": self.path, "DEVPM_SESSION": "s1", "DEVPM_APP": "api"}, self.loop)
        self.addCleanup(self.report.close)

    def listen(self):
        server = socket.socket(socket.AF_UNIX)
        self.addCleanup(server.close)
        server.bind(self.path)
        server.listen()
        return server

    def connection(self, server):
        connection, _ = server.accept()
        self.addCleanup(connection.close)
        return connection

    def printed(self, action):
        text = io.StringIO()
        with contextlib.redirect_stderr(text):
            action()
        return text.getvalue()


class SendTest(Engine):
    def test_a_report_is_one_line_with_the_app_and_the_session(self):
        server = self.listen()
        self.assertTrue(self.report.send("ready", pid=9, port=None, ms=1.5))
        line = self.connection(server).recv(65536)
        self.assertTrue(line.endswith(b"\n"))
        self.assertEqual(
            json.loads(line),
            {
                "op": "report",
                "app": "api",
                "session": "s1",
                "report": {"what": "ready", "pid": 9, "port": None, "ms": 1.5},
            },
        )

    def test_an_action_is_sent_as_its_report(self):
        server = self.listen()
        self.report.do_report("cold", {"reason": "requirements.txt changed"})
        report = json.loads(self.connection(server).recv(65536))["report"]
        self.assertEqual(report, {"reason": "requirements.txt changed", "what": "cold"})

    def test_without_an_engine_the_app_runs_on(self):
        self.assertFalse(self.report.send("ready"))
        self.assertFalse(EngineReport({}, self.loop).send("ready"))

    def test_one_that_is_not_there_is_looked_for_once_a_second(self):
        self.assertFalse(self.report.is_connected())
        self.listen()
        self.assertFalse(self.report.is_connected())
        self.clock.now += RETRY_SECONDS
        self.assertTrue(self.report.is_connected())

    def test_one_that_went_away_is_found_again(self):
        server = self.listen()
        self.report.send("ready")
        self.connection(server).close()
        server.close()
        os.unlink(self.path)
        while self.report.send("notice", text="x" * 65536):
            pass
        self.assertFalse(self.report.is_connected())
        self.listen()
        self.clock.now += RETRY_SECONDS
        self.assertTrue(self.report.send("ready"))


class HeldTest(Engine):
    def kinds(self, connection):
        return [json.loads(line)["report"]["what"] for line in connection.recv(65536).splitlines()]

    def test_it_goes_with_the_next_one_and_before_it(self):
        connection = self.begun()
        self.report.do_report_with_next("reloading", {"file": "app.py"})
        self.assertRaises(BlockingIOError, connection.recv, 1)
        self.report.do_report("reloaded", {})
        self.assertEqual(self.kinds(connection), ["reloading", "reloaded"])

    def test_at_once_where_it_is_asked_for_and_only_once(self):
        connection = self.begun()
        self.report.do_report_with_next("reloaded", {})
        self.report.do_send_held()
        self.report.do_send_held()
        self.assertEqual(self.kinds(connection), ["reloaded"])

    def test_a_slow_reload_is_reported_while_it_lasts(self):
        connection = self.begun()
        self.report.do_report_with_next("reloading", {})
        self.clock.now += HELD_SECONDS
        self.loop.run_due()
        self.assertEqual(self.kinds(connection), ["reloading"])

    def test_what_an_engine_that_went_away_did_not_get_is_not_for_the_next_one(self):
        self.report.do_report_with_next("reloading", {})
        self.report.do_send_held()
        connection = self.begun(after=RETRY_SECONDS)
        self.assertEqual(self.report.held, b"")
        self.assertRaises(BlockingIOError, connection.recv, 1)

    def begun(self, after=0.0):
        server = self.listen()
        self.clock.now += after
        self.report.send("ready")
        connection = self.connection(server)
        self.assertEqual(self.kinds(connection), ["ready"])
        connection.setblocking(False)
        return connection


class NoticeTest(Engine):
    def test_the_engine_shows_it_where_there_is_one(self):
        server = self.listen()
        self.assertEqual(self.printed(lambda: self.report.do_notice("watching by polling")), "")
        self.assertEqual(json.loads(self.connection(server).recv(65536))["report"]["text"], "watching by polling")

    def test_otherwise_it_is_printed(self):
        self.assertEqual(self.printed(lambda: self.report.do_notice("hello")), "devpm: hello\n")

    def test_that_it_cannot_be_kept_warm_is_reported_once(self):
        server = self.listen()
        for _ in range(3):
            self.report.not_eligible("it replaces itself")
        lines = self.connection(server).recv(65536).splitlines()
        self.assertEqual([json.loads(line)["report"]["what"] for line in lines], ["unfit"])

    def test_and_is_said_once_where_no_engine_restarts_it(self):
        text = self.printed(lambda: [self.report.not_eligible("why") for _ in range(3)])
        self.assertRegex(text, r"\Adevpm: [^\n]*: why\n\Z")


class ReadTest(Engine):
    def test_what_the_engine_asks_for_in_whatever_pieces(self):
        server = self.listen()
        self.report.send("ready")
        connection = self.connection(server)
        connection.sendall(b'{"do":"inp')
        self.assertEqual(self.report.read(), [])
        connection.sendall(b'ut"}\n\n{"do":"catch_up"}\n')
        self.assertEqual(self.report.read(), [{"do": "input"}, {"do": "catch_up"}])

    def test_what_each_wait_asks_needs_no_json(self):
        server = self.listen()
        self.report.send("ready")
        self.connection(server).sendall(b'{"do":"catch_up"}\n')
        with mock.patch.dict("sys.modules", json=None):
            self.assertEqual(self.report.read(), [{"do": "catch_up"}])

    def test_questions_are_counted_for_each_connection(self):
        server = self.listen()
        self.report.send("ready")
        self.report.asked, self.report.answered = 3, 2
        self.connection(server).close()
        self.assertIsNone(self.report.read())
        self.assertEqual((self.report.asked, self.report.answered), (0, 0))

    def test_none_when_it_is_gone_and_half_a_line_is_forgotten(self):
        server = self.listen()
        self.report.send("ready")
        connection = self.connection(server)
        connection.sendall(b'{"op":')
        self.report.read()
        connection.close()
        self.assertIsNone(self.report.read())
        self.assertIsNone(self.report.read())
        self.assertEqual(self.report.unread, b"")


class CauseTest(unittest.TestCase):
    def setUp(self):
        self.file = tempfile.NamedTemporaryFile(suffix=".py")
        self.addCleanup(self.file.close)

    def saved(self, ago_ms):
        """The cause of a file that was saved so long ago."""
        seconds = cause.time.time() - ago_ms / 1000
        os.utime(self.file.name, (seconds, seconds))
        return cause.cause_of(self.file.name)

    def test_it_was_saved_when_its_time_says_so(self):
        made = self.saved(ago_ms=500)
        self.assertAlmostEqual(made.noticed - made.saved, 500, delta=200)

    def test_one_that_was_moved_in_with_an_old_time_is_saved_when_it_was_noticed(self):
        made = self.saved(ago_ms=cause.OLDEST_MS + 60_000)
        self.assertEqual(made.saved, made.noticed)

    def test_nor_can_it_be_saved_in_the_future(self):
        made = self.saved(ago_ms=-60_000)
        self.assertEqual(made.saved, made.noticed)

    def test_one_that_is_gone_was_saved_when_that_was_noticed(self):
        made = cause.cause_of("/gone/a.py")
        self.assertEqual((made.file, made.saved), ("/gone/a.py", made.noticed))


class EventLoopTest(unittest.TestCase):
    def setUp(self):
        self.loop = EventLoop()
        self.clock = self.loop.clock = Clock()
        self.heard = []

    def turn(self, readers=(), writers=()):
        self.loop.run_once(readers, writers, is_busy=True)

    def test_a_timer_fires_once_when_it_is_due(self):
        self.loop.after(1.0, lambda: self.heard.append("one"))
        self.turn()
        self.assertEqual(self.heard, [])
        self.clock.now += 1.0
        self.turn()
        self.turn()
        self.assertEqual(self.heard, ["one"])

    def test_one_that_was_cancelled_does_not_fire_even_by_another_that_is_due_too(self):
        timers = []
        timers.append(self.loop.after(1.0, lambda: self.loop.cancel(timers[1])))
        timers.append(self.loop.after(1.0, lambda: self.heard.append("late")))
        self.clock.now += 2.0
        self.turn()
        self.assertEqual(self.heard, [])
        self.loop.cancel(timers[0])

    def test_it_waits_for_the_next_timer_and_without_one_for_ever(self):
        self.assertIsNone(self.loop.patience())
        self.loop.after(5.0, print)
        self.loop.after(2.0, print)
        self.assertEqual(self.loop.patience(), 2001.0)
        self.clock.now += 60
        self.assertEqual(self.loop.patience(), 1.0)

    def test_only_what_is_ready_is_heard(self):
        one, other = socket.socketpair()
        for end in (one, other):
            self.addCleanup(end.close)
        other.send(b"x")
        self.turn(
            readers=[(one, lambda: self.heard.append("read")), (other.fileno(), lambda: self.heard.append("other"))],
            writers=[],
        )
        self.assertEqual(self.heard, ["read"])
        self.turn(writers=[(other, lambda: self.heard.append("write"))])
        self.assertEqual(self.heard, ["read", "write"])

    def test_a_mistake_of_ours_is_printed_and_the_rest_goes_on(self):
        self.loop.after(0, lambda: 1 / 0)
        self.loop.after(0, lambda: self.heard.append("next"))
        text = io.StringIO()
        with contextlib.redirect_stderr(text):
            self.turn()
            self.turn()
        self.assertIn("ZeroDivisionError", text.getvalue())
        self.assertEqual(self.heard, ["next"])
