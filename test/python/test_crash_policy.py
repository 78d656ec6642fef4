import unittest

from _devpm_prefork.supervisor.crash_policy import (
    RESTART_SECONDS,
    SIGNAL_SECONDS,
    CrashPolicy,
    on_early_exit,
)
from _devpm_prefork.supervisor.reload_timing import ReloadTiming
from _devpm_prefork.supervisor.worker_handle import Serving
from support import booting, exited, kinds, later, of, save

SIGTERM, SIGKILL = 15, 9
EXIT_1, EXIT_0 = 256, 0


class ExitTest(unittest.TestCase):
    def setUp(self):
        self.policy = CrashPolicy("backend", ReloadTiming())

    def exit(self, gone, now=10.0, quiet_at=0.0, is_stale=False):
        return self.policy.on_exit(gone, now, quiet_at, is_stale)

    def test_the_exit_of_outdated_code_is_no_crash(self):
        """Race: the save that mends it comes while the broken code still fails."""
        actions = self.exit(exited(booting().state), is_stale=True)
        self.assertEqual(kinds(actions), ["reload_stale"])
        self.assertIsNone(self.policy.crash)

    def test_what_was_saved_during_its_boot_may_have_mended_it(self):
        """Race: it read the file before the save, and exits after it."""
        self.assertEqual(kinds(self.exit(exited(booting(saved=["/app/a.py"]).state))), ["reload_stale"])

    def test_what_was_passed_over_during_its_boot_may_have_been_read_half_written(self):
        """Race: what saves the same content again empties the file first, and the worker reads that."""
        gone = exited(booting().state)
        gone.state.former.passed_over = "/app/made.json"
        self.assertEqual(of(self.exit(gone), "check_files")["suspected"], "/app/made.json")

    def test_it_is_begun_again_once_for_that(self):
        gone = exited(booting().state, cause=save("/app/made.json"))
        gone.state.former.passed_over = "/app/made.json"
        self.assertEqual(kinds(self.exit(gone)), ["report", "show_page"])

    def test_within_a_burst_the_next_save_is_waited_for(self):
        """Race: of two files that belong together the second is saved after the first was imported."""
        gone = exited(booting().state)
        self.assertEqual(later(self.exit(gone, now=10.0, quiet_at=10.5)), [(0.5, "confirm_exit")])
        self.assertIsNone(self.policy.crash)

    def test_the_content_of_a_file_that_was_emptied_is_waited_for(self):
        """Race: an editor empties the file, and writes it when it next gets the processor."""
        gone = exited(booting().state)
        gone.cause = save()
        gone.files = {gone.cause.file: [1, 0, 3, 4]}
        self.assertEqual(later(self.exit(gone, now=10.0, quiet_at=9.75)), [(0.25, "confirm_exit")])
        self.assertEqual(kinds(self.exit(gone, now=10.0, quiet_at=9.5)), ["report", "show_page"])

    def test_a_worker_that_served_is_not_waited_for(self):
        actions = self.exit(exited(Serving()), now=10.0, quiet_at=10.06)
        self.assertEqual(kinds(actions), ["report", "show_page"])

    def test_a_signal_of_the_terminal_reaches_the_worker_first(self):
        """Race: Ctrl+C goes to the whole group, and the worker ends before the supervisor knows."""
        self.assertEqual(later(self.exit(exited(Serving(), SIGTERM))), [(SIGNAL_SECONDS, "confirm_exit")])

    def test_confirmed_when_the_supervisor_ends_or_another_worker_came(self):
        self.assertEqual(self.policy.on_confirmed(exited(Serving(), SIGTERM), is_replaced=True, is_stale=False), [])

    def test_confirmed_when_it_was_saved_meanwhile(self):
        actions = self.policy.on_confirmed(exited(booting().state), is_replaced=False, is_stale=True)
        self.assertEqual(kinds(actions), ["reload_stale"])

    def test_confirmed_a_crash_after_all(self):
        actions = self.policy.on_confirmed(exited(Serving(), SIGTERM), is_replaced=False, is_stale=False)
        self.assertEqual(of(actions, "report")["fields"]["signal"], "SIGTERM")
        self.assertEqual(self.policy.crash.during, "run")

    def test_an_exception_of_the_import_is_shown_with_its_excerpt(self):
        gone = exited(booting().state, EXIT_1, cause=save())
        gone.program_end = {"code": 1, "excerpt": ["SyntaxError"], "package": None, "busy": False}
        fields = of(self.exit(gone), "report")["fields"]
        self.assertEqual((fields["during"], fields["excerpt"], fields["exitCode"]), ("import", ["SyntaxError"], 1))

    def test_what_was_killed_while_importing_may_come_again_with_a_request(self):
        fields = of(self.exit(exited(booting().state, SIGKILL)), "report")["fields"]
        self.assertEqual((self.policy.crash.during, self.policy.crash.excerpt), ("run", ["ended by SIGKILL"]))
        # the engine says that itself, from the signal
        self.assertEqual((fields["signal"], fields["excerpt"]), ("SIGKILL", []))

    def test_a_save_that_was_live_has_not_failed_where_the_program_ends_later(self):
        served = Serving()
        served.is_reported = True
        fields = of(self.exit(exited(served, EXIT_1, cause=save())), "report")["fields"]
        self.assertEqual((fields["file"], fields["savedAt"], self.policy.crash.file), (None, None, None))

    def test_one_that_was_not_live_yet_has(self):
        cause = save()
        fields = of(self.exit(exited(Serving(), EXIT_1, cause=cause)), "report")["fields"]
        self.assertEqual((fields["savedAt"], fields["file"] is None), (cause.saved, False))

    def test_a_program_that_just_ends_is_a_crash_at_run_time(self):
        self.exit(exited(Serving(), EXIT_0))
        self.assertEqual(self.policy.crash.excerpt, ["ended with exit code 0"])

    def test_an_exit_of_the_import_without_an_excerpt_is_reported_in_words(self):
        fields = of(self.exit(exited(booting().state, EXIT_1, cause=save())), "report")["fields"]
        self.assertEqual((fields["during"], fields["excerpt"]), ("import", ["ended with exit code 1"]))

    def test_an_exit_that_nothing_could_wait_for(self):
        self.exit(exited(Serving(), None))
        self.assertEqual(self.policy.crash.excerpt, ["ended"])


class ConnectionTest(unittest.TestCase):
    def setUp(self):
        self.policy = CrashPolicy("backend", ReloadTiming())

    def test_a_request_starts_an_app_that_crashed_while_it_ran(self):
        self.policy.on_exit(exited(Serving()), 10.0, 0.0, is_stale=False)
        self.assertEqual(kinds(self.policy.on_connection("listener", 11.0)), ["hide_page", "start_worker"])

    def test_one_that_crashes_at_every_request_is_not_a_loop(self):
        """Race: the next request comes before the app has shown that it crashes again."""
        self.policy.on_exit(exited(Serving()), 10.0, 0.0, is_stale=False)
        self.policy.on_connection("listener", 11.0)
        self.policy.on_exit(exited(Serving()), 11.1, 0.0, is_stale=False)
        self.assertEqual(kinds(self.policy.on_connection("listener", 11.2)), ["admit"])
        at = 11.0 + RESTART_SECONDS
        self.assertEqual(kinds(self.policy.on_connection("listener", at)), ["hide_page", "start_worker"])

    def test_code_that_does_not_import_waits_for_a_save(self):
        gone = exited(booting().state)
        gone.program_end = {"excerpt": ["x"]}
        self.policy.on_exit(gone, 10.0, 0.0, is_stale=False)
        self.assertEqual(kinds(self.policy.on_connection("listener", 99.0)), ["admit"])

    def test_without_a_crash_the_listener_is_the_workers(self):
        """Race: two connections are readable in one turn, and the first one has started the app."""
        self.assertEqual(self.policy.on_connection("listener", 10.0), [])


class EarlyExitTest(unittest.TestCase):
    def test_a_standby_that_never_ran_the_program_is_replaced(self):
        """Race: it is activated in the moment in which it is killed."""
        actions = on_early_exit(exited(booting(is_running=False).state), False)
        self.assertEqual(of(actions, "start_worker")["use_template"], True)

    def test_one_that_its_template_never_forked_comes_without_a_template(self):
        actions = on_early_exit(exited(booting().state, pid=None), False)
        self.assertEqual(of(actions, "start_worker")["use_template"], False)

    def test_what_needs_something_the_former_worker_held_is_started_when_it_has_gone(self):
        """Race: the port, a lock file or a device is held a moment longer than the new worker waits for it."""
        gone = exited(booting(overlapped=True).state, cause=save())
        gone.program_end = {"busy": True}
        self.assertEqual(kinds(on_early_exit(gone, False)), ["start_when_alone"])

    def test_what_found_the_page_on_its_port_is_started_again_without_it(self):
        """gevent binds without asking, and the page of a first start that failed has the port."""
        gone = exited(booting(overlapped=False).state, cause=save())
        gone.program_end = {"busy": True}
        self.assertEqual(kinds(on_early_exit(gone, True)), ["bypass", "start_worker"])

    def test_alone_it_is_the_programs_own(self):
        gone = exited(booting(overlapped=False).state)
        gone.program_end = {"busy": True}
        self.assertEqual(on_early_exit(gone, False), [])

    def test_one_that_served_says_something_of_the_program(self):
        self.assertEqual(on_early_exit(exited(Serving()), False), [])
