import faulthandler
import os
import tempfile
import unittest

from _devpm_prefork.worker.fork_probe import ForkProbe


class ForkProbeTest(unittest.TestCase):
    def setUp(self):
        if faulthandler.is_enabled():
            self.skipTest("these tests run under a fault handler")
        self.plain = (faulthandler.enable, faulthandler.disable, faulthandler.is_enabled)
        self.file = tempfile.TemporaryFile()
        self.addCleanup(self.file.close)
        self.addCleanup(faulthandler.disable)
        self.probe = ForkProbe(os.dup(self.file.fileno()), 60)

    def is_as_it_was(self):
        return (faulthandler.enable, faulthandler.disable, faulthandler.is_enabled) == self.plain

    def test_the_program_finds_none_of_it(self):
        self.assertFalse(faulthandler.is_enabled())
        self.assertFalse(faulthandler.disable())
        self.assertTrue(self.is_as_it_was())
        self.assertFalse(faulthandler.is_enabled())
        self.probe.over()

    def test_the_programs_own_handler_outlives_the_probe(self):
        with tempfile.TemporaryFile() as own:
            faulthandler.enable(own, all_threads=False)
            self.assertTrue(faulthandler.is_enabled())
            self.assertTrue(self.is_as_it_was())
            self.probe.over()
            self.assertTrue(faulthandler.is_enabled())
            faulthandler.disable()

    def test_a_library_that_has_kept_the_names_reaches_the_programs_own_handler(self):
        enable, disable, is_enabled = faulthandler.enable, faulthandler.disable, faulthandler.is_enabled
        self.assertFalse(is_enabled())
        with tempfile.TemporaryFile() as own:
            enable(own)
            self.assertTrue(is_enabled())
            self.assertTrue(disable())
            self.assertFalse(self.plain[2]())
        self.probe.over()

    def test_without_one_nothing_is_left(self):
        self.assertFalse(self.is_as_it_was())
        self.probe.limit()
        self.probe.over()
        self.assertTrue(self.is_as_it_was())
        self.assertFalse(faulthandler.is_enabled())


if __name__ == "__main__":
    unittest.main()
