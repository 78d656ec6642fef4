"""What the loop does at its start, and with an order of the engine."""

import os
import socket
import tempfile
import unittest
from unittest import mock

from _devpm_prefork.options import parse
from _devpm_prefork.supervisor.engine_report import PREPARE
from _devpm_prefork.supervisor.main_loop import MainLoop
from support import Channel, save


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

    def test_its_order_brings_no_json(self):
        """It would stand beside each app: a megabyte."""
        loop, engine = self.begun_with_engine()
        engine.sendall(PREPARE + b"\n")
        with mock.patch.dict("sys.modules", {"json": None}):
            loop.ordered()
        self.assertFalse(loop.supervisor.policies.preloader.is_held)

    def test_other_orders_are_json(self):
        loop, engine = self.begun_with_engine()
        engine.sendall(b'{"do":"reload"}\n{"do": "prepare"}\n')
        with mock.patch.object(loop.supervisor, "perform") as perform:
            loop.ordered()
        kinds = [action["kind"] for (actions,), _ in perform.call_args_list for action in actions]
        self.assertEqual([kinds[0], kinds[-1]], ["reload_at_end", "begin_preloading"])

    def test_a_save_comes_before_the_order(self):
        loop, _ = self.begun_with_engine()
        with mock.patch.object(loop.supervisor, "do_start_worker"):
            loop.supervisor.do_replace_worker(save())
        self.assertFalse(loop.supervisor.policies.preloader.is_held)
