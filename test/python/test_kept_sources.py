"""The project's compiled code, from session to session: for the same bytes, and compiled in the same way."""

import os
import tempfile
import unittest
from unittest import mock

from _devpm_prefork.shared import kept_sources
from _devpm_prefork.shared.project_sources import Sources


class KeptSourcesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.source = os.path.join(folder.name, "a.py")
        self.cache = os.path.join(folder.name, "cache")
        environment = mock.patch.dict("os.environ", {"DEVPM_CACHE": self.cache, "DEVPM_APP": "api"})
        environment.start()
        self.addCleanup(environment.stop)

    def write(self, text):
        with open(self.source, "w") as file:
            file.write(text)

    def session(self):
        """(what the file sets, whether it was compiled for that); as a template does, its code is kept."""
        sources, compiled = Sources(), []
        kept = kept_sources.read()
        sources.kept = dict(kept)

        def compiler(source, name):
            compiled.append(name)
            return compile(source, name, "exec")

        found = {}
        exec(sources.load(self.source, compiler), found)
        kept_sources.keep(sources.known, kept)
        return found["value"], bool(compiled)

    def test_a_file_is_compiled_once(self):
        self.write("value = 1")
        self.assertEqual([self.session(), self.session(), self.session()], [(1, True), (1, False), (1, False)])

    def test_another_text_of_the_same_size_and_time_is_compiled(self):
        self.write("value = 1")
        self.session()
        stat = os.stat(self.source)
        self.write("value = 2")
        os.utime(self.source, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        self.assertEqual([self.session(), self.session()], [(2, True), (2, False)])

    def test_each_app_has_its_own(self):
        self.write("value = 1")
        self.session()
        os.environ["DEVPM_APP"] = "worker"
        self.assertEqual(self.session(), (1, True))

    def test_what_is_compiled_in_another_way_is_compiled_again(self):
        self.write("value = 1")
        self.session()
        with mock.patch.object(kept_sources, "HEAD", b"another Python\n"):
            self.assertEqual(self.session(), (1, True))

    def test_it_is_written_only_where_it_changes(self):
        self.write("value = 1")
        self.session()
        before = os.stat(kept_sources.place()).st_ino
        self.session()
        self.assertEqual(os.stat(kept_sources.place()).st_ino, before)

    def test_what_the_project_no_longer_loads_is_forgotten(self):
        kept_sources.keep({"/app/gone.py": (b"digest", compile("", "gone.py", "exec"))}, {})
        self.write("value = 1")
        self.session()
        self.assertEqual(list(kept_sources.read()), [self.source])

    def test_nothing_is_kept_without_a_cache(self):
        del os.environ["DEVPM_CACHE"]
        self.write("value = 1")
        self.assertEqual([self.session(), self.session()], [(1, True), (1, True)])
