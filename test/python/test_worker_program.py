"""What a worker does around the user's program."""

import contextlib
import gc
import io
import os
import subprocess
import sys
import tempfile
import textwrap
import traceback
import unittest

from _devpm_prefork.shared import fork, project_sources, signals
from _devpm_prefork.shared.messages import AtStart
from _devpm_prefork.worker import exception_excerpt, gc_pause, held_output, lifecycle, used_modules
from _devpm_prefork.worker.shutdown import Shutdown
from support import Channel

HERE = os.path.dirname(os.path.abspath(__file__))
MOUNT = textwrap.dedent(
    """
    import importlib.util, sys
    spec = importlib.util.spec_from_file_location("devpm_prefork_main", sys.argv.pop(1))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.mount()
    """
)
MAIN = os.path.join(HERE, "../../src/reload/prefork/__main__.py")


def python(code, *arguments, flags=(), cwd=None):
    """What a fresh interpreter with our package prints."""
    command = [sys.executable, "-B", *flags, "-c", MOUNT + textwrap.dedent(code), MAIN, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=60)
    return done.stdout + done.stderr


def in_child(work):
    """The exit code of a fork that did this."""
    pid = os.fork()
    if pid == 0:
        code = 99
        try:
            code = work() or 0
        finally:
            os._exit(code)
    return os.WEXITSTATUS(os.waitpid(pid, 0)[1])


class RunProgramTest(unittest.TestCase):
    RUN = "from _devpm_prefork.worker import run_program; run_program.run(sys.argv[1:])"

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = os.path.realpath(folder.name)
        show = """
            import sys
            print(__name__, __file__, sys.argv, repr(sys.path[0]), __spec__ is None, sys.modules["__main__"].VALUE)
        """
        self.write("show.py", "VALUE = 7\n" + textwrap.dedent(show))
        self.write("package/__init__.py", "")
        self.write("package/__main__.py", "import sys; print(__name__, __package__, sys.argv)")
        self.write("folder/__main__.py", "import sys; print(__name__, sys.argv)")

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)

    def ours(self, *words, **more):
        return python(self.RUN, *words, cwd=self.folder, **more)

    def theirs(self, *words, flags=()):
        command = [sys.executable, "-B", *flags, *words]
        done = subprocess.run(command, capture_output=True, text=True, cwd=self.folder, timeout=60)
        return done.stdout + done.stderr

    def test_a_program_sees_what_python_itself_would_show_it(self):
        for words in (
            ["show.py", "a", "--b"],
            ["./show.py"],
            [os.path.join(self.folder, "show.py")],
            ["-m", "package", "x"],
            ["folder", "x"],
            ["-c", "import sys; print(__name__, sys.argv, repr(sys.path[0]))", "x", "-y"],
        ):
            expected = self.theirs(*words)
            self.assertNotIn("Traceback", expected)
            self.assertEqual(self.ours(*words), expected, words)

    def test_a_program_that_is_not_there_is_reported_in_pythons_own_words(self):
        self.assertIn("No such file", self.ours("gone.py"))
        self.assertIn("No module named gone", self.ours("-m", "gone"))

    def test_a_line_in_a_traceback_is_the_programs(self):
        self.write("broken.py", "\n\nraise ValueError('no')\n")
        self.assertEqual(self.theirs("broken.py").splitlines()[1], self.frame(self.ours("broken.py")))

    def frame(self, text):
        """The innermost one, without what stands below it."""
        return [line for line in text.splitlines() if line.startswith("  File ")][-1]


class HeldOutputTest(unittest.TestCase):
    def show(self, work):
        """What reaches the terminal of a child."""
        reader, writer = os.pipe()

        def child():
            os.dup2(writer, 1)
            os.dup2(writer, 2)
            sys.stdout = os.fdopen(1, "w", buffering=1, closefd=False)
            sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)
            work()

        in_child(child)
        os.close(writer)
        with os.fdopen(reader, "rb") as file:
            return file.read().decode()

    def test_nothing_is_shown_until_it_is_released(self):
        def work():
            held_output.HeldOutput()
            print("unseen")
            os.write(2, b"unseen too\n")

        self.assertEqual(self.show(work), "")

    def test_then_everything_is_and_what_comes_after_it_follows(self):
        def work():
            held = held_output.HeldOutput()
            print("first")
            sys.stdout.write("without an end")
            held.release()
            print(", second")

        self.assertEqual(self.show(work), "first\nwithout an end, second\n")

    def test_more_than_a_pipe_holds(self):
        text = "x" * 1_000

        def work():
            held = held_output.HeldOutput()
            for _ in range(40):
                print(text)
            held.release()

        self.assertEqual(self.show(work), (text + "\n") * 40)

    def test_a_program_without_a_stdout_runs_too(self):
        def work():
            os.close(1)
            held_output.HeldOutput().release()
            os.write(2, b"still here")

        self.assertEqual(self.show(work), "still here")


class ExcerptTest(unittest.TestCase):
    def setUp(self):
        lifecycle_before = lifecycle.current
        lifecycle.current = None
        self.addCleanup(setattr, lifecycle, "current", lifecycle_before)

    def error(self, code):
        scope = {}
        try:
            exec(compile(textwrap.dedent(code), os.path.join(os.getcwd(), "web/app.py"), "exec"), scope)
        except BaseException as error:
            return error
        raise AssertionError("nothing was raised")

    def test_it_begins_with_the_projects_first_frame(self):
        error = self.error("def f():\n    raise ValueError('no')\nf()")
        installed = "/v/lib/python3.12/site-packages/flask/cli.py"
        try:
            exec(
                compile("raise error", installed, "exec"), {"error": error.with_traceback(error.__traceback__.tb_next)}
            )
        except ValueError as raised:
            frames = traceback.extract_tb(raised.__traceback__)
            project = [
                frame for frame in exception_excerpt.trimmed(frames[1:]) if "site-packages" not in frame.filename
            ]
        self.assertEqual([frame.lineno for frame in project], [3, 2])

    def test_it_names_files_as_the_user_does(self):
        lines = exception_excerpt.excerpt(self.error("1 / 0"))
        self.assertEqual(lines[0], "Traceback (most recent call last):")
        self.assertIn('  File "web/app.py", line 1, in <module>', lines)
        self.assertEqual(lines[-1], "ZeroDivisionError: division by zero")

    def test_what_led_to_it_is_shown_with_it(self):
        code = """
            try:
                {}["x"]
            except KeyError as error:
                raise RuntimeError("outer") from error
        """
        text = "\n".join(exception_excerpt.excerpt(self.error(code)))
        self.assertIn("KeyError: 'x'", text)
        self.assertIn("The above exception was the direct cause", text)
        self.assertTrue(text.endswith("RuntimeError: outer"))

    def test_an_exit_with_a_text_shows_it_and_one_with_a_number_nothing(self):
        self.assertEqual(exception_excerpt.excerpt(SystemExit("wrong setting")), ["wrong setting"])
        self.assertEqual(exception_excerpt.excerpt(SystemExit(3)), [])

    def test_an_exit_hides_the_error_behind_it(self):
        error = self.error("try:\n    1 / 0\nexcept ZeroDivisionError:\n    raise SystemExit(1)")
        self.assertEqual(exception_excerpt.excerpt(error)[-1], "ZeroDivisionError: division by zero")

    def test_ctrl_c_is_no_error_behind_an_exit(self):
        error = self.error("try:\n    raise KeyboardInterrupt\nexcept KeyboardInterrupt:\n    raise SystemExit(1)")
        self.assertEqual(exception_excerpt.excerpt(error), [])

    def test_a_long_one_keeps_its_beginning_and_its_end(self):
        code = "def f(n):\n    if n == 0:\n        raise ValueError('deep')\n    g(n)\ndef g(n):\n    f(n - 1)\nf(60)"
        lines = exception_excerpt.excerpt(self.error(code))
        self.assertLessEqual(len(lines), exception_excerpt.MOST_LINES)
        self.assertEqual(lines[0], "Traceback (most recent call last):")
        self.assertEqual(lines[-1], "ValueError: deep")

    def test_the_package_whose_code_raised_it(self):
        self.assertIsNone(exception_excerpt.package(self.error("1 / 0")))
        path = "/v/lib/python3.12/site-packages/lib/core.py"
        try:
            exec(compile("1 / 0", path, "exec"))
        except ZeroDivisionError as error:
            self.assertEqual(exception_excerpt.package(error), "lib")


class UsedModulesTest(unittest.TestCase):
    REPORT = """
        from _devpm_prefork.worker import used_modules
        used_modules.before_program()
        {}
        print(used_modules.libraries(), used_modules.environment_changes())
    """

    def report(self, code):
        return python(textwrap.dedent(self.REPORT).replace("{}", code)).strip()

    def test_libraries_in_the_order_of_their_import_and_not_what_every_fork_has(self):
        shown = self.report("import wave, colorsys")
        self.assertLess(shown.index("'wave'"), shown.index("'colorsys'"))
        self.assertNotIn("'os'", shown)
        self.assertNotIn("_devpm_prefork", shown)

    def test_a_module_that_was_removed_again_is_none(self):
        self.assertNotIn("'wave'", self.report("import wave; del sys.modules['wave']"))

    def test_what_the_project_set_changed_and_removed(self):
        code = "import os; os.environ['NEW'] = '1'; os.environ['PATH'] = 'x'; os.environ.pop('HOME', None)"
        shown = self.report(code)
        self.assertIn("'NEW': '1'", shown)
        self.assertIn("'PATH': 'x'", shown)
        self.assertIn("'HOME': None", shown)

    def test_nothing_imported_nothing_used(self):
        before = dict(used_modules.start_environment), set(used_modules.start_modules)
        used_modules.before_program()
        self.addCleanup(used_modules.start_environment.clear)
        self.addCleanup(used_modules.start_modules.clear)
        self.assertEqual(used_modules.environment_changes(), {})
        self.assertEqual([name for name in used_modules.libraries() if name in before[1]], [])


class GcPauseTest(unittest.TestCase):
    def setUp(self):
        usual = gc.get_threshold()
        self.addCleanup(gc.set_threshold, *usual)
        gc.set_threshold(700, 10, 10)

    def test_it_comes_back_as_it_was(self):
        gc_pause.pause()
        self.assertEqual(gc.get_threshold()[0], gc_pause.SELDOM)
        gc_pause.resume()
        self.assertEqual(gc.get_threshold()[:2], (700, 10))

    def test_what_the_app_has_set_meanwhile_stays(self):
        gc_pause.pause()
        gc.set_threshold(5_000)
        gc_pause.resume()
        self.assertEqual(gc.get_threshold()[0], 5_000)

    def test_one_that_was_off_stays_off(self):
        gc.set_threshold(0)
        gc_pause.pause()
        self.assertEqual(gc.get_threshold()[0], 0)
        gc_pause.resume()
        self.assertEqual(gc.get_threshold()[0], 0)

    def test_it_is_resumed_once(self):
        gc_pause.pause()
        gc_pause.resume()
        gc.set_threshold(gc_pause.SELDOM)
        gc_pause.resume()
        self.assertEqual(gc.get_threshold()[0], gc_pause.SELDOM)

    def test_a_worker_that_has_answered_begins_to_collect_when_the_supervisor_asks_what_it_has_loaded(self):
        """All that it has made is looked at then: other apps may still start, or the next request has come."""
        link = Channel()
        link.tell = link.send
        settings = AtStart.worker(
            number=1,
            program=["app.py"],
            port=5000,
            first=True,
            is_reported=True,
            standby=False,
            probe_seconds=5.0,
            reloader=None,
            preloaded=False,
        )
        worker = lifecycle.Lifecycle(link, settings)
        self.addCleanup(setattr, project_sources.current, "after_last", None)
        gc_pause.pause()
        worker.sees_response()
        self.assertEqual(link.kinds(), ["first_response"])
        self.assertEqual(gc.get_threshold()[0], gc_pause.SELDOM)
        worker.on_report_modules(())
        self.assertEqual(link.kinds(), ["first_response", "used_modules"])
        self.assertEqual(gc.get_threshold()[:2], (700, 10))


class ShutdownTest(unittest.TestCase):
    def setUp(self):
        self.shutdown = Shutdown()
        self.heard = []

    def test_every_server_stops_accepting_also_after_one_that_fails(self):
        self.shutdown.retire += [lambda: 1 / 0, lambda: self.heard.append("second")]
        with contextlib.redirect_stderr(io.StringIO()):
            self.shutdown.run_retire()
        self.assertEqual(self.heard, ["second"])

    def test_a_hook_may_remove_itself(self):
        self.shutdown.retire.append(lambda: self.shutdown.retire.clear())
        self.shutdown.retire.append(lambda: self.heard.append("second"))
        self.shutdown.run_retire()
        self.assertEqual(self.heard, ["second"])

    def test_the_program_ends_by_itself_where_any_server_says_so_and_each_is_asked(self):
        self.shutdown.finish += [lambda: self.heard.append(1) or True, lambda: self.heard.append(2)]
        self.assertTrue(self.shutdown.run_finish())
        self.assertEqual(self.heard, [1, 2])

    def test_without_a_way_of_its_own_it_needs_a_signal(self):
        self.assertFalse(self.shutdown.run_finish())
        self.shutdown.finish.append(lambda: False)
        self.assertFalse(self.shutdown.run_finish())

    def test_what_was_cut_is_named_and_that_everything_was_is_remembered(self):
        self.shutdown.cut += [lambda everything: ["stream"], lambda everything: ["request"] if everything else []]
        self.assertEqual(self.shutdown.run_cut(False), ["stream"])
        self.assertFalse(self.shutdown.everything_is_cut)
        self.assertEqual(self.shutdown.run_cut(True), ["stream", "request"])
        self.assertTrue(self.shutdown.everything_is_cut)


class ForkTest(unittest.TestCase):
    def test_a_child_runs_from_the_bottom_and_the_parents_frames_are_gone(self):
        code = """
            import os
            from _devpm_prefork.shared import fork
            class Held:
                def __del__(self):
                    if os.getpid() != parent: print("released in the child", flush=True)
            parent = os.getpid()
            def supervise():
                held = Held()
                pid = fork.fork(child)
                os.waitpid(pid, 0)
                print("parent goes on", flush=True)
            def child():
                print("child works", flush=True)
                pid = fork.fork(lambda: print("grandchild works", flush=True))
                os.waitpid(pid, 0)
            fork.run(supervise)
        """
        self.assertEqual(
            python(code).splitlines(),
            ["released in the child", "child works", "grandchild works", "parent goes on"],
        )

    def test_only_its_own_bottom_catches_a_child(self):
        self.assertFalse(issubclass(fork.InChild, Exception))


class SignalsTest(unittest.TestCase):
    def test_how_a_process_ended(self):
        self.assertEqual(signals.exit_of(3 << 8), (3, None))
        self.assertEqual(signals.exit_of(0), (0, None))
        self.assertEqual(signals.exit_of(9), (None, "SIGKILL"))
        self.assertEqual(signals.exit_of(None), (None, None))

    def test_children_that_have_ended_and_no_others(self):
        ended = os.fork()
        if ended == 0:
            os._exit(7)
        reader, writer = os.pipe()
        living = os.fork()
        if living == 0:
            os.close(writer)
            os.read(reader, 1)
            os._exit(0)
        os.waitid(os.P_PID, ended, os.WEXITED | os.WNOWAIT)
        self.assertFalse(signals.is_running(ended))
        self.assertTrue(signals.is_alive(ended))
        self.assertEqual(signals.reap([ended, living]), [(ended, 7 << 8)])
        self.assertTrue(signals.is_running(living))
        for end in (reader, writer):
            os.close(end)
        os.waitpid(living, 0)
        self.assertFalse(signals.is_alive(living))

    def test_one_that_another_has_waited_for_counts_as_ended(self):
        pid = os.fork()
        if pid == 0:
            os._exit(0)
        os.waitpid(pid, 0)
        self.assertEqual(signals.reap([pid]), [(pid, 0)])

    def test_a_signal_to_one_that_is_gone_is_nothing(self):
        pid = os.fork()
        if pid == 0:
            os._exit(0)
        os.waitpid(pid, 0)
        signals.send(pid, 15)
        signals.end_group(pid, 15)

    def test_signals_are_bytes_in_a_pipe_and_undone_in_a_child(self):
        code = """
            import os, signal
            from _devpm_prefork.shared import signals
            reader = signals.catch((signal.SIGTERM,))
            print(signals.read(reader))
            os.kill(os.getpid(), signal.SIGTERM)
            print(signals.read(reader) == {signal.SIGTERM})
            signals.restore()
            print(signal.getsignal(signal.SIGTERM) == signal.SIG_DFL)
        """
        self.assertEqual(python(code).splitlines(), ["set()", "True", "True"])
