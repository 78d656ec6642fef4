"""What an app has loaded beyond its own code: the next workers find it loaded already."""

import os
import sys
import types
import unittest
from importlib.machinery import ModuleSpec
from unittest import mock

from _devpm_prefork.shared.channel import encode
from _devpm_prefork.worker import child_processes, used_modules


def loaded(name, origin=None, loader="a loader", spec_name=None):
    made = types.ModuleType(name)
    made.__spec__ = ModuleSpec(spec_name or name, loader, origin=origin)
    made.__spec__.has_location = origin is not None
    return made


class NotedAheadTest(unittest.TestCase):
    def setUp(self):
        for patching in (mock.patch.dict(sys.modules), mock.patch.object(used_modules, "start_modules", set())):
            patching.start()
            self.addCleanup(patching.stop)
        self.addCleanup(used_modules.start_environment.clear)

    def test_a_worker_looks_at_what_has_come_since_the_template_noted_what_it_has(self):
        oldest = next(iter(sys.modules))
        used_modules.note_modules()
        self.assertEqual(used_modules.start_modules, set(sys.modules))
        used_modules.start_modules.discard(oldest)
        sys.modules["devpm_later"] = types.ModuleType("devpm_later")
        used_modules.before_program()
        self.assertIn("devpm_later", used_modules.start_modules)
        # its page stays the template's
        self.assertNotIn(oldest, used_modules.start_modules)


class LibrariesTest(unittest.TestCase):
    def setUp(self):
        for patching in (
            mock.patch.dict(sys.modules),
            mock.patch.object(used_modules, "start_modules", set(sys.modules)),
            mock.patch.object(used_modules, "is_project", lambda path: path.startswith("/app/")),
        ):
            patching.start()
            self.addCleanup(patching.stop)

    def load(self, *modules):
        for one in modules:
            sys.modules[one.__name__] = one

    def test_are_in_the_order_of_their_import_and_without_the_projects_own(self):
        self.load(loaded("numpy", "/venv/numpy.py"), loaded("shop", "/app/shop.py"), loaded("redis", "/venv/redis.py"))
        self.assertEqual(used_modules.libraries(), ["numpy", "redis"])

    def test_do_not_have_what_was_there_before_the_program(self):
        self.load(loaded("numpy", "/venv/numpy.py"))
        used_modules.start_modules.add("numpy")
        self.assertEqual(used_modules.libraries(), [])

    def test_do_not_have_what_cannot_be_imported_by_its_name(self):
        self.load(
            loaded("__main__", "/app/manage.py"),
            loaded("_devpm_prefork.worker.x", "/devpm/x.py"),
            types.ModuleType("six.moves"),
            loaded("os.path2", "/venv/x.py", spec_name="posixpath"),
            loaded("google", loader=None),
        )
        self.assertEqual(used_modules.libraries(), [])

    def test_have_what_is_built_in(self):
        self.load(loaded("_speedups"))
        self.assertEqual(used_modules.libraries(), ["_speedups"])

    def test_are_all_found_where_there_are_many(self):
        names = [f"library{n}" for n in range(300)]
        self.load(*(loaded(name, f"/venv/{name}.py") for name in names))
        self.assertEqual(used_modules.libraries(), names)


class EnvironmentTest(unittest.TestCase):
    def test_is_what_the_program_has_changed(self):
        before = {"KEPT": "1", "CHANGED": "1", "GONE": "1"}
        with mock.patch.object(used_modules, "start_environment", before):
            with mock.patch.dict(os.environ, {"KEPT": "1", "CHANGED": "2", "NEW": "3"}, clear=True):
                self.assertEqual(used_modules.environment_changes(), {"CHANGED": "2", "NEW": "3", "GONE": None})


class PartsTest(unittest.TestCase):
    """Race: processes that a program forks write to one line, and what is longer than a pipe takes at once is mixed."""

    def test_all_names_are_in_one_of_them_and_each_is_short(self):
        names = [f"package.module{n}" for n in range(1_000)]
        parts = list(child_processes.parts(names))
        self.assertEqual([name for part in parts for name in part], names)
        self.assertGreater(len(parts), 3)
        for part in parts:
            self.assertLess(len(encode(part)), child_processes.MOST_BYTES + 100)

    def test_few_names_are_one_and_none_are_none(self):
        self.assertEqual(list(child_processes.parts(["a", "b"])), [["a", "b"]])
        self.assertEqual(list(child_processes.parts([])), [])


if __name__ == "__main__":
    unittest.main()
