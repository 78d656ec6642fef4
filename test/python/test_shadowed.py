import calendar
import importlib
import os
import sys
import tempfile
import unittest
import xml.dom
from unittest import mock

from _devpm_prefork.worker import shadowed


class LeaveTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = os.path.realpath(folder.name)
        modules = mock.patch.dict(sys.modules)
        modules.start()
        self.addCleanup(modules.stop)
        path = mock.patch.object(sys, "path", [self.folder, *sys.path])
        path.start()
        self.addCleanup(path.stop)
        self.addCleanup(importlib.invalidate_caches)

    def write(self, name, text="MINE = True\n"):
        os.makedirs(os.path.dirname(os.path.join(self.folder, name)), exist_ok=True)
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
            file.write(text)
        importlib.invalidate_caches()

    def is_mine(self, name):
        shadowed.leave()
        return getattr(importlib.import_module(name), "MINE", False)

    def test_a_loaded_module_of_python_gives_way_to_the_projects(self):
        self.assertIn("calendar", sys.modules)
        self.write("calendar.py")
        self.assertTrue(self.is_mine("calendar"))
        # who has it keeps it
        self.assertFalse(hasattr(calendar, "MINE"))

    def test_a_package_takes_the_place_of_another_with_all_its_parts(self):
        self.assertIn("xml.dom", sys.modules)
        self.write("xml/__init__.py")
        self.assertTrue(self.is_mine("xml"))
        self.assertNotIn("xml.dom", sys.modules)
        self.assertTrue(hasattr(xml, "dom"))

    def test_a_folder_without_init_is_no_package_before_a_module(self):
        self.write("calendar/notes.txt")
        self.assertFalse(self.is_mine("calendar"))

    def test_what_the_interpreter_has_loaded_itself_stays(self):
        for name in ("os", "time", "posixpath"):
            self.write(f"{name}.py")
            self.assertFalse(self.is_mine(name), name)

    def test_a_folder_behind_pythons_own_hides_nothing(self):
        self.write("calendar.py")
        with mock.patch.object(sys, "path", [*sys.path[1:], self.folder]):
            self.assertFalse(self.is_mine("calendar"))

    def test_the_projects_own_module_that_is_loaded_stays(self):
        self.write("calendar.py")
        self.assertTrue(self.is_mine("calendar"))
        loaded = sys.modules["calendar"]
        shadowed.leave()
        self.assertIs(sys.modules["calendar"], loaded)


if __name__ == "__main__":
    unittest.main()
