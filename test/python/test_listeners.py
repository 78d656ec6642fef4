import socket
import unittest

from _devpm_prefork.shared.messages import BIND_YOURSELF, STAND_DOWN, USE_LISTENER
from _devpm_prefork.supervisor.listeners import Listeners
from support import booting, retiring, worker


def listening():
    held = socket.create_server(("127.0.0.1", 0))
    return held, (int(socket.AF_INET), "127.0.0.1", held.getsockname()[1])


class GrantTest(unittest.TestCase):
    def setUp(self):
        self.listeners = Listeners()
        held, self.key = listening()
        self.keeper = worker()
        self.listeners.do_keep_listener(self.keeper, held.detach(), self.key)
        self.addCleanup(self.listeners.close_all)

    def decisions(self, made):
        return [fields["decision"] for kind, fields, _ in made.channel.sent if kind == "decide"]

    def wanting(self, made, key=None):
        made.waits_for = key or self.key
        return made

    def test_retire_before_give(self):
        """Race: both workers would accept, and the old code answers after the save."""
        old = retiring()
        old.claimed.add(self.key)
        new = self.wanting(booting(number=2))
        self.listeners.grant([old, new])
        self.assertEqual(self.decisions(new), [])
        old.state.has_stopped = True
        self.listeners.grant([old, new])
        self.assertEqual(self.decisions(new), [USE_LISTENER])
        self.assertEqual(new.claimed, {self.key})

    def test_a_question_is_answered_once(self):
        new = self.wanting(booting())
        self.listeners.grant([new])
        self.listeners.grant([new])
        self.assertEqual(len(self.decisions(new)), 1)

    def test_one_that_was_retired_before_it_had_the_listener_stands_down(self):
        """Race: it would accept, and has been told to stop before."""
        old = self.wanting(retiring(has_stopped=True))
        self.listeners.grant([old])
        self.assertEqual(self.decisions(old), [STAND_DOWN])

    def test_another_address_of_the_same_port_makes_way(self):
        other = (self.key[0], "0.0.0.0", self.key[2])
        new = self.wanting(booting(), other)
        self.listeners.grant([new])
        self.assertEqual((self.decisions(new), self.listeners.kept), ([BIND_YOURSELF], {}))

    def test_unless_a_worker_that_runs_has_it(self):
        other = (self.key[0], "0.0.0.0", self.key[2])
        self.listeners.grant([self.keeper, self.wanting(booting(number=2), other)])
        self.assertIn(self.key, self.listeners.kept)

    def test_a_connection_waits_until_it_is_accepted(self):
        self.assertFalse(self.listeners.has_connection())
        with socket.create_connection(self.key[1:]):
            self.assertTrue(self.listeners.has_connection())
            accepted, _ = self.listeners.kept[self.key]._accept()
            socket.close(accepted)
            self.assertFalse(self.listeners.has_connection())

    def test_what_the_app_no_longer_binds_is_closed(self):
        self.listeners.drop_unclaimed(booting())
        self.assertEqual(self.listeners.kept, {})


class StandInTest(unittest.TestCase):
    def setUp(self):
        held, self.key = listening()
        held.close()
        self.listeners = Listeners()
        self.addCleanup(self.listeners.close_all)

    def show_page(self):
        options = type("Options", (), {"host": None, "port": self.key[2]})
        self.listeners.show_page(options)

    def test_a_first_start_that_fails_has_a_page(self):
        self.show_page()
        socket.create_connection(("127.0.0.1", self.key[2])).close()

    def test_the_app_gets_it_with_what_waits_in_it(self):
        """Race: a browser asks between the failed start and the save that mends it."""
        self.show_page()
        waiting = socket.create_connection(("127.0.0.1", self.key[2]))
        new = booting()
        new.waits_for = self.key
        self.assertEqual(self.listeners.grant([new]), [])
        self.assertIn(self.key, self.listeners.kept)
        accepted, _ = self.listeners.kept[self.key]._accept()
        socket.close(accepted)
        waiting.close()

    def test_where_it_does_not_fit_what_waits_in_it_is_handed_on(self):
        """Race: closing it would reset a connection that waits."""
        self.show_page()
        waiting = socket.create_connection(("127.0.0.1", self.key[2]))
        new = booting()
        new.waits_for = (self.key[0], "0.0.0.0", self.key[2])
        handed = self.listeners.grant([new])
        self.assertEqual((len(handed), self.listeners.stand_ins), (1, {}))
        socket.close(handed[0])
        waiting.close()


class BypassTest(unittest.TestCase):
    """A server that binds without asking: the page's stand-in has to be gone before it begins."""

    def setUp(self):
        self.listeners = Listeners()
        held, self.key = listening()
        held.setblocking(False)
        self.listeners.stand_ins[self.key[2]] = held
        self.addCleanup(self.listeners.close_all)

    def test_the_stand_in_makes_room_and_what_waited_in_it_is_handed_on(self):
        client = socket.create_connection(self.key[1:])
        self.addCleanup(client.close)
        self.listeners.is_bypassed = True
        waiting = self.listeners.make_room()
        self.assertEqual((len(waiting), self.listeners.stand_ins), (1, {}))
        socket.create_server(self.key[1:]).close()
        for fd in waiting:
            socket.socket(fileno=fd).close()

    def test_it_stays_for_a_server_that_asks(self):
        self.assertEqual((self.listeners.make_room(), list(self.listeners.stand_ins)), ([], [self.key[2]]))
