import contextlib
import io
import os
import tempfile
import unittest

from _devpm_prefork import options


def parse(*words):
    return options.parse([*words, "--", "app.py"])


class OptionsTest(unittest.TestCase):
    def refused(self, *words):
        with self.assertRaises(SystemExit) as raised:
            options.parse(words)
        return str(raised.exception.code)

    def test_everything_after_the_dashes_is_the_programs_own(self):
        self.assertEqual(options.parse(["--", "-m", "flask", "--port", "1"]).program, ["-m", "flask", "--port", "1"])

    def test_without_a_program_it_explains_itself(self):
        self.assertTrue(self.refused().startswith("usage: "))
        self.assertTrue(self.refused("--poll").startswith("usage: "))
        self.assertTrue(self.refused("--").startswith("usage: "))

    def test_an_unknown_option_is_named(self):
        self.assertTrue(self.refused("--loud", "--", "app.py").startswith("unknown option --loud\n"))

    def test_it_has_defaults(self):
        made = parse()
        self.assertEqual((made.grace, made.stream, made.probe), (3.0, 0.5, 5.0))
        self.assertEqual((made.host, made.port, made.preload, made.poll), (None, None, True, False))
        self.assertEqual(made.watch, [os.getcwd()])

    def test_values_have_kinds(self):
        made = parse("--port", "5050", "--grace", "1.5", "--stream", "0", "--host", "::1", "--skip", "dist *.log")
        self.assertEqual((made.port, made.grace, made.stream, made.host), (5050, 1.5, 0.0, "::1"))
        self.assertEqual(made.skip, "dist *.log")

    def test_flags(self):
        made = parse("--no-preload", "--poll")
        self.assertEqual((made.preload, made.poll), (False, True))

    def test_lists_are_repeated(self):
        made = parse("--ignore", "a", "--ignore", "b/**")
        self.assertEqual(made.ignore, ["a", "b/**"])

    def test_paths_are_absolute_and_globs_are_not_touched(self):
        made = parse("--watch", "app", "--watch-all", "templates", "--cold", "requirements.txt", "--ignore", "x/*")
        here = os.getcwd()
        self.assertEqual(made.watch, [os.path.join(here, "app")])
        self.assertEqual(made.watch_all, [os.path.join(here, "templates")])
        self.assertEqual(made.cold, [os.path.join(here, "requirements.txt")])
        self.assertEqual(made.ignore, ["x/*"])

    def test_packages_are_left_out_by_the_environment_too(self):
        os.environ["DEVPM_LEAVE_OUT"] = "numpy, pandas  torch,"
        self.addCleanup(os.environ.pop, "DEVPM_LEAVE_OUT")
        self.assertEqual(parse("--leave-out", "gevent").leave_out, ["gevent", "numpy", "pandas", "torch"])

    def test_the_usage_names_every_option(self):
        for name in [*options.LISTS, *options.VALUES, "--no-preload", "--poll"]:
            self.assertIn(f"\n  {name} ", options.USAGE + " ")


class WorkingFolderTest(unittest.TestCase):
    def test_the_working_folder_is_that_of_the_start(self):
        before = os.getcwd()
        self.addCleanup(os.chdir, before)
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stderr(io.StringIO()):
            os.chdir(folder)
            self.assertEqual(parse().watch, [os.path.realpath(folder)])
            os.chdir(before)
