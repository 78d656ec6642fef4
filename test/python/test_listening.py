import os
import socket
import types
import unittest
from unittest import mock

from _devpm_prefork.worker import listening
from _devpm_prefork.worker.states import Booting


def asked_in_a_fork(port):
    """As in a worker: what its parent has open is the supervisor's."""
    child = os.fork()
    if child == 0:
        os._exit(1 if listening.listens(port) else 0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1


@unittest.skipUnless(os.path.exists("/proc/net/tcp"), "the kernel lists no sockets")
class ListeningTest(unittest.TestCase):
    def bound(self, family=socket.AF_INET, host="127.0.0.1"):
        held = socket.socket(family)
        self.addCleanup(held.close)
        held.bind((host, 0))
        return held, held.getsockname()[1]

    def test_a_bound_port_is_none_that_listens(self):
        held, port = self.bound()
        self.assertFalse(listening.listens(port))
        held.listen()
        self.assertTrue(listening.listens(port))
        held.close()
        self.assertFalse(listening.listens(port))

    def test_what_the_supervisor_keeps_is_not_the_programs(self):
        held, port = self.bound()
        held.listen()
        self.assertTrue(listening.listens(port))
        self.assertFalse(asked_in_a_fork(port))

    def test_another_port_and_a_connection_do_not_count(self):
        held, port = self.bound()
        held.listen()
        client = socket.create_connection(("127.0.0.1", port))
        self.addCleanup(client.close)
        self.assertFalse(listening.listens(client.getsockname()[1]))

    def test_the_time_at_a_breakpoint_is_not_waited_for(self):
        told = []
        worker = types.SimpleNamespace(
            state=Booting(), port=1, link=types.SimpleNamespace(tell=told.append), time_of_reload=lambda: 42.0
        )
        for answers, time_of_start in (([True], 7.0), ([False, False, True], 42.0)):
            with mock.patch.object(listening, "listens", side_effect=answers), mock.patch.object(listening, "sleep"):
                self.assertEqual(listening.await_listener(worker, 7.0), time_of_start)
        self.assertEqual([message["kind"] for message in told], ["settled"])

    def test_ipv6(self):
        try:
            held, port = self.bound(socket.AF_INET6, "::1")
        except OSError as error:
            self.skipTest(str(error))
        held.listen()
        self.assertTrue(listening.listens(port))

    def test_a_process_that_is_gone_has_nothing(self):
        self.assertEqual(listening.sockets_of(0), set())
        self.assertEqual(listening.parent_of(0), 0)
        self.assertEqual(listening.parent_of(os.getpid()), os.getppid())


if __name__ == "__main__":
    unittest.main()
