"""The code that is kept from start to start: for exactly the file that it was made of, and only whole."""

import os
import sys
import tempfile
import unittest

from _devpm_prefork import own_code


class OwnCode(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.cache = os.path.join(folder.name, "cache")
        self.source = os.path.join(folder.name, "source")
        os.mkdir(self.source)
        self.kept = os.path.join(self.cache, "prefork", sys.implementation.cache_tag, "kept")
        self.addCleanup(sys.path_importer_cache.pop, self.source, None)

    def write(self, text):
        with open(os.path.join(self.source, "kept.py"), "w") as file:
            file.write(text)

    def load(self):
        """(what it sets, whether it was compiled for that)."""
        own_code.keep([self.source], self.cache)
        spec = sys.path_importer_cache[self.source].find_spec("kept")
        compiled = []
        compiler = spec.loader.source_to_code
        spec.loader.source_to_code = lambda *given: compiled.append(given) or compiler(*given)
        found = {}
        exec(spec.loader.get_code("kept"), found)
        return found["value"], bool(compiled)

    def test_is_compiled_once(self):
        self.write("value = 1")
        self.assertEqual(self.load(), (1, True))
        self.assertEqual(self.load(), (1, False))

    def test_another_text_of_the_same_size_at_the_same_time_is_compiled(self):
        self.write("value = 1")
        self.load()
        path = os.path.join(self.source, "kept.py")
        stat = os.stat(path)
        self.write("value = 2")
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        self.assertEqual(self.load(), (2, True))

    def test_texts_for_its_reader_are_not_held(self):
        self.write('def kept():\n    """What it is for."""\n\n\nvalue = kept.__doc__')
        self.assertEqual(self.load(), (None, True))
        self.assertEqual(self.load(), (None, False))

    def test_what_is_not_whole_is_compiled(self):
        self.write("value = 1")
        self.load()
        with open(self.kept, "rb") as file:
            whole = file.read()
        for part in (b"", whole[:20], whole[:-1], whole[:-10] + bytes(10)):
            with open(self.kept, "wb") as file:
                file.write(part)
            self.assertEqual(self.load(), (1, True))
        self.assertEqual(self.load(), (1, False))

    def test_a_cache_that_cannot_be_written_costs_only_time(self):
        with open(self.cache, "w"):
            pass
        self.write("value = 1")
        self.assertEqual(self.load(), (1, True))
        self.assertEqual(self.load(), (1, True))

    def test_what_cannot_be_put_in_its_place_is_not_left_behind(self):
        self.write("value = 1")
        os.makedirs(self.kept)
        self.assertEqual(self.load(), (1, True))
        self.assertEqual(os.listdir(os.path.dirname(self.kept)), ["kept"])

    def test_nothing_is_kept_without_a_cache(self):
        own_code.keep([self.source], None)
        self.assertNotIn(self.source, sys.path_importer_cache)
