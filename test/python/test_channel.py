import os
import socket
import threading
import unittest

from _devpm_prefork.shared import channel
from _devpm_prefork.shared.messages import Message, deliver


class Pair(unittest.TestCase):
    def setUp(self):
        self.one, self.other = channel.pair()
        self.addCleanup(self.one.close)
        self.addCleanup(self.other.close)

    def receive(self, count):
        """That many messages, however they arrive."""
        found = []
        while len(found) < count:
            self.assertTrue(channel.wait([self.other], 5), f"{len(found)} of {count} came")
            found += self.other.receive()
        return found


class MessageTest(Pair):
    VALUES = ({"kind": "a"}, {"kind": "b", "text": "ü\0\n", "n": -1.5, "list": [1, None, True], "map": {"/a": [1, 2]}})

    def test_it_arrives_as_it_was_sent(self):
        for value in self.VALUES:
            self.assertTrue(self.one.send(value))
        self.assertEqual(self.receive(2), [(value, []) for value in self.VALUES])

    def test_several_arrive_together_and_in_order(self):
        for n in range(100):
            self.one.send({"n": n})
        self.assertEqual([message["n"] for message, _ in self.receive(100)], list(range(100)))

    def test_one_longer_than_the_sockets_buffer(self):
        text = "x" * 3_000_000
        sender = threading.Thread(target=self.one.send, args=({"text": text},))
        sender.start()
        [(message, _)] = self.receive(1)
        sender.join()
        self.assertEqual(message["text"], text)

    def test_threads_do_not_mix_their_messages(self):
        def send(name):
            for n in range(50):
                self.one.send({"from": name, "n": n, "text": name * 5_000})

        threads = [threading.Thread(target=send, args=(name,)) for name in "abc"]
        for thread in threads:
            thread.start()
        found = self.receive(150)
        for thread in threads:
            thread.join()
        for name in "abc":
            self.assertEqual([one["n"] for one, _ in found if one["from"] == name], list(range(50)))


class DescriptorTest(Pair):
    def test_it_travels_beside_its_message(self):
        reader, writer = os.pipe()
        self.one.send({"kind": "take"}, [writer])
        os.close(writer)
        [(message, [received])] = self.receive(1)
        os.write(received, b"hello")
        os.close(received)
        self.assertEqual((message, os.read(reader, 10)), ({"kind": "take"}, b"hello"))
        os.close(reader)

    def test_each_goes_to_its_own_message(self):
        pipes = [os.pipe() for _ in range(4)]
        self.one.send({"n": 0}, [pipes[0][1]])
        self.one.send({"n": 1})
        self.one.send({"n": 2}, [pipes[1][1], pipes[2][1]])
        self.one.send({"n": 3}, [pipes[3][1]])
        found = self.receive(4)
        self.assertEqual([(message["n"], len(fds)) for message, fds in found], [(0, 1), (1, 0), (2, 2), (3, 1)])
        for number, fd in enumerate(fd for _, fds in found for fd in fds):
            os.write(fd, bytes([number]))
            self.assertEqual(os.read(pipes[number][0], 1), bytes([number]))
            os.close(fd)
        for ends in pipes:
            for end in ends:
                os.close(end)

    def test_it_is_not_inherited_by_what_the_app_starts(self):
        reader, writer = os.pipe()
        self.one.send({}, [writer])
        [(_, [received])] = self.receive(1)
        self.assertFalse(os.get_inheritable(received))
        for fd in (reader, writer, received):
            os.close(fd)


class EndTest(Pair):
    def test_the_other_end_is_gone(self):
        self.one.close()
        self.assertIsNone(self.other.receive())
        self.assertFalse(self.other.send({"kind": "a"}))

    def test_what_is_no_message_counts_as_gone(self):
        ours, theirs = socket.socketpair()
        self.addCleanup(ours.close)
        received = channel.Channel(theirs.detach())
        self.addCleanup(received.close)
        ours.sendall(b"\x00\x00\x00\x05hello")
        self.assertIsNone(received.receive())

    def test_half_a_message_is_waited_for(self):
        ours, theirs = socket.socketpair()
        self.addCleanup(ours.close)
        received = channel.Channel(theirs.detach())
        self.addCleanup(received.close)
        data = channel.encode({"kind": "whole"})
        ours.sendall(data[:3])
        self.assertEqual(received.receive(), [])
        ours.sendall(data[3:])
        self.assertEqual(received.receive(), [({"kind": "whole"}, [])])

    def test_nothing_comes_within_the_time(self):
        self.assertFalse(channel.wait([self.other], 0))


class DeliverTest(unittest.TestCase):
    class Group:
        greet = Message("name", "times")

    class Receiver:
        def __init__(self):
            self.heard = []

        def on_greet(self, *context, name, times):
            self.heard.append((context, name, times))

    def test_a_message_is_known_by_its_name_in_its_group(self):
        self.assertEqual(self.Group.greet(name="Ana", times=2), {"kind": "greet", "name": "Ana", "times": 2})

    def test_it_arrives_at_the_method_of_its_name(self):
        receiver, message = self.Receiver(), self.Group.greet(name="Ana", times=2)
        deliver(receiver, message, "worker", 7)
        self.assertEqual(receiver.heard, [(("worker", 7), "Ana", 2)])
        self.assertIn("kind", message, "the message itself is not changed")

    def test_one_that_nothing_handles_is_a_mistake_of_ours(self):
        with self.assertRaises(AttributeError):
            deliver(self.Receiver(), {"kind": "shout"})
