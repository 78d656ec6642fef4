"""When no worker is forked ahead, for want of memory."""

import pathlib
import tempfile
import types
import unittest
from unittest import mock

from _devpm_prefork.supervisor import free_memory
from _devpm_prefork.supervisor.library_actions import LibraryActions
from _devpm_prefork.supervisor.preloader import Preloader
from support import Template, kinds, worker

GB = 1024 * 1024


class ShortTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        for name in ("PROC", "CGROUPS"):
            patching = mock.patch.object(free_memory, name, str(self.root / name))
            patching.start()
            self.addCleanup(patching.stop)
        self.machine(whole=16 * GB, free=8 * GB)

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def machine(self, whole, free):
        self.write("PROC/meminfo", f"MemTotal:       {whole} kB\nMemFree:   100 kB\nMemAvailable: {free} kB\n")

    def group(self, path, used, files=0, **limits):
        self.write("PROC/self/cgroup", "3:cpu:/elsewhere\n0::/user/app\n")
        for name in ("max", "high"):
            self.write(f"CGROUPS/{path}/memory.{name}", f"{limits.get(name, 'max')}\n")
        self.write(f"CGROUPS/{path}/memory.current", f"{used}\n")
        self.write(
            f"CGROUPS/{path}/memory.stat", f"anon 5\nfile 9\ninactive_file {files // 2}\nactive_file {files // 2}\n"
        )

    def test_a_machine_with_a_tenth_left_or_more(self):
        self.assertFalse(free_memory.is_short())
        self.machine(whole=16 * GB, free=2 * GB)
        self.assertFalse(free_memory.is_short())

    def test_a_machine_with_less(self):
        self.machine(whole=16 * GB, free=GB)
        self.assertTrue(free_memory.is_short())

    def test_a_system_that_does_not_show_it(self):
        (self.root / "PROC/meminfo").unlink()
        self.assertFalse(free_memory.is_short())

    def test_a_group_without_a_limit(self):
        self.group("user/app", used=16 * GB)
        self.assertFalse(free_memory.is_short())

    def test_a_group_that_is_nearly_full(self):
        self.group("user/app", used=950, max=1000)
        self.assertTrue(free_memory.is_short())

    def test_a_group_that_is_slowed_down_before_it_is_full(self):
        self.group("user/app", used=950, max=5000, high=1000)
        self.assertTrue(free_memory.is_short())

    def test_files_that_can_be_read_again_are_free(self):
        self.group("user/app", used=950, files=60, max=1000)
        self.assertFalse(free_memory.is_short())

    def test_a_group_above_it(self):
        self.group("user/app", used=10, max=1000)
        self.group("user", used=950, max=1000)
        self.assertTrue(free_memory.is_short())

    def test_the_root_of_a_container(self):
        self.group("", used=950, max=1000)
        self.write("PROC/self/cgroup", "0::/\n")
        self.assertTrue(free_memory.is_short())

    def test_a_group_that_lies_outside_of_what_is_shown(self):
        self.group("", used=950, max=1000)
        self.write("PROC/self/cgroup", "0::/../other\n")
        self.assertFalse(free_memory.is_short())


class PreparedTest(unittest.TestCase):
    def prepared(self, is_short):
        current, template, performed = worker(), Template(), []
        template.compiled.update(current.files)
        templates = types.SimpleNamespace(current=template, growing=None)
        policies = types.SimpleNamespace(preloader=Preloader(["numpy.core"], {}, is_off=False))
        workers = types.SimpleNamespace(current=current)
        actions = LibraryActions(workers, templates, policies, lambda: 0.0, performed.extend)
        with mock.patch.object(free_memory, "is_short", lambda: is_short):
            actions.do_prepare()
        return kinds(performed)

    def test_memory_is_looked_at_whenever_the_next_fork_is_prepared(self):
        self.assertEqual(self.prepared(is_short=True), ["drop_standby"])
        self.assertEqual(self.prepared(is_short=False), ["prepare_standby"])
