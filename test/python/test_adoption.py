"""Idle connections of the former worker, each for the server of its own address.

Race: that server comes later, or never.
"""

import os
import socket
import unittest

from _devpm_prefork.worker.adoption import Adoption, claim, place


class AdoptionTest(unittest.TestCase):
    def setUp(self):
        self.server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(self.server.close)
        self.port = self.server.getsockname()[1]
        self.adoption = Adoption()
        self.adopted = []

    def connection(self):
        """The server's end of one that rests, as it arrives: a bare descriptor."""
        client = socket.create_connection(self.server.getsockname())
        self.addCleanup(client.close)
        accepted, _ = self.server.accept()
        return accepted.detach()

    def adopt(self, fd):
        self.adopted.append(fd)
        os.close(fd)

    def is_open(self, fd):
        try:
            os.fstat(fd)
        except OSError:
            return False
        return True

    def test_it_goes_to_the_server_of_its_port(self):
        self.adoption.open([self.port + 1], self.fail)
        self.adoption.open([self.port], self.adopt)
        fd = self.connection()
        self.adoption.take([fd])
        self.assertEqual((self.adopted, self.adoption.waiting), ([fd], []))

    def test_it_waits_for_a_server_that_comes_later(self):
        fd = self.connection()
        self.adoption.take([fd])
        self.assertEqual(self.adoption.waiting, [fd])
        self.adoption.open([self.port], self.adopt)
        self.assertEqual((self.adopted, self.adoption.waiting), ([fd], []))

    def test_of_two_servers_there_the_younger_one_gets_it(self):
        self.adoption.open([self.port], self.fail)
        self.adoption.open([self.port], self.adopt)
        self.adoption.take([self.connection()])
        self.assertEqual(len(self.adopted), 1)

    def test_a_server_whose_loop_is_over_does_not_lose_it(self):
        def over(_):
            raise RuntimeError("Event loop is closed")

        self.adoption.open([self.port], self.adopt)
        self.adoption.open([self.port], over)
        fd = self.connection()
        self.adoption.take([fd])
        # the one before takes it instead
        self.assertEqual((self.adopted, self.adoption.waiting), ([fd], []))

    def test_what_no_server_wants_is_closed_and_what_comes_after_that_too(self):
        early, late = self.connection(), self.connection()
        self.adoption.take([early])
        self.adoption.close()
        self.assertFalse(self.is_open(early))
        self.adoption.take([late])
        self.assertFalse(self.is_open(late))
        self.assertEqual(self.adoption.waiting, [])

    def test_after_that_a_server_still_gets_what_comes(self):
        self.adoption.close()
        self.adoption.open([self.port], self.adopt)
        fd = self.connection()
        self.adoption.take([fd])
        self.assertEqual(self.adopted, [fd])

    def test_one_thread_gets_it(self):
        waiting = [7]
        self.assertEqual([claim(waiting, 7), claim(waiting, 7)], [True, False])

    def test_its_place(self):
        fd = self.connection()
        self.assertEqual(place(fd), self.port)
        self.assertTrue(self.is_open(fd))
        os.close(fd)
        self.assertIsNone(place(fd))
        one, other = socket.socketpair()
        self.assertEqual(place(one.fileno()), "")
        one.close()
        other.close()
        with open(os.devnull, "rb") as file:
            self.assertIsNone(place(file.fileno()))


if __name__ == "__main__":
    unittest.main()
