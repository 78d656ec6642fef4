import os
import tempfile
import unittest

from _devpm_prefork.supervisor.module_list import LOCKS, ModuleList

MODULES = ["flask", "flask.app", "numpy.core"]


class ModuleListTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        before = os.getcwd()
        self.addCleanup(os.chdir, before)
        os.chdir(folder.name)
        self.cache = os.path.join(folder.name, "cache")
        os.environ["DEVPM_CACHE"] = self.cache
        self.addCleanup(os.environ.pop, "DEVPM_CACHE", None)

    def remember(self, program=("app.py",), left_out=None):
        ModuleList(list(program)).do_remember_modules(MODULES, left_out or {})

    def read(self, program=("app.py",)):
        return ModuleList(list(program)).read()

    def test_nothing_is_known_at_first(self):
        self.assertEqual(self.read(), ([], {}))

    def test_the_next_session_has_it_in_its_order(self):
        left_out = {"gevent": "starts a thread at import", "grpc": "opens a socket at import"}
        self.remember(left_out=left_out)
        self.assertEqual(self.read(), (MODULES, left_out))

    def test_another_command_has_its_own(self):
        self.remember()
        self.assertEqual(self.read(("-m", "flask")), ([], {}))

    def test_another_folder_has_its_own(self):
        self.remember()
        os.mkdir("other")
        os.chdir("other")
        self.assertEqual(self.read(), ([], {}))

    def test_it_is_forgotten_when_a_lock_file_changes_comes_or_goes(self):
        for name in LOCKS:
            self.remember()
            with open(name, "w") as file:
                file.write("flask==3\n")
            self.assertEqual(self.read(), ([], {}), f"{name} came")
            self.remember()
            with open(name, "a") as file:
                file.write("numpy\n")
            self.assertEqual(self.read(), ([], {}), f"{name} changed")
            self.remember()
            os.unlink(name)
            self.assertEqual(self.read(), ([], {}), f"{name} is gone")

    def test_where_it_cannot_be_kept_nothing_is_left_of_it(self):
        self.remember()
        (kept,) = os.listdir(self.cache)
        os.unlink(os.path.join(self.cache, kept))
        os.mkdir(os.path.join(self.cache, kept))
        self.remember()
        self.assertEqual(os.listdir(self.cache), [kept])

    def test_another_list_of_the_same_program_takes_its_place(self):
        self.remember()
        with open("requirements.txt", "w"):
            pass
        self.remember(left_out={"x": "why"})
        self.assertEqual(self.read()[1], {"x": "why"})
        self.assertEqual(len(os.listdir(self.cache)), 1)

    def test_half_a_file_or_another_programs_is_no_list(self):
        self.remember()
        [name] = os.listdir(self.cache)
        path = os.path.join(self.cache, name)
        for content in (b"", b"\xff\xfe", b"something else\nflask\n"):
            with open(path, "wb") as file:
                file.write(content)
            self.assertEqual(self.read(), ([], {}), content)

    def test_without_a_folder_nothing_is_kept_and_nothing_fails(self):
        del os.environ["DEVPM_CACHE"]
        self.remember()
        self.assertEqual(self.read(), ([], {}))

    def test_a_disk_that_takes_nothing_is_no_failure(self):
        with open(self.cache, "w"):
            pass
        self.remember()
        self.assertEqual(self.read(), ([], {}))

    def test_no_value_of_a_variable_is_kept(self):
        os.environ["SECRET_KEY"] = "do-not-keep-me"
        self.addCleanup(os.environ.pop, "SECRET_KEY")
        self.remember()
        for name in os.listdir(self.cache):
            with open(os.path.join(self.cache, name)) as file:
                self.assertNotIn("do-not-keep-me", file.read())
