"""What was read, and whether it still is what was saved last."""

import os
import tempfile
import unittest

from _devpm_prefork.shared import paths
from _devpm_prefork.shared.file_state import first_stale, is_same, state_of
from _devpm_prefork.shared.project_sources import Sources


class Folder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = os.path.realpath(folder.name)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text, seconds=None):
        with open(self.path(name), "w") as file:
            file.write(text)
        if seconds is not None:
            os.utime(self.path(name), (seconds, seconds))
        return self.path(name)


class FileStateTest(Folder):
    def state(self, path):
        return state_of(os.stat(path))

    def test_an_untouched_file_is_the_same(self):
        path = self.write("a.py", "one")
        self.assertTrue(is_same(path, self.state(path)))

    def test_another_content_of_the_same_size_and_time_is_another_state(self):
        """Race: two saves of one size within one tick of a coarse clock, or with the mtime put back."""
        path = self.write("a.py", "one", seconds=1000)
        before = self.state(path)
        os.unlink(path)
        self.write("b.py", "x")
        self.write("a.py", "two", seconds=1000)
        self.assertEqual(os.stat(path).st_mtime_ns, before[0])
        self.assertFalse(is_same(path, before))

    def test_a_file_that_is_gone_is_another_state(self):
        path = self.write("a.py", "one")
        before = self.state(path)
        os.unlink(path)
        self.assertFalse(is_same(path, before))

    def test_a_shorter_state_compares_only_what_it_holds(self):
        path = self.write("a.py", "one")
        self.assertTrue(is_same(path, self.state(path)[:2]))
        self.assertFalse(is_same(path, [0, 3]))

    def test_the_first_that_changed_and_is_not_ignored(self):
        files = {self.write(name, "x"): [0, 0, 0, 0] for name in ("a.py", "b.py")}
        same = self.write("c.py", "x")
        files[same] = self.state(same)
        self.assertEqual(first_stale(files, lambda path: False), self.path("a.py"))
        self.assertEqual(first_stale(files, lambda path: path.endswith("a.py")), self.path("b.py"))
        self.assertIsNone(first_stale(files, lambda path: True))
        self.assertIsNone(first_stale({}, lambda path: False))


class SourcesTest(Folder):
    def setUp(self):
        super().setUp()
        self.sources = Sources()
        self.compiled = []

    def load(self, path):
        def compiler(source, name):
            self.compiled.append(source)
            return compile(source, name, "exec")

        scope = {}
        exec(self.sources.load(path, compiler), scope)
        return scope["value"]

    def test_the_code_is_that_of_the_file_as_it_is_now(self):
        path = self.write("a.py", "value = 1")
        self.assertEqual(self.load(path), 1)
        self.write("a.py", "value = 2")
        self.assertEqual(self.load(path), 2)

    def test_two_saves_of_one_size_and_one_time_are_two(self):
        """Race: CPython would take the bytecode of the first for good."""
        path = self.write("a.py", "value = 1", seconds=1000)
        self.load(path)
        self.write("a.py", "value = 2", seconds=1000)
        self.assertEqual(self.load(path), 2)

    def test_the_same_bytes_are_compiled_once(self):
        path = self.write("a.py", "value = 1", seconds=1000)
        self.load(path)
        self.write("a.py", "value = 1", seconds=2000)
        self.load(path)
        self.assertEqual(len(self.compiled), 1)

    def test_what_was_read_is_noted_once_as_of_before_it_was_read(self):
        path = self.write("a.py", "value = 1")
        self.load(path)
        noted = self.sources.take()
        self.assertEqual(noted, {path: state_of(os.stat(path))})
        self.assertEqual(self.sources.take(), {})
        self.write("a.py", "value = 2222")
        self.assertFalse(is_same(path, noted[path]))

    def test_a_file_that_does_not_compile_is_noted_too(self):
        path = self.write("a.py", "value = ")
        with self.assertRaises(SyntaxError):
            self.load(path)
        self.assertEqual(list(self.sources.take()), [path])

    def test_a_standby_waits_before_it_reads(self):
        path = self.write("a.py", "value = 1")
        self.sources.before_first = lambda: self.write("a.py", "value = 2")
        self.assertEqual(self.load(path), 2)

    def test_the_time_of_an_import_is_its_own_without_what_it_imports(self):
        outer, inner = self.sources.begin(), None
        inner = self.sources.begin()
        while self.sources.nested and __import__("time").perf_counter() - inner < 0.01:
            pass
        self.sources.ended("inner", inner)
        self.sources.ended("outer", outer)
        self.assertGreaterEqual(self.sources.spent["inner"], 10)
        self.assertLess(self.sources.spent["outer"], self.sources.spent["inner"])

    def test_its_listeners_hear_of_each_import_and_of_the_last(self):
        heard = []
        self.sources.after_import = heard.append
        self.sources.after_last = lambda: heard.append("last")
        outer = self.sources.begin()
        self.sources.ended("inner", self.sources.begin())
        self.sources.ended("outer", outer)
        self.assertEqual(heard, ["inner", "outer", "last"])


class PathsTest(unittest.TestCase):
    LIBRARIES = (
        os.__file__, "/v/lib/python3.12/site-packages/flask/app.py", "/usr/lib/python3/dist-packages/yaml.py",
        paths.HERE + "boot.py",
    )  # fmt: skip
    PROJECT = ("/app/web/routes.py", "/elsewhere/shared.py", "/app/lib/tool.py", "/app/my-site-packages/a.py")

    def test_what_is_installed_is_a_library_and_everything_else_the_projects(self):
        for path in self.LIBRARIES:
            self.assertTrue(paths.is_library(path), path)
            self.assertFalse(paths.is_project(path), path)
        for path in self.PROJECT:
            self.assertFalse(paths.is_library(path), path)
            self.assertTrue(paths.is_project(path), path)

    def test_what_is_no_file_is_not_the_projects(self):
        for path in (None, "<frozen importlib._bootstrap>", "<string>"):
            self.assertFalse(paths.is_project(path))

    def test_a_path_that_leads_round_is_resolved_first(self):
        self.assertFalse(paths.is_project(paths.HERE + "../" + os.path.basename(paths.HERE[:-1]) + "/boot.py"))
        self.assertTrue(paths.is_project("relative.py"))

    def test_the_package_of_a_file(self):
        cases = (
            ("/v/lib/python3.12/site-packages/flask/app.py", "flask"),
            ("/v/lib/python3.12/site-packages/six.py", "six"),
            ("/v/lib/python3.12/site-packages/_cffi.cpython-312.so", "_cffi"),
            ("/usr/lib/python3/dist-packages/yaml/x.py", "yaml"),
            ("/app/web/routes.py", None),
            (os.__file__, None),
        )
        for path, package in cases:
            self.assertEqual(paths.package_of(path), package, path)

    def test_a_path_as_the_user_names_it(self):
        here = os.getcwd()
        self.assertEqual(paths.display_path(os.path.join(here, "web/a.py")), "web/a.py")
        self.assertEqual(paths.display_path("/elsewhere/a.py"), "/elsewhere/a.py")
        self.assertEqual(paths.display_path(here + "2/a.py"), here + "2/a.py")
