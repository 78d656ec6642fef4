import os
import random
import socket
import sys
import tempfile
import threading
import unittest
from importlib import machinery
from unittest import mock

from _devpm_prefork.shared import project_sources, unseeded
from _devpm_prefork.shared.arguments import arguments_of, set_arguments
from _devpm_prefork.template import preload
from _devpm_prefork.template.preload import AppEnvironment, ForkCheck, LibrariesOnly, NotForkSafe, SilencedStdio


class Installed(unittest.TestCase):
    """A folder that counts as installed packages, and one that is the project's."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.site = os.path.join(os.path.realpath(folder.name), "site-packages")
        self.project = os.path.join(os.path.realpath(folder.name), "project")
        for one in (self.site, self.project):
            os.mkdir(one)
        for name in ("path", "meta_path", "argv"):
            self.addCleanup(setattr, sys, name, list(getattr(sys, name)))
        modules = set(sys.modules)
        self.addCleanup(lambda: [sys.modules.pop(name) for name in set(sys.modules) - modules])
        self.addCleanup(setattr, project_sources.current, "after_import", None)
        sys.path[:0] = [self.project, self.site]

    def write(self, name, text, folder=None):
        with open(os.path.join(folder or self.site, name), "w") as file:
            file.write(text)

    def preload(self, *modules, leave_out=(), environment=None, program=("app.py", "--x")):
        return preload.preload(
            {
                "modules": list(modules),
                "leave_out": list(leave_out),
                "environment": environment or {},
                "program": list(program),
                "project": {},
            }
        )


class PreloadTest(Installed):
    def test_libraries_are_imported_in_their_order(self):
        self.write("devpm_one.py", "")
        self.write("devpm_two.py", "import devpm_one")
        self.assertEqual(self.preload("devpm_one", "devpm_two"), ["devpm_one", "devpm_two"])
        self.assertIn("devpm_two", sys.modules)

    def test_the_projects_own_modules_are_not_found(self):
        self.write("devpm_own.py", "", folder=self.project)
        self.assertEqual(self.preload("devpm_own"), [])
        self.assertNotIn("devpm_own", sys.modules)
        self.assertEqual(sys.path[:2], [self.project, self.site])

    def bytecode(self, kept=None, wanted=True):
        """What is written beside a library, and beside a module of the project that it imports."""
        variables = {} if kept is None else {"DEVPM_LIBRARY_BYTECODE": kept}
        with mock.patch.dict("os.environ", variables), mock.patch.object(sys, "dont_write_bytecode", not wanted):
            self.write("devpm_plugin.py", "", folder=self.project)
            self.write("devpm_one.py", f"import sys\nsys.path.append({self.project!r})\nimport devpm_plugin")
            self.assertEqual(self.preload("devpm_one"), ["devpm_one"])
            self.assertEqual(sys.dont_write_bytecode, not wanted)
        return [os.path.exists(os.path.join(folder, "__pycache__")) for folder in (self.site, self.project)]

    def test_the_bytecode_of_libraries_is_kept_though_the_app_writes_none(self):
        with mock.patch.object(machinery.SourceFileLoader, "get_code", machinery.SourceFileLoader.get_code):
            project_sources.install()
            self.assertEqual(self.bytecode(kept="1", wanted=False), [True, False])

    def test_but_not_where_somebody_wished_for_none(self):
        self.assertEqual(self.bytecode(wanted=False), [False, False])

    def test_nor_otherwise_than_python_does(self):
        self.assertEqual(self.bytecode(wanted=True)[0], True)

    def test_one_that_fails_is_left_to_the_worker(self):
        self.write("devpm_fails.py", "raise RuntimeError('no settings yet')")
        self.write("devpm_exits.py", "raise SystemExit(3)")
        self.write("devpm_next.py", "")
        self.assertEqual(self.preload("devpm_fails", "devpm_exits", "devpm_next"), ["devpm_next"])

    def test_a_package_may_be_left_out_with_all_its_modules(self):
        os.mkdir(os.path.join(self.site, "devpm_package"))
        self.write("devpm_package/__init__.py", "")
        self.write("devpm_package/part.py", "")
        self.assertEqual(self.preload("devpm_package.part", "devpm_package", leave_out=["devpm_package"]), [])

    def test_they_see_the_programs_arguments_and_what_the_project_had_set(self):
        self.write(
            "devpm_looks.py", "import os, sys\nSEEN = (sys.argv[1], os.environ.get('DEVPM_LOOK'), 'GONE' in os.environ)"
        )
        os.environ["GONE"] = "1"
        self.addCleanup(os.environ.pop, "GONE", None)
        self.preload("devpm_looks", environment={"DEVPM_LOOK": "test", "GONE": None})
        self.assertEqual(sys.modules["devpm_looks"].SEEN, ("--x", "test", False))
        self.assertEqual((os.environ.get("DEVPM_LOOK"), os.environ["GONE"]), (None, "1"))

    def test_arguments_that_a_library_has_bound_are_those_of_the_program(self):
        self.write("devpm_binds.py", "import sys\nREST = sys.argv[1:]\ndef run(argv=sys.argv):\n    return argv\n")
        self.preload("devpm_binds", program=("-m", "devpm_tool", "--x"))
        library = sys.modules["devpm_binds"]
        self.assertEqual(library.REST, ["--x"])
        set_arguments(["/site-packages/devpm_tool/__main__.py", "--x"])
        self.assertEqual(library.run(), ["/site-packages/devpm_tool/__main__.py", "--x"])
        self.assertIs(library.run(), sys.argv)

    def test_arguments_by_the_kind_of_program(self):
        self.assertEqual(arguments_of(("-c", "print(1)", "x")), ["-c", "x"])
        self.assertEqual(arguments_of(("tools/app.py", "-m", "x")), ["tools/app.py", "-m", "x"])
        python = os.path.basename(sys.executable)
        self.assertEqual(arguments_of((python, "x")), [sys.executable, "x"])
        self.assertEqual(arguments_of(("devpm-no-such-command",)), ["devpm-no-such-command"])

    def test_random_numbers_that_nobody_has_seeded_differ_in_each_worker(self):
        made = "own, given, later = Random(), Random(7), Random()"
        strict = "class Strict(Random):\n    def seed(self, a):\n        super().seed(a)\n"
        strict += "strict, restored = Strict(), Random()\n"
        code = f"from random import Random\n{made}\nlater.seed(8)\n{strict}restored.setstate(given.getstate())\n"
        self.write("devpm_draws.py", code)
        self.addCleanup(unseeded.known.clear)
        self.preload("random", "devpm_draws")
        library = sys.modules["devpm_draws"]
        states = {name: getattr(library, name).getstate() for name in ("own", "given", "later", "strict", "restored")}
        made_by = [method.__qualname__ for method in (random.Random.seed, random.Random.setstate)]
        self.assertEqual(made_by, ["Random.seed", "Random.setstate"])
        unseeded.seed()
        again = {name: getattr(library, name).getstate() for name in states}
        self.assertEqual([name for name in states if states[name] != again[name]], ["own", "strict"])

    def test_a_project_plugin_that_a_library_imported_is_forgotten(self):
        self.write("devpm_plugin.py", "", folder=self.project)
        self.write(
            "devpm_host.py",
            f"import importlib.util as u, sys\n"
            f"spec = u.spec_from_file_location('devpm_plugin', {os.path.join(self.project, 'devpm_plugin.py')!r})\n"
            f"sys.modules['devpm_plugin'] = u.module_from_spec(spec)",
        )
        self.assertEqual(self.preload("devpm_host"), ["devpm_host"])
        self.assertNotIn("devpm_plugin", sys.modules)


class NotForkSafeTest(Installed):
    def refused(self, *modules):
        with self.assertRaises(NotForkSafe) as raised:
            self.preload(*modules)
        return raised.exception.package, raised.exception.why

    def test_a_library_that_starts_a_thread_at_import(self):
        self.write(
            "devpm_thread.py",
            "import threading\nDONE = threading.Event()\nthreading.Thread(target=DONE.wait, daemon=True).start()",
        )
        try:
            self.assertEqual(self.refused("devpm_thread"), ("devpm_thread", "starts a thread at import"))
        finally:
            sys.modules["devpm_thread"].DONE.set()
            while threading.active_count() > 1:
                threading.enumerate()[-1].join()

    def test_a_library_that_opens_a_socket_at_import(self):
        self.write("devpm_socket.py", "import socket\nPAIR = socket.socketpair()")
        try:
            self.assertEqual(self.refused("devpm_socket"), ("devpm_socket", "opens a socket at import"))
        finally:
            for end in sys.modules["devpm_socket"].PAIR:
                end.close()

    def test_a_file_that_a_library_opens_is_no_socket(self):
        self.write("devpm_file.py", "FILE = open(__file__)")
        self.assertEqual(self.preload("devpm_file"), ["devpm_file"])
        sys.modules["devpm_file"].FILE.close()

    def test_what_was_open_before_is_nobodys_fault(self):
        one, other = socket.socketpair()
        for end in (one, other):
            self.addCleanup(end.close)
        ForkCheck().check("anything")


class AroundTest(unittest.TestCase):
    def test_what_importing_prints_is_not_shown(self):
        reader, writer = os.pipe()
        sys.stdout.flush()
        pid = os.fork()
        if pid == 0:
            os.dup2(writer, 1)
            with SilencedStdio():
                os.write(1, b"unseen")
            os.write(1, b"seen")
            os._exit(0)
        os.close(writer)
        os.waitpid(pid, 0)
        with os.fdopen(reader, "rb") as file:
            self.assertEqual(file.read(), b"seen")

    def test_a_variable_that_a_library_set_itself_is_kept(self):
        os.environ["DEVPM_TEST_MODE"] = "before"
        self.addCleanup(os.environ.pop, "DEVPM_TEST_MODE", None)
        with AppEnvironment({"DEVPM_TEST_MODE": "during"}):
            self.assertEqual(os.environ["DEVPM_TEST_MODE"], "during")
            os.environ["DEVPM_TEST_MODE"] = "by the library"
        self.assertEqual(os.environ["DEVPM_TEST_MODE"], "by the library")

    def test_what_a_library_adds_to_the_path_stays_behind_the_rest(self):
        before = list(sys.path)
        self.addCleanup(sys.path.__setitem__, slice(None), before)
        with LibrariesOnly():
            self.assertNotIn("", sys.path)
            sys.path.append("/added")
        self.assertEqual(sys.path, [*before, "/added"])
