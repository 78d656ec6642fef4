"""What a standby prints. Race: it is activated, or discarded, after it has printed."""

import os
import tempfile
import unittest
from unittest import mock

from _devpm_prefork.worker import held_output


class HeldOutputTest(unittest.TestCase):
    def setUp(self):
        files = [tempfile.TemporaryFile() for _ in range(2)]
        for file in files:
            self.addCleanup(file.close)
        self.out, self.err = [file.fileno() for file in files]
        patching = mock.patch.object(held_output, "STREAMS", (self.out, self.err))
        patching.start()
        self.addCleanup(patching.stop)

    def text(self, number):
        os.lseek(number, 0, os.SEEK_SET)
        return os.read(number, 1 << 20)

    def test_it_is_shown_on_the_stream_it_was_for_and_what_follows_after_it(self):
        held = held_output.HeldOutput()
        os.write(self.out, b"importing\n")
        os.write(self.err, b"careful\n")
        held.release()
        os.write(self.out, b"serving\n")
        self.assertEqual((self.text(self.out), self.text(self.err)), (b"importing\nserving\n", b"careful\n"))

    def test_until_then_nothing_is(self):
        real = os.dup(self.out)
        self.addCleanup(os.close, real)
        held = held_output.HeldOutput()
        os.write(self.out, b"importing\n")
        self.assertEqual(self.text(real), b"")
        held.release()
        self.assertEqual(self.text(real), b"importing\n")

    def test_much_of_it_is_whole(self):
        held = held_output.HeldOutput()
        line = b"x" * 999 + b"\n"
        for _ in range(300):
            os.write(self.out, line)
        held.release()
        self.assertEqual(self.text(self.out), line * 300)

    def test_a_second_release_shows_nothing_again(self):
        held = held_output.HeldOutput()
        os.write(self.out, b"once\n")
        held.release()
        held.release()
        self.assertEqual(self.text(self.out), b"once\n")

    def test_an_app_without_that_stream_has_none(self):
        closed = os.dup(self.out)
        os.close(closed)
        with mock.patch.object(held_output, "STREAMS", (self.out, closed)):
            held = held_output.HeldOutput()
            os.write(self.out, b"x\n")
            held.release()
        self.assertEqual(self.text(self.out), b"x\n")

    def test_what_nothing_reads_any_more_ends_nothing(self):
        reader, writer = os.pipe()
        self.addCleanup(os.close, writer)
        with mock.patch.object(held_output, "STREAMS", (writer, self.err)):
            held = held_output.HeldOutput()
            os.write(writer, b"x\n")
            os.write(self.err, b"y\n")
            os.close(reader)
            held.release()
        self.assertEqual(self.text(self.err), b"y\n")

    def test_no_descriptor_is_left(self):
        before = set(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else None
        held_output.HeldOutput().release()
        if before is not None:
            self.assertEqual(set(os.listdir("/proc/self/fd")), before)


if __name__ == "__main__":
    unittest.main()
