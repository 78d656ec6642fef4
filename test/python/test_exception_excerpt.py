"""What is shown of an error that ended a worker, and whose code raised it."""

import os
import types
import unittest
from unittest import mock

from _devpm_prefork.worker import exception_excerpt, lifecycle


def raised(code, name="/app/routes.py", before=None):
    """The error of this code, as if it stood in that file; called by `before`, as if by its code."""
    names = {}
    exec(compile(f"def run():\n    {code}", name, "exec"), names)
    call = names["run"]
    if before is not None:
        outer = {"inner": call}
        exec(compile("def run():\n    inner()", before, "exec"), outer)
        call = outer["run"]
    try:
        call()
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


class ExcerptTest(unittest.TestCase):
    def setUp(self):
        self.hide(None)
        patching = mock.patch.object(exception_excerpt, "is_project", lambda path: path.startswith("/app/"))
        patching.start()
        self.addCleanup(patching.stop)

    def hide(self, error):
        patching = mock.patch.object(lifecycle, "current", types.SimpleNamespace(hidden_error=error))
        patching.start()
        self.addCleanup(patching.stop)

    def files(self, error):
        return [line.split('"')[1] for line in exception_excerpt.excerpt(error) if line.startswith('  File "')]

    def test_begins_with_the_projects_first_frame(self):
        error = raised("raise ValueError('no')", before="/venv/flask/cli.py")
        self.assertEqual(self.files(error), ["/app/routes.py"])
        self.assertEqual(exception_excerpt.excerpt(error)[-1], "ValueError: no")

    def test_has_what_the_project_called(self):
        error = raised("raise ValueError('no')", name="/venv/redis/client.py", before="/app/routes.py")
        self.assertEqual(self.files(error), ["/app/routes.py", "/venv/redis/client.py"])

    def test_of_no_project_code_is_whole(self):
        error = raised("raise ValueError('no')", name="/venv/a.py", before="/venv/b.py")
        self.assertEqual(self.files(error)[-2:], ["/venv/b.py", "/venv/a.py"])

    def test_names_files_as_the_user_does(self):
        here = os.getcwd()
        with mock.patch.object(exception_excerpt, "is_project", lambda path: path.startswith(f"{here}/shop")):
            self.assertEqual(self.files(raised("raise ValueError('no')", name=f"{here}/shop/a.py")), ["shop/a.py"])

    def test_of_a_cause_is_cut_in_the_same_way(self):
        error = raised("raise ValueError('no')", before="/venv/x.py")
        error.__cause__ = raised("raise KeyError('k')", before="/venv/y.py")
        self.assertEqual(set(self.files(error)), {"/app/routes.py"})
        text = "The above exception was the direct cause of the following exception:"
        self.assertIn(text, exception_excerpt.excerpt(error))

    def test_that_is_long_keeps_its_beginning_and_its_end(self):
        error = raised("raise ValueError('\\n'.join(str(n) for n in range(100)))")
        lines = exception_excerpt.excerpt(error)
        self.assertEqual(len(lines), exception_excerpt.MOST_LINES)
        self.assertEqual((lines[0], lines[8], lines[-1]), ("Traceback (most recent call last):", "  …", "99"))

    def test_of_an_exit_is_what_it_says(self):
        self.assertEqual(exception_excerpt.excerpt(SystemExit("no such app")), ["no such app"])
        self.assertEqual(exception_excerpt.excerpt(SystemExit(3)), [])

    def test_behind_a_command_lines_exit_is_what_it_hides(self):
        hidden = raised("raise ImportError('redis')")
        usage = type("UsageError", (Exception,), {"__module__": "click.exceptions"})("While importing 'web'")
        usage.__cause__ = hidden
        self.hide(usage)
        self.assertIs(exception_excerpt.root_cause(SystemExit(2)), hidden)
        self.assertEqual(exception_excerpt.excerpt(SystemExit(2))[-1], "ImportError: redis")

    def test_is_the_command_lines_own_where_it_hides_nothing(self):
        usage = type("UsageError", (Exception,), {"__module__": "click.exceptions"})("no such option")
        self.assertIs(exception_excerpt.root_cause(usage), usage)
        interrupted = SystemExit(1)
        interrupted.__context__ = KeyboardInterrupt()
        self.assertIs(exception_excerpt.root_cause(interrupted), interrupted)


class PackageTest(unittest.TestCase):
    def setUp(self):
        patching = mock.patch.object(lifecycle, "current", None)
        patching.start()
        self.addCleanup(patching.stop)

    def test_is_that_of_the_frame_that_raised_it(self):
        own = raised("raise ValueError('no')", before="/venv/lib/python3.11/site-packages/flask/app.py")
        self.assertIsNone(exception_excerpt.package(own))
        theirs = raised("raise ValueError('no')", name="/venv/lib/python3.11/site-packages/redis/client.py")
        self.assertEqual(exception_excerpt.package(theirs), "redis")

    def test_of_an_error_without_a_frame_is_none(self):
        self.assertIsNone(exception_excerpt.package(ValueError("never raised")))


if __name__ == "__main__":
    unittest.main()
