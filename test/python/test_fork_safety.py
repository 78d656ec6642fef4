import unittest

from _devpm_prefork.supervisor.fork_safety import (
    CRASHES,
    FAILS,
    HANGS,
    MARGIN_SECONDS,
    TO_ANSWER,
    TO_SERVE,
    ForkSafety,
)
from _devpm_prefork.supervisor.worker_handle import Serving
from support import Template, booting, exited, kinds, later, of, worker

SIGSEGV, SIGKILL = 11, 9
LIMIT = 5.0


def blame(package):
    return lambda _: package


def probe(made):
    made.template = Template(["numpy.core"])
    made.stacks = 77
    return made


class ProbeTest(unittest.TestCase):
    def setUp(self):
        self.safety = ForkSafety(LIMIT)

    def overdue(self, current, phase=TO_SERVE, since=0.0, now=99.0, has_stacks=True, package="numpy"):
        return self.safety.on_overdue(current, phase, since, now, has_stacks, blame(package))

    def test_the_first_worker_of_a_template_is_looked_at_again(self):
        actions = self.safety.on_started(probe(booting()), 10.0)
        self.assertEqual(later(actions), [(LIMIT + MARGIN_SECONDS, "check_probe")])

    def test_a_worker_of_a_proven_template_is_not(self):
        self.assertEqual(self.safety.on_started(booting(), 10.0), [])

    def test_one_that_hangs_in_its_boot_is_compared_with_one_without_libraries(self):
        self.assertEqual(kinds(self.overdue(probe(booting()))), ["start_control"])
        self.assertEqual((self.safety.suspect.reason, self.safety.suspect.must_reach), (HANGS, TO_SERVE))

    def test_one_that_serves_by_now_did_not_hang(self):
        """Race: it began to serve after the timer was set."""
        self.assertEqual(self.overdue(probe(worker(Serving()))), [])

    def test_one_that_has_answered_did_not_hang(self):
        current = probe(worker(Serving()))
        current.first_request.is_answered = True
        self.assertEqual(self.overdue(current, TO_ANSWER), [])

    def test_a_request_that_hangs_outside_of_the_libraries_is_the_programs_own(self):
        self.assertEqual(self.overdue(probe(worker(Serving())), TO_ANSWER, package=None), [])

    def test_a_request_that_hangs_in_a_library_is_not(self):
        actions = self.overdue(probe(worker(Serving())), TO_ANSWER)
        self.assertEqual(kinds(actions), ["start_control"])
        self.assertEqual(self.safety.suspect.must_reach, TO_ANSWER)

    def test_a_limit_that_has_grown_meanwhile_is_waited_for(self):
        """Race: a former worker has shown that it takes its time after the timer was set."""
        self.safety.slowest = 4.0
        actions = self.overdue(probe(booting()), since=0.0, now=6.0)
        self.assertEqual(later(actions), [(6.0 + MARGIN_SECONDS, "check_probe")])

    def test_stacks_that_are_not_written_yet_are_waited_for(self):
        """Race: the thread that writes them is late on a busy machine."""
        self.assertEqual(later(self.overdue(probe(booting()), has_stacks=False)), [(MARGIN_SECONDS, "check_probe")])

    def test_an_answer_proves_the_template(self):
        current = probe(worker(Serving()))
        actions = self.safety.on_first_response(current, 11.0)
        self.assertEqual(kinds(actions), ["end_probe"])
        self.assertTrue(current.template.is_proven)


class ExitTest(unittest.TestCase):
    def setUp(self):
        self.safety = ForkSafety(LIMIT)

    def test_a_crash_is_put_down_to_the_fork_for_now(self):
        gone = probe(exited(booting().state, SIGSEGV))
        self.assertEqual(kinds(self.safety.on_exit(gone, blame("numpy"))), ["start_control"])
        self.assertEqual((self.safety.suspect.package, self.safety.suspect.reason), ("numpy", CRASHES))

    def test_an_exception_in_a_library_too(self):
        gone = probe(exited(booting().state))
        gone.program_end = {"package": "numpy"}
        self.assertEqual(kinds(self.safety.on_exit(gone, blame(None))), ["start_control"])
        self.assertEqual(self.safety.suspect.reason, FAILS)

    def test_an_exception_in_what_the_template_did_not_load_is_the_programs_own(self):
        gone = probe(exited(booting().state))
        gone.program_end = {"package": "requests"}
        self.assertEqual(self.safety.on_exit(gone, blame(None)), [])

    def test_a_kill_from_outside_is_no_sign_of_a_fork(self):
        self.assertEqual(self.safety.on_exit(probe(exited(booting().state, SIGKILL)), blame("numpy")), [])

    def test_after_its_first_answer_a_crash_is_the_programs_own(self):
        gone = probe(exited(Serving(), SIGSEGV))
        gone.first_request.is_answered = True
        self.assertEqual(self.safety.on_exit(gone, blame("numpy")), [])

    def test_a_worker_without_libraries_cannot_blame_them(self):
        self.assertEqual(self.safety.on_exit(exited(booting().state, SIGSEGV), blame("numpy")), [])


class ControlTest(unittest.TestCase):
    """The worker without libraries decides."""

    def setUp(self):
        self.safety = ForkSafety(LIMIT)
        self.control = booting(number=2)

    def suspect(self, package="numpy", phase=TO_SERVE):
        current = probe(booting() if phase == TO_SERVE else worker(Serving()))
        self.safety.on_overdue(current, phase, 0.0, 99.0, True, blame(package))
        self.safety.on_control_started(self.control)

    def test_does_it_better_and_the_library_is_left_out(self):
        self.suspect()
        actions = self.safety.on_serving(self.control, 1.0)
        self.assertEqual(of(actions, "leave_out"), {"kind": "leave_out", "package": "numpy", "why": HANGS})

    def test_only_once(self):
        self.suspect()
        self.safety.on_serving(self.control, 1.0)
        self.assertEqual(self.safety.on_serving(self.control, 1.0), [])

    def test_is_as_slow_without_a_fork(self):
        """Race: a machine under load is slow for both."""
        self.suspect()
        self.assertEqual(self.safety.on_serving(self.control, LIMIT + 1), [])
        self.assertEqual(self.safety.limit(), 3 * (LIMIT + 1))

    def test_does_the_same_without_libraries(self):
        self.suspect()
        self.control.state = exited(self.control.state, SIGSEGV).state
        self.assertEqual(self.safety.on_exit(self.control, blame("numpy")), [])
        self.assertIsNone(self.safety.control_worker)

    def test_has_to_answer_where_the_suspect_did_not(self):
        self.suspect(phase=TO_ANSWER)
        self.assertEqual(self.safety.on_serving(self.control, 1.0), [])
        self.assertIn("leave_out", kinds(self.safety.on_first_response(self.control, 1.0)))

    def test_where_no_library_can_be_named_none_is_preloaded(self):
        self.suspect(package=None)
        self.assertEqual(kinds(self.safety.on_serving(self.control, 1.0)), ["stop_preloading"])

    def test_another_worker_decides_nothing(self):
        """Race: a save replaces the control worker before it has served."""
        self.suspect()
        self.assertEqual(self.safety.on_serving(booting(number=3), 1.0), [])


class SlowTest(unittest.TestCase):
    def test_a_stream_as_the_first_answer_does_not_stretch_the_limit_for_ever(self):
        safety, streaming = ForkSafety(LIMIT), worker(Serving())
        safety.on_first_request(streaming, 0.0)
        safety.on_first_response(streaming, 600.0)
        self.assertEqual(safety.limit(), 30.0)

    def test_a_boot_that_takes_minutes_does(self):
        safety = ForkSafety(LIMIT)
        safety.on_serving(booting(), 60.0)
        self.assertEqual(safety.limit(), 180.0)

    def test_what_a_fork_needed_says_nothing_of_the_program(self):
        safety = ForkSafety(LIMIT)
        safety.on_serving(probe(booting()), 60.0)
        self.assertEqual(safety.limit(), LIMIT)
