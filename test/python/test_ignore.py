import os
import tempfile
import unittest

from _devpm_prefork.supervisor.watch.ignore import Ignore, Skip, Whole, folder_above

ROOT = "/app"


class IgnoreTest(unittest.TestCase):
    """(glob, paths that it ignores, paths that it does not), relative to the working folder."""

    CASES = (
        ("scratch", ["scratch/a.py", "web/scratch/b.py", "scratch"], ["scratched/a.py", "a/scratch.py"]),
        ("*.gen.py", ["a.gen.py", "web/b.gen.py"], ["gen.py", "a.gen.pyx"]),
        ("web/*.py", ["web/a.py"], ["web/sub/a.py", "x/web/a.py"]),
        ("web/**", ["web/a.py", "web/sub/b.py"], ["a.py", "x/web/a.py"]),
        ("**/migrations/*.py", ["migrations/a.py", "web/db/migrations/a.py"], ["migrations/x/a.py", "migrations.py"]),
        ("web/**/gen.py", ["web/gen.py", "web/a/b/gen.py"], ["gen.py", "web/gen.pyx"]),
        ("a?.py", ["ab.py", "web/ac.py"], ["a.py", "abc.py", "a/.py"]),
        ("./local.py", ["local.py"], ["web/local.py"]),
        ("build/", ["build/a.py", "web/build/a.py"], ["building/a.py"]),
        ("/app/only.py", ["only.py"], ["web/only.py"]),
        ("a+b(c).py", ["a+b(c).py"], ["aab(c).py", "a+bc.py"]),
        (" spaced.py ", ["spaced.py"], [" spaced.py.bak"]),
    )

    def test_globs_are_those_of_gitignore(self):
        for glob, ignored, kept in self.CASES:
            ignore = Ignore(ROOT, [glob])
            for path in ignored:
                self.assertTrue(ignore(f"{ROOT}/{path}"), f"{glob} ignores {path}")
            for path in kept:
                self.assertFalse(ignore(f"{ROOT}/{path}"), f"{glob} does not ignore {path}")

    def test_without_a_glob_nothing_is(self):
        self.assertFalse(Ignore(ROOT, [])("/app/a.py"))
        self.assertFalse(Ignore(ROOT, [""])("/app/a.py"))

    def test_any_of_several(self):
        ignore = Ignore(ROOT, ["a.py", "b.py"])
        self.assertEqual([ignore(f"/app/{name}.py") for name in "abc"], [True, True, False])

    def test_a_folder_outside_of_the_root_only_by_an_absolute_glob(self):
        self.assertTrue(Ignore(ROOT, ["/srv/shared/*.py"])("/srv/shared/a.py"))
        self.assertFalse(Ignore(ROOT, ["shared/*.py"])("/srv/shared/a.py"))


class SkipTest(unittest.TestCase):
    def test_names_begin_end_or_are(self):
        skip = Skip(["__pycache__", "*.pyc", ".#*"])
        self.assertEqual(
            [skip(name) for name in ("__pycache__", "a.pyc", ".#a.py", "pycache", "a.py", "x.#a")],
            [True, True, True, False, False, False],
        )

    def test_nothing_to_skip(self):
        self.assertFalse(Skip([])("anything"))

    def test_a_virtual_environment_whatever_its_name(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in ("mine", "plain"):
                os.mkdir(os.path.join(folder, name))
            with open(os.path.join(folder, "mine", "pyvenv.cfg"), "w"):
                pass
            skip = Skip(["dist"])
            found = [skip.folder(folder, name) for name in ("mine", "plain", "dist")]
        self.assertEqual(found, [True, False, True])


class WholeTest(unittest.TestCase):
    def test_a_folder_counts_with_all_that_is_in_it_and_not_its_namesake(self):
        whole = Whole(["/app/templates"])
        self.assertTrue(whole("/app/templates"))
        self.assertTrue(whole("/app/templates/a/b.html"))
        self.assertFalse(whole("/app/templates2/a.html"))

    def test_a_glob_counts_and_its_folder_is_watched(self):
        whole = Whole(["/app/conf/*.toml"])
        self.assertTrue(whole("/app/conf/a.toml"))
        self.assertFalse(whole("/app/conf/a.txt"))
        self.assertEqual(whole.folders, ["/app/conf"])

    def test_only_folders_that_are_there_are_watched_as_such(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(Whole([folder, os.path.join(folder, "gone")]).folders, [folder])

    def test_the_nearest_folder_whose_name_is_certain(self):
        for glob, folder in (("/app/*.py", "/app"), ("/app/a?/x", "/app"), ("/app/a/**/x", "/app/a"), ("/*", "/")):
            self.assertEqual(folder_above(glob), folder, glob)
