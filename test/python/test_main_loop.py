"""What the loop does at its start, and with an order of the engine."""

import os
import socket
import tempfile
import unittest
from unittest import mock

from _devpm_prefork.options import parse
from _devpm_prefork.supervisor.main_loop import MainLoop
from support import Channel, save

# as the engine sends them
PREPARE, CATCH_UP = b'{"do":"prepare"}', b'{"do":"catch_up"}'


class Begun(Exception):
    """Instead of the first turn."""


class StartTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "s")
        self.server = socket.socket(socket.AF_UNIX)
        self.addCleanup(self.server.close)
        environment = mock.patch.dict("os.environ", {"DEVPM_SOCKET": self.path})
        environment.start()
        self.addCleanup(environment.stop)
        os.environ.pop("DEVPM_CACHE", None)
        self.channel = Channel()

    def begun(self):
        """A loop before its first turn, and the engine's end of its connection."""
        loop = MainLoop(parse(["--", "app.py"]), wake=None)
        self.addCleanup(loop.supervisor.watcher.close)
        with mock.patch.object(loop, "turn", side_effect=Begun), mock.patch.object(loop.supervisor.watcher, "start"):
            self.assertRaises(Begun, loop.run, 100, self.channel, 0.0)
        self.addCleanup(loop.supervisor.engine.close)
        return loop

    def begun_with_engine(self):
        self.server.bind(self.path)
        self.server.listen()
        loop = self.begun()
        engine, _ = self.server.accept()
        self.addCleanup(engine.close)
        self.assertTrue(loop.supervisor.policies.preloader.is_held)
        return loop, engine

    def test_nothing_is_held_back_without_an_engine(self):
        loop = self.begun()
        self.assertFalse(loop.supervisor.policies.preloader.is_held)
        self.assertEqual(self.channel.kinds(), ["print_errors"])

    def test_no_template_loads_until_the_engine_says_that_the_session_has_started(self):
        loop, engine = self.begun_with_engine()
        performed = []
        loop.supervisor.perform = performed.extend
        engine.sendall(PREPARE + b"\n")
        loop.ordered()
        self.assertEqual([action["kind"] for action in performed], ["begin_preloading"])

    def test_the_orders_of_every_session_bring_no_json(self):
        """It would stand beside each app: a megabyte."""
        loop, engine = self.begun_with_engine()
        engine.sendall(PREPARE + b"\n" + CATCH_UP + b"\n")
        with mock.patch.dict("sys.modules", {"json": None}):
            loop.ordered()
        self.assertFalse(loop.supervisor.policies.preloader.is_held)
        self.assertEqual(loop.supervisor.engine.asked, 1)

    def test_what_was_saved_before_the_engine_asks_counts(self):
        loop, engine = self.begun_with_engine()
        engine.sendall(CATCH_UP + b"\n")
        asked = []
        with mock.patch.object(loop, "read_watcher", side_effect=lambda: asked.append(loop.supervisor.engine.asked)):
            loop.ordered()
        self.assertEqual([*asked, loop.supervisor.engine.asked], [0, 1])

    def test_other_orders_are_json(self):
        loop, engine = self.begun_with_engine()
        engine.sendall(b'{"do":"input","what":"line","text":"next"}\n{"do": "prepare"}\n')
        with mock.patch.object(loop.supervisor.prompts, "give") as give:
            loop.ordered()
        give.assert_called_once_with("line", "next")
        self.assertFalse(loop.supervisor.policies.preloader.is_held)

    def test_a_save_comes_before_the_order(self):
        loop, _ = self.begun_with_engine()
        with mock.patch.object(loop.supervisor, "do_start_worker"):
            loop.supervisor.do_replace_worker(save())
        self.assertFalse(loop.supervisor.policies.preloader.is_held)
