"""Files that a program leaves open: they are written at its end, whatever holds them."""

import os
import tempfile
import unittest

from test_worker_program import python

LIBRARY = """
import gc, os, sys
from _devpm_prefork.worker import last_writes
class Library:
    pass
gc.collect()
gc.freeze()
"""


class LastWritesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "log")

    def written(self, code):
        shown = python(LIBRARY + code.replace("PATH", repr(self.path)))
        with open(self.path) as file:
            return file.read(), shown

    def test_what_only_a_library_of_the_template_holds(self):
        written, shown = self.written("""
last_writes.install()
Library.text = open(PATH, "w")
Library.text.write("text ")
Library.text.flush()
Library.bytes = open(PATH, "ab")
Library.bytes.write(b"and bytes")
""")
        self.assertEqual((written, shown), ("text and bytes", ""))

    def test_after_what_the_program_does_at_its_end(self):
        written, shown = self.written("""
import atexit
last_writes.install()
Library.text = open(PATH, "w")
atexit.register(Library.text.write, "the last line")
""")
        self.assertEqual((written, shown), ("the last line", ""))

    def test_one_that_is_closed_or_no_file_is_left_alone(self):
        written, shown = self.written("""
Library.closed = open(PATH, "w")
Library.closed.write("written")
Library.closed.close()
reads, writes = os.pipe()
Library.pipe = open(writes, "w")
Library.pipe.write("unread")
last_writes.write()
os.set_blocking(reads, False)
try:
    print(os.read(reads, 9))
except BlockingIOError:
    print("nothing")
""")
        self.assertEqual((written, shown), ("written", "nothing\n"))
