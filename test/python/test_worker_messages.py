import types
import unittest

from _devpm_prefork.shared.messages import SERVE, STAND_DOWN, FromWorkerToSupervisor, deliver
from _devpm_prefork.supervisor.policies import Policies
from _devpm_prefork.supervisor.template_messages import TemplateMessages
from _devpm_prefork.supervisor.worker_handle import Serving
from _devpm_prefork.supervisor.worker_messages import WorkerMessages, answer_checkpoint
from support import Template, booting, exited, kinds, of, retiring, save, worker

OPTIONS = types.SimpleNamespace(probe=5.0, preload=True)
TIMES = {"forked": 1.0, "imported": 2.0, "answering": 3.0, "spent": {"web.routes": 1.5}}


class Workers:
    def __init__(self, current=None, others=()):
        self.current = current
        self.reloader = None
        self.was_begun_again = False
        self.running = [one for one in (current, *others) if one is not None]

    def everyone(self):
        return self.running


class MessagesTest(unittest.TestCase):
    def setUp(self):
        self.policies = Policies(OPTIONS, "backend", ["flask"], {})

    def told(self, current, made, message, fds=(), clock=lambda: 10.0):
        messages = WorkerMessages(Workers(current), self.policies, clock)
        return list(deliver(messages, message, made, fds))

    def serving(self, made, current):
        message = FromWorkerToSupervisor.serving(files={"/app/new.py": [5]}, changed={}, **TIMES)
        return self.told(current, made, message)

    def reported(self, actions):
        """What the engine is told where nothing was saved meanwhile."""
        noted = of(actions, "note_serving")
        return self.policies.timing.serving(noted["worker"], noted["times"], noted["seconds"])

    def test_a_worker_that_serves_takes_over(self):
        made = booting(cause=save())
        made.state.began = 9.5
        actions = self.serving(made, made)
        self.assertTrue(made.is_serving)
        for kind in ("watch_files", "finish_retiring", "give_idle", "note_serving", "check_files"):
            self.assertIn(kind, kinds(actions))
        self.assertEqual(self.reported(actions)["what"], "reloaded")

    def test_one_that_imports_no_more_and_does_not_listen_yet_is_begun_again_by_what_it_has_not_noted(self):
        made = booting(saved=["/app/data.json"])
        message = FromWorkerToSupervisor.settled(files={"/app/new.py": [5]})
        actions = self.told(made, made, message)
        self.assertEqual(of(actions, "check_files")["suspected"], "/app/data.json")
        self.assertIn("/app/new.py", of(actions, "watch_files")["files"])
        self.assertTrue(made.is_booting and made.state.is_settled)
        self.assertEqual(self.told(worker(), made, message), [])
        serving = worker()
        self.assertEqual(self.told(serving, serving, message), [])

    def asks_for_reloader(self, workers, made):
        messages = WorkerMessages(workers, self.policies, lambda: 10.0)
        return kinds(deliver(messages, FromWorkerToSupervisor.wants_reloader(name="werkzeug"), made, ()))

    def test_a_program_that_asks_for_a_reloader_begins_again_as_its_child_and_only_once(self):
        made = booting()
        workers = Workers(made)
        self.assertEqual(self.asks_for_reloader(workers, made), ["drop_standby", "begin_again"])
        self.assertEqual(workers.reloader, "werkzeug")
        again = workers.current = booting(number=2)
        self.assertEqual(self.asks_for_reloader(workers, again), ["tell"])

    def test_once_it_has_served_it_may_ask_for_another_one(self):
        made = booting()
        made.state.began = 9.5
        workers = Workers(made)
        workers.was_begun_again = True
        messages = WorkerMessages(workers, self.policies, lambda: 10.0)
        list(deliver(messages, FromWorkerToSupervisor.serving(files={}, changed={}, **TIMES), made, ()))
        self.assertFalse(workers.was_begun_again)

    def test_a_worker_that_was_replaced_asks_in_vain(self):
        self.assertEqual(self.asks_for_reloader(Workers(booting(number=2)), retiring()), ["tell"])

    def test_a_module_that_hides_a_loaded_one_turns_preloading_off_and_the_worker_begins_again(self):
        made = booting()
        shadows = FromWorkerToSupervisor.shadows(name="queue")
        actions = self.told(made, made, shadows)
        self.assertEqual(kinds(actions), ["drop_standby", "drop_template", "notice", "begin_again"])
        self.assertIn("queue", of(actions, "notice")["text"])
        # a standby was never to serve
        self.assertEqual(self.told(made, booting(number=2), shadows), [])

    def test_what_it_names_to_its_reloader_is_watched_while_it_is_the_current_one(self):
        made = booting()
        named = FromWorkerToSupervisor.watch_also(reloads=["/app/rules.txt"], judged=["/app/templates/**/*"])
        self.assertEqual(kinds(self.told(made, made, named)), ["watch_also"])
        self.assertEqual(self.told(booting(number=2), made, named), [])
        unhandled = FromWorkerToSupervisor.reload_for(path="/app/templates/a.html")
        self.assertEqual(of(self.told(made, made, unhandled), "note_save")["path"], "/app/templates/a.html")
        self.assertEqual(self.told(booting(number=2), made, unhandled), [])

    def test_one_that_was_replaced_meanwhile_does_not(self):
        """Race: the next save retired it in the moment in which it began to accept."""
        made = retiring()
        self.assertEqual(self.serving(made, booting(number=2)), [])
        self.assertTrue(made.is_retiring)
        self.assertIn("/app/new.py", made.files)

    def test_what_was_saved_during_its_boot_and_never_noted_is_suspected(self):
        """Race: it read a file in its own way before the file was saved."""
        made = booting(saved=["/app/rules.json"])
        actions = self.serving(made, made)
        self.assertEqual(of(actions, "check_files")["suspected"], "/app/rules.json")
        self.assertEqual(of(actions, "note_serving")["saved"], {"/app/rules.json"})

    def test_a_start_reports_its_port_and_time(self):
        made = booting()
        made.state.began = 9.5
        made.claimed.add((2, "127.0.0.1", 5050))
        fields = self.reported(self.serving(made, made))["fields"]
        self.assertEqual(fields, {"pid": 100, "port": 5050, "ms": 500.0})

    def test_a_worker_that_was_discarded_before_it_had_a_pid_is_killed(self):
        """Race: its template forks it after it was discarded."""
        made = retiring(has_stopped=True, pid=None)
        self.assertEqual(kinds(self.told(None, made, FromWorkerToSupervisor.started(pid=7))), ["kill"])

    def test_one_that_was_only_retired_is_not(self):
        made = retiring(pid=None)
        self.assertEqual(self.told(None, made, FromWorkerToSupervisor.started(pid=7)), [])
        self.assertEqual(made.pid, 7)

    def test_a_standby_runs_the_program_once_it_says_so(self):
        made = booting(is_running=False)
        self.assertEqual(self.told(made, made, FromWorkerToSupervisor.activated()), [])
        self.assertTrue(made.state.is_running)

    def test_files_of_a_former_worker_are_noted_only(self):
        made = retiring()
        message = FromWorkerToSupervisor.files_read(files={"/app/late.py": [1]})
        self.assertEqual(self.told(worker(number=2), made, message), [])

    def test_what_a_child_of_the_program_loads_proves_that_it_lives(self):
        made = worker(template=Template())
        made.stacks = 77
        actions = self.told(made, made, FromWorkerToSupervisor.child_modules(modules=["sqlalchemy"], files={}))
        self.assertIn("end_probe", kinds(actions))
        self.assertTrue(made.template.is_proven)

    def test_modules_that_are_known_are_not_asked_for_again(self):
        made = worker()
        message = FromWorkerToSupervisor.used_modules(modules=[], changed={"A": "1"}, files={})
        self.told(made, made, message)
        self.assertTrue(made.state.modules_known)
        self.assertEqual(self.policies.preloader.environment, {"A": "1"})

    def test_connections_that_were_cut_are_named(self):
        message = FromWorkerToSupervisor.connections_cut(names=["GET /events"])
        text = of(self.told(None, retiring(), message), "notice")["text"]
        self.assertEqual(text, "cut 1 open connection of the former worker: GET /events")
        self.assertEqual(self.told(None, retiring(), FromWorkerToSupervisor.connections_cut(names=[])), [])

    def test_each_question_and_each_gift_is_handed_on(self):
        made = worker()
        expected = [
            (FromWorkerToSupervisor.checkpoint(files={}), ["answer_checkpoint"]),
            (FromWorkerToSupervisor.bind(wanted=[2, "127.0.0.1", 80]), ["grant_listeners"]),
            (FromWorkerToSupervisor.listening(wanted=[2, "127.0.0.1", 80]), ["keep_listener"]),
            (FromWorkerToSupervisor.idle_connection(), ["keep_idle"]),
            (FromWorkerToSupervisor.files_read(files={}), ["watch_files", "check_files"]),
            (FromWorkerToSupervisor.first_response(), ["send_held", "end_probe", "after"]),
        ]
        for message, actions in expected:
            self.assertEqual(kinds(self.told(made, made, message, fds=[7])), actions, message)
        self.assertEqual(made.waits_for, (2, "127.0.0.1", 80))

    def test_the_first_request_of_a_probe_is_given_its_time(self):
        """Race: it hangs in what it inherited before it has answered."""
        made = worker(template=Template())
        made.stacks = 77
        self.assertEqual(kinds(self.told(made, made, FromWorkerToSupervisor.first_request())), ["after"])
        self.assertEqual(made.first_request.seen_at, 10.0)

    def test_a_program_that_ended_has_its_files_watched_wherever_they_lie(self):
        """Race: the save that mends it comes before it is known to have exited."""
        made = booting()
        message = FromWorkerToSupervisor.program_ended(
            code=1, excerpt=["x"], package=None, busy=True, files={"/lib/a.py": [1]}
        )
        self.assertEqual(of(self.told(made, made, message), "watch_files")["files"], made.files)
        self.assertTrue(made.program_end["busy"])

    def test_a_retired_worker_that_accepts_no_more_frees_its_listener(self):
        made = retiring()
        self.assertEqual(kinds(self.told(None, made, FromWorkerToSupervisor.stopped_accepting())), ["grant_listeners"])

    def test_unless_its_children_accept(self):
        made = retiring()
        self.told(None, made, FromWorkerToSupervisor.children_accept())
        self.assertEqual(self.told(None, made, FromWorkerToSupervisor.stopped_accepting()), [])


class CheckpointTest(unittest.TestCase):
    """Checkpoint before serve: the last save is what answers."""

    def decision(self, actions):
        return of(actions, "tell")["message"]["decision"]

    def test_what_is_as_on_disk_may_serve(self):
        made = booting()
        actions = answer_checkpoint(made, made, is_stale=False)
        self.assertEqual((self.decision(actions), len(actions)), (SERVE, 1))

    def test_what_was_saved_meanwhile_may_not(self):
        """Race: saved after it was read, before it serves."""
        made = booting()
        actions = answer_checkpoint(made, made, is_stale=True)
        self.assertEqual((self.decision(actions), kinds(actions)[1:]), (STAND_DOWN, ["check_files"]))

    def test_one_that_was_replaced_may_not(self):
        """Race: two saves; the first one's worker asks after the second one's was started."""
        actions = answer_checkpoint(booting(), booting(number=2), is_stale=False)
        self.assertEqual((self.decision(actions), len(actions)), (STAND_DOWN, 1))

    def test_another_port_while_requests_are_under_way_is_bound_and_looked_at(self):
        made = worker(Serving())
        actions = answer_checkpoint(made, made, is_stale=True)
        self.assertEqual((self.decision(actions), kinds(actions)[1:]), (SERVE, ["check_files"]))


class TemplateTest(unittest.TestCase):
    def setUp(self):
        self.policies = Policies(OPTIONS, "backend", ["flask"], {})

    def told(self, method, *arguments, workers=()):
        messages = TemplateMessages(Workers(None, workers), self.policies)
        return list(getattr(messages, method)(*arguments))

    def test_a_template_that_is_ready_is_used(self):
        actions = self.told("on_ready", Template(), {}, 3, 40)
        self.assertEqual(kinds(actions), ["drop_standby", "use_template", "report", "prepare"])

    def test_one_that_comes_when_preloading_was_stopped_is_not(self):
        """Race: gevent is found in the list while a template loads."""
        self.policies.preloader.is_off = True
        actions = self.told("on_ready", Template(), {}, 3, 40)
        self.assertEqual(kinds(actions), ["drop_standby", "use_template", "drop_template"])

    def test_one_that_loaded_what_is_left_out_since_is_replaced(self):
        """Race: a worker crashes in a library, and is judged, while the next template loads that library too."""
        template = Template()
        template.left_out = set()
        self.policies.preloader.left_out["badlib"] = "crashes after a fork"
        actions = self.told("on_ready", template, {}, 3, 40)
        self.assertEqual(kinds(actions), ["drop_standby", "use_template", "drop_template", "prepare"])

    def test_one_that_cannot_be_forked_is_replaced_without_the_package(self):
        actions = self.told("on_not_fork_safe", Template(), "badlib", "starts a thread at import")
        self.assertEqual(kinds(actions), ["close_template", "remember_modules", "after", "notice", "prepare"])

    def test_a_pid_goes_to_the_worker_that_waits_for_it(self):
        waiting, other = booting(number=4, pid=None), booting(number=5, pid=None)
        self.assertEqual(self.told("on_forked", Template(), 4, 77, workers=[waiting, other]), [])
        self.assertEqual((waiting.pid, other.pid), (77, None))

    def test_an_exit_is_the_supervisors_to_judge(self):
        self.assertEqual(kinds(self.told("on_exited", Template(), 77, 9)), ["note_exit"])
        self.assertEqual(exited(Serving(), 9).state.status, 9)
