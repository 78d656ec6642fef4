"""What is changed of the servers' own libraries, tried on modules that have only what a hook touches."""

import io
import os
import pathlib
import pickle
import re
import sys
import types
import unittest
from unittest import mock

from _devpm_prefork.worker import import_hook, lifecycle, plain_reloader
from _devpm_prefork.worker.hooks import debugger_hooks, django_hooks, frameworks, install, own_processes, queues  # noqa: F401
from _devpm_prefork.worker.pauses import Pauses


class Unfit(Exception):
    """The engine starts the program in another way: this worker ends here."""


class Link:
    def __init__(self):
        self.told = []

    def is_ours(self):
        return True

    def tell(self, message, fds=()):
        self.told.append(message)


class Worker:
    def __init__(self, is_first=True, goes_on=False):
        self.link = Link()
        self.is_first = is_first
        self.is_reported = False
        self.hidden_error = None
        self.has_successor = False
        self.reloader = "werkzeug"
        self.asked = []
        self.goes_on = goes_on
        self.judge = None

    def await_activation(self):
        self.asked.append("activation")

    def wants_reloader(self, name):
        self.asked.append(name)

    def is_unfit(self, reason, itself=False):
        self.asked.append((reason, itself))
        if not self.goes_on:
            raise Unfit(reason)


def module(name, **names):
    made = types.ModuleType(name)
    vars(made).update(names)
    return made


def patched(made):
    import_hook.apply(made)
    return made


class HookTest(unittest.TestCase):
    def setUp(self):
        self.calls = []
        self.be(Worker())

    def be(self, worker):
        self.worker = worker
        patching = mock.patch.object(lifecycle, "current", worker)
        patching.start()
        self.addCleanup(patching.stop)

    def note(self, *args, **kwargs):
        self.calls.append((args, kwargs))

    def unfit(self, call, *args, **kwargs):
        """(reason, itself) with which it gave up, before the server did anything."""
        with self.assertRaises(Unfit):
            call(*args, **kwargs)
        self.assertEqual(self.calls, [])
        return self.worker.asked.pop()


class RegistryTest(HookTest):
    def test_a_library_of_another_version_still_runs_and_it_is_said(self):
        with mock.patch.object(sys, "stderr", io.StringIO()) as err:
            patched(module("tornado.autoreload"))
            patched(module("bottle"))
        self.assertEqual(err.getvalue().count("\n"), 1)
        self.assertIn("devpm: bottle is not as expected: module 'bottle' has no attribute 'run'", err.getvalue())

    def test_only_what_is_to_be_patched_is_found_here(self):
        self.be(None)
        finder = import_hook.Finder()
        self.assertIsNone(finder.find_spec("json"))
        self.assertIsNone(finder.find_spec("bottle", [os.path.dirname(__file__)]))

    def test_each_file_of_hooks_is_loaded_with_the_libraries_that_it_changes(self):
        changed = {}
        for file in sorted(pathlib.Path(install.__file__).parent.glob("*.py")):
            for library in re.findall(r'^@patch\("(.+)"\)$', file.read_text(), re.MULTILINE):
                changed.setdefault(file.stem, {})[library] = None
        self.assertEqual({file: tuple(libraries) for file, libraries in changed.items()}, install.LIBRARIES)

    def test_a_program_runs_where_devpm_is_no_longer_there(self):
        with mock.patch.dict(import_hook.HOOKS, {"colours": ["_devpm_prefork.worker.hooks.gone"]}):
            with mock.patch.object(sys, "stderr", io.StringIO()) as err:
                patched(module("colours"))
        self.assertIn("devpm: No module named '_devpm_prefork.worker.hooks.gone'", err.getvalue())


class OwnProcessesTest(HookTest):
    def test_servers_that_start_pythons_of_their_own_are_left_to_the_engine(self):
        uvicorn = patched(module("uvicorn.supervisors.multiprocess", Multiprocess=type("M", (), {"run": self.note})))
        server = uvicorn.Multiprocess()
        server.config = types.SimpleNamespace(workers=4)
        self.assertEqual(self.unfit(server.run), ("uvicorn starts 4 workers, each a python of its own", False))

    def test_reloaders_of_their_own_are_left_alone(self):
        for name, attribute in [
            ("watchfiles.run", "run_process"),
            ("hupper.reloader", "start_reloader"),
            ("streamlit.web.bootstrap", "run"),
            ("streamlit.web.bootstrap", "run_asgi_app"),
            ("gradio.cli.commands.reload", "_setup_config"),
        ]:
            with self.subTest(name=name, attribute=attribute):
                made = patched(module(name, **{attribute: self.note}))
                self.assertTrue(self.unfit(getattr(made, attribute))[1])

    def test_granian_by_what_it_is_asked_to_do(self):
        base = type("AbstractServer", (), {"serve": self.note})
        server = patched(module("granian.server.common", AbstractServer=base)).AbstractServer()
        server.reload_on_changes = True
        self.assertEqual(self.unfit(server.serve), ("granian's own reloader is on", True))
        server.reload_on_changes = False
        self.assertEqual(self.unfit(server.serve), ("granian's workers are pythons of their own", False))

    def test_where_no_engine_listens_the_server_runs_as_it_is(self):
        self.be(Worker(goes_on=True))
        patched(module("hupper.reloader", start_reloader=self.note)).start_reloader("shop.main", verbose=1)
        self.assertEqual(self.calls, [(("shop.main",), {"verbose": 1})])

    def test_what_the_program_forked_itself_is_no_worker(self):
        self.worker.link.is_ours = lambda: False
        patched(module("hupper.reloader", start_reloader=self.note)).start_reloader("shop.main")
        self.assertEqual((len(self.calls), self.worker.asked), (1, []))

    def test_hypercorn_serves_in_its_own_process(self):
        run = patched(module("hypercorn.run", run=self.note)).run
        config = types.SimpleNamespace(workers=1, use_reloader=True)
        run(config)
        self.assertEqual((config.workers, config.use_reloader, len(self.calls)), (0, False, 1))
        self.calls.clear()
        self.assertEqual(
            self.unfit(run, types.SimpleNamespace(workers=2, use_reloader=False))[0],
            "hypercorn starts 2 workers, each a python of its own",
        )

    def test_sanic_names_the_option_that_makes_it_warm(self):
        def should_auto_reload(cls):
            return cls.reloads

        mixin = type(
            "StartupMixin",
            (),
            {
                "serve": classmethod(lambda cls: self.note()),
                "should_auto_reload": classmethod(should_auto_reload),
                "reloads": True,
            },
        )
        sanic = patched(module("sanic.mixins.startup", StartupMixin=mixin)).StartupMixin
        self.assertEqual(self.unfit(sanic.serve), ("sanic's own reloader is on", True))
        sanic.reloads = False
        reason, itself = self.unfit(sanic.serve)
        self.assertIn("single_process", reason)
        self.assertFalse(itself)

    def test_litestar_runs_uvicorn_here_instead_of_as_a_program(self):
        made = patched(module("litestar.cli.commands.core", _run_uvicorn_in_subprocess=self.note))
        served = []
        uvicorn = module("uvicorn", run=lambda *args, **kwargs: served.append((args, kwargs)))
        env = types.SimpleNamespace(app_path="shop:app", is_app_factory=False)
        options = {"host": "127.0.0.1", "port": 8000, "fd": None, "uds": None, "reload": True}
        with mock.patch.dict(sys.modules, uvicorn=uvicorn):
            made._run_uvicorn_in_subprocess(env=env, workers=None, certfile_path=None, keyfile_path="k", **options)
        ((args, kwargs),) = served
        self.assertEqual(args, ("shop:app",))
        self.assertEqual((kwargs["port"], kwargs["ssl_keyfile"], kwargs["factory"]), (8000, "k", False))
        self.assertNotIn("reload", kwargs)
        with self.assertRaises(Unfit):
            made._run_uvicorn_in_subprocess(env=env, workers=3, certfile_path=None, keyfile_path=None, **options)
        self.assertEqual(self.calls, [])


class QueuesTest(HookTest):
    def test_dramatiq_is_up_when_one_of_its_processes_has_imported_the_jobs(self):
        def boots(args, worker_id, logging_pipe, canteen, event):
            try:
                if args:
                    raise args
            finally:
                event.set()

        sent = []
        event = types.SimpleNamespace(set=self.note)
        ways = types.SimpleNamespace(get_start_method=lambda: "fork")
        made = patched(module("dramatiq.cli", try_block_signals=self.note, worker_process=boots, multiprocessing=ways))
        made.try_block_signals()
        self.assertIs(self.worker.is_up_in_child, True)
        # in a process that the worker has forked
        self.worker.state = types.SimpleNamespace(started=1.0)
        self.worker.link.channel = types.SimpleNamespace(send=sent.append)
        with mock.patch.object(self.worker.link, "is_ours", return_value=False):
            with self.assertRaises(ImportError):
                made.worker_process(ImportError("no such jobs"), 0, None, None, types.SimpleNamespace(set=self.note))
            self.assertEqual(sent, [])
            made.worker_process(None, 0, None, None, event)
        self.assertEqual([(message["kind"], message["forked"]) for message in sent], [("serving", 1.0)])
        self.assertEqual(len(self.calls), 3)

    def test_dramatiqs_processes_that_are_no_forks_find_their_function_by_name(self):
        made = module("dramatiq.cli", try_block_signals=self.note, worker_process=None)
        exec("def worker_process(*_): pass", made.__dict__)
        with mock.patch.dict(sys.modules, {"dramatiq": types.ModuleType("dramatiq"), "dramatiq.cli": made}):
            function = patched(made).worker_process
            self.assertIs(pickle.loads(pickle.dumps(function)), function)

    def test_dramatiqs_processes_that_are_no_forks_cannot_tell(self):
        ways = types.SimpleNamespace(get_start_method=lambda: "spawn")
        made = patched(
            module("dramatiq.cli", try_block_signals=self.note, worker_process=self.note, multiprocessing=ways)
        )
        made.try_block_signals()
        self.assertIs(self.worker.is_up_in_child, False)


class FrameworksTest(HookTest):
    def test_werkzeugs_reloader_runs_the_program_itself_and_what_it_names_is_watched(self):
        made = patched(module("werkzeug._reloader", run_with_reloader=None))
        made.run_with_reloader(self.note, ["a.txt", "/b.txt"], 1, "auto")
        self.assertEqual(self.calls, [((), {})])
        (message,) = self.worker.link.told
        self.assertEqual(message["reloads"], [os.path.abspath("a.txt"), "/b.txt"])
        self.assertEqual(message["judged"], [])

    def serving(self):
        return patched(
            module(
                "werkzeug.serving",
                run_simple=self.note,
                is_running_from_reloader=lambda: True,
                _log=self.note,
                BaseWSGIServer=type("BaseWSGIServer", (), {"log_startup": self.note}),
            )
        )

    def test_run_simple_has_the_reloader_that_it_is_asked_for(self):
        made = self.serving()
        for args, kwargs, wanted in [
            (("h", 1, None, True), {}, []),
            (("h", 1, None), {"use_reloader": True}, []),
            (("h", 1, None, False), {}, [plain_reloader.NONE]),
            (("h", 1, None), {}, [plain_reloader.NONE]),
        ]:
            with self.subTest(args=args, kwargs=kwargs):
                self.worker.asked.clear()
                made.run_simple(*args, **kwargs)
                self.assertEqual([name for name in self.worker.asked if name != "activation"], wanted)
        self.assertEqual(len(self.calls), 4)

    def test_the_program_is_the_reloaders_child_and_werkzeug_itself_is_not(self):
        made = self.serving()
        ask = "asked = is_running_from_reloader()"
        for name, expected in [("shop.main", True), ("werkzeug.serving", False), ("flask.cli", False)]:
            with self.subTest(name=name):
                names = {"__name__": name, "is_running_from_reloader": made.is_running_from_reloader}
                exec(ask, names)
                self.assertEqual(names["asked"], expected)

    def test_what_is_printed_at_each_start_is_printed_once_a_session(self):
        for is_first, times in [(True, 1), (False, 0)]:
            with self.subTest(is_first=is_first):
                self.calls.clear()
                self.be(Worker(is_first=is_first))
                made = self.serving()
                made._log("info", "Press CTRL+C to quit")
                self.assertEqual(len(self.calls), times)
                made.BaseWSGIServer().log_startup()
                self.assertEqual(len(self.calls), 2 * times)
                made._log("info", "%s 200 Press CTRL+C", "GET /")
                self.assertEqual(len(self.calls), 2 * times + 1)

    def test_bottle_and_gunicorn_do_not_reload_themselves(self):
        patched(module("bottle", run=self.note)).run(app=1, reloader=True)
        self.assertEqual(self.calls.pop(), ((), {"app": 1, "reloader": False}))
        self.assertIn("bottle", self.worker.asked)
        settings = {"reload": True}
        app = types.SimpleNamespace(cfg=types.SimpleNamespace(set=settings.__setitem__))
        arbiter = patched(module("gunicorn.arbiter", Arbiter=type("Arbiter", (), {"setup": self.note}))).Arbiter
        arbiter().setup(app)
        self.assertEqual((settings, len(self.calls)), ({"reload": False}, 1))
        settings["reload"] = True
        self.be(None)
        arbiter().setup(app)
        self.assertTrue(settings["reload"])

    def test_flask_imports_the_app_at_once_unless_it_is_asked_not_to(self):
        class DispatchingApp:
            def __init__(self, loader, use_eager_loading=None):
                self.eager = use_eager_loading

        made = patched(module("flask.cli", show_server_banner=self.note, DispatchingApp=DispatchingApp))
        self.assertTrue(made.DispatchingApp(None).eager)
        self.assertFalse(made.DispatchingApp(None, False).eager)
        made.show_server_banner("development", True)
        self.be(Worker(is_first=False))
        made.show_server_banner("development", True)
        self.assertEqual(len(self.calls), 1)

    def test_an_import_error_behind_a_command_lines_message_is_shown_once(self):
        exception = type("ClickException", (Exception,), {"show": lambda *args: self.note(*args)})
        usage = type("UsageError", (exception,), {"show": lambda *args: self.note(*args)})
        made = patched(module("click.exceptions", ClickException=exception, UsageError=usage))
        error = made.UsageError("While importing 'web', an ImportError was raised")
        error.__cause__ = ImportError("no module named redis")
        error.show()
        self.assertIs(self.worker.hidden_error, error)
        self.assertEqual(len(self.calls), 1)
        self.worker.is_reported = True
        error.show()
        self.assertEqual(len(self.calls), 1)
        # one that hides nothing is the user's mistake, and shown as it is
        made.UsageError("no such option").show()
        self.assertEqual(len(self.calls), 2)

    def test_a_command_line_says_nothing_of_the_interrupt_for_a_newer_save(self):
        made = patched(module("click.core", echo=self.note))
        made.echo("Aborted!")
        self.assertEqual(len(self.calls), 1)
        self.worker.has_successor = True
        made.echo("Aborted!")
        self.assertEqual(len(self.calls), 1)


class Signal:
    def __init__(self, *answers):
        self.answers = answers
        self.sent = []

    def send(self, sender, **fields):
        self.sent.append(fields)
        return [(None, answer) for answer in self.answers]


class DjangoTest(HookTest):
    def autoreload(self, answers=(), error=None):
        class Reloader:
            directory_globs = {"/p/templates": {"*.html"}}
            extra_files = {"/p/settings.toml"}

        self.changed = Signal(*answers)
        return module(
            "django.utils.autoreload",
            BaseReloader=Reloader,
            autoreload_started=Signal(),
            file_changed=self.changed,
            _exception=error,
        )

    def test_the_project_names_what_it_wants_to_judge_and_what_reloads_it(self):
        django_hooks.announce(self.autoreload())
        (message,) = self.worker.link.told
        self.assertEqual((message["judged"], message["reloads"]), (["/p/templates/*.html"], ["/p/settings.toml"]))

    def test_a_project_that_could_not_be_loaded_is_not_asked(self):
        django_hooks.announce(self.autoreload(error=ImportError()))
        self.assertEqual((self.worker.link.told, self.worker.judge), ([], None))

    def test_outside_of_a_worker_nothing_is_announced(self):
        made = self.autoreload()
        self.be(None)
        django_hooks.announce(made)
        self.assertEqual(made.autoreload_started.sent, [])

    def test_a_receiver_that_fails_is_left_to_fail_where_it_is_seen(self):
        made = self.autoreload()
        made.autoreload_started = types.SimpleNamespace(send=mock.Mock(side_effect=ValueError))
        django_hooks.announce(made)
        self.assertEqual((self.worker.link.told, self.worker.judge), ([], None))

    def test_a_change_that_a_receiver_has_dealt_with_is_no_reload(self):
        for answers, reloads in [((), 1), ((None, False), 1), ((None, True), 0)]:
            with self.subTest(answers=answers):
                self.worker.link.told.clear()
                django_hooks.judge(self.autoreload(answers), None, "/p/templates/a.html")
                self.assertEqual([message["kind"] for message in self.worker.link.told], ["reload_for"] * reloads)
                self.assertEqual(str(self.changed.sent[0]["file_path"]), "/p/templates/a.html")


class DebuggerTest(HookTest):
    def test_the_former_workers_port_is_awaited_and_a_first_worker_finds_its_own(self):
        made = patched(module("debugpy.server.api", listen=self.note))
        with mock.patch.object(debugger_hooks, "await_release") as release:
            made.listen(("127.0.0.1", 5678))
            release.assert_not_called()
            self.be(Worker(is_first=False))
            made.listen(5678)
            release.assert_called_once_with(("127.0.0.1", 5678))
        self.assertEqual(len(self.calls), 2)

    def test_an_adapter_is_ended_only_where_it_is_this_apps(self):
        marks = {"DEVPM_SESSION": "s1", "DEVPM_APP": "api"}
        adapter = [b"python", b"adapter", b"--port", b"5678", b"--for-server", b"9"]
        machine = {
            "11": (adapter, [b"DEVPM_SESSION=s1", b"DEVPM_APP=api"]),
            "12": (adapter, [b"DEVPM_SESSION=s2", b"DEVPM_APP=api"]),
            "13": (adapter, [b"DEVPM_SESSION=s1", b"DEVPM_APP=web"]),
            "14": ([b"python", b"--port", b"5679", b"--for-server"], [b"DEVPM_SESSION=s1", b"DEVPM_APP=api"]),
            "15": ([b"server", b"--port", b"5678"], [b"DEVPM_SESSION=s1", b"DEVPM_APP=api"]),
            "self": ([], []),
        }

        def words(pid, what="cmdline"):
            return machine[pid][what != "cmdline"]

        for environment, ended in [(marks, [11]), ({}, [])]:
            with self.subTest(environment=environment), mock.patch.dict(os.environ, environment, clear=True):
                with mock.patch("os.listdir", return_value=list(machine)), mock.patch("os.kill") as kill:
                    with mock.patch.object(debugger_hooks, "words_of", words):
                        with mock.patch("os.path.isdir", return_value=True):
                            debugger_hooks.end_adapters(5678)
                self.assertEqual([call.args[0] for call in kill.call_args_list], ended)

    def test_a_port_is_held_while_something_listens(self):
        import socket

        with socket.socket() as server:
            server.bind(("127.0.0.1", 0))
            server.listen()
            address = server.getsockname()
            self.assertTrue(debugger_hooks.is_held(address))
        self.assertFalse(debugger_hooks.is_held(address))

    def test_the_time_at_a_breakpoint_of_an_editor_is_a_pause(self):
        counts = []

        def wait(*_):
            counts.append(lifecycle.current.prompts.pauses.count)

        class PyDB:
            do_wait_suspend = wait

        self.worker.prompts = types.SimpleNamespace(pauses=Pauses())
        patched(module("pydevd", PyDB=PyDB, __file__="/debugpy/pydevd.py")).PyDB().do_wait_suspend("thread")
        api = patched(module("debugpy.server.api", listen=self.note, wait_for_client=wait))
        api.wait_for_client()
        self.assertEqual(counts, [1, 1])
        self.assertEqual(self.worker.prompts.pauses.count, 0)

    def test_threads_that_it_is_not_to_trace_are_left_out(self):
        made = patched(module("pydevd_tracing", set_trace_to_threads=self.note))
        made.set_trace_to_threads("trace", thread_idents={1})
        made.set_trace_to_threads("trace")
        (_, given), (_, found) = self.calls
        self.assertEqual(given["thread_idents"], {1})
        self.assertIn(__import__("threading").get_ident(), found["thread_idents"])


if __name__ == "__main__":
    unittest.main()
