import unittest

from _devpm_prefork.supervisor.retirement import END_SECONDS, FINISH_SECONDS, on_stopped, steps
from support import booting, kinds, retiring, worker


class Options:
    grace = 3.0
    stream = 0.5


def plan(is_ending=False, has_listeners=True):
    return steps(retiring(), 2, Options, is_ending, has_listeners)


def at(actions):
    """(seconds, what) of the steps that come later."""
    return {
        (
            action["action"]["message"]["everything"]
            if action["action"]["kind"] == "tell"
            else action["action"]["kind"]
        ): (action["seconds"])
        for action in actions
        if action["kind"] == "after"
    }


class StepsTest(unittest.TestCase):
    def test_it_is_told_that_another_worker_follows(self):
        self.assertEqual(plan()[0]["message"], {"kind": "retire", "successor": True})
        self.assertEqual(plan(is_ending=True)[0]["message"], {"kind": "retire", "successor": False})

    def test_its_shutdown_waits_until_the_next_worker_has_had_a_start(self):
        self.assertEqual(kinds(plan())[1:], ["after"] * 5)
        self.assertEqual(at(plan())["finish"], FINISH_SECONDS)

    def test_without_a_listener_the_next_worker_waits_for_its_end(self):
        """Race: the next worker would bind the port that this one still holds."""
        self.assertEqual(kinds(plan(has_listeners=False))[:2], ["tell", "finish"])

    def test_streams_are_cut_before_requests_and_both_before_it_is_killed(self):
        times = at(plan())
        self.assertEqual((times[False], times[True], times["cut_short"]), (0.5, 3.0, 3.0 + END_SECONDS))

    def test_at_the_end_time_is_left_for_its_shutdown(self):
        self.assertEqual(at(plan(is_ending=True))[True], 3.0 - END_SECONDS)


class StoppedTest(unittest.TestCase):
    def test_the_listener_is_free_for_the_next_worker(self):
        old = retiring()
        old.claimed.add(("AF_INET", "127.0.0.1", 80))
        self.assertTrue(old.may_accept)
        self.assertEqual(kinds(on_stopped(old)), ["grant_listeners"])
        self.assertFalse(old.may_accept)

    def test_not_while_processes_that_it_forked_accept(self):
        """Race: gunicorn's workers answer with the old code while the new one has the listener too."""
        old = retiring()
        old.claimed.add(("AF_INET", "127.0.0.1", 80))
        old.state.children_accept = True
        self.assertEqual(on_stopped(old), [])
        self.assertTrue(old.may_accept)

    def test_a_worker_that_was_not_retired_accepts_on(self):
        self.assertEqual(on_stopped(worker()) + on_stopped(booting()), [])
