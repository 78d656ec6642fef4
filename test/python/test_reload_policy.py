import unittest

from _devpm_prefork.supervisor.reload_policy import (
    LONGEST_SECONDS,
    QUIET_SECONDS,
    ReloadPolicy,
    on_vanished,
    unnoted_save,
)
from _devpm_prefork.supervisor.reload_timing import ReloadTiming
from support import booting, kinds, of, save, worker


class SaveTest(unittest.TestCase):
    def setUp(self):
        self.policy = ReloadPolicy(ReloadTiming())

    def test_the_first_save_of_a_burst_reloads_at_once(self):
        cause = save()
        actions = self.policy.on_save(cause, worker(), 10.0)
        self.assertEqual(kinds(actions), ["reload_at_end", "replace_worker", "report_with_next", "check_interpreter"])
        self.assertIs(of(actions, "replace_worker")["cause"], cause)

    def test_the_second_save_of_a_burst_retires_what_runs_and_waits_for_quiet(self):
        """Race: the second save comes before the first one's worker serves, or just after."""
        self.policy.on_save(save(), worker(), 10.0)
        actions = self.policy.on_save(save(), worker(), 10.05)
        self.assertEqual(kinds(actions), ["hide_page", "retire_current", "reload_at_end"])
        self.assertAlmostEqual(of(actions, "reload_at_end")["seconds"], QUIET_SECONDS)

    def test_a_burst_is_two_reloads_however_many_saves_it_has(self):
        now, reloads = 10.0, 0
        for _ in range(30):
            reloads += "replace_worker" in kinds(self.policy.on_save(save(), worker(), now))
            now += 0.02
        self.assertEqual(reloads, 1)
        self.assertTrue(self.policy.is_waiting)
        self.policy.reload()
        self.assertFalse(self.policy.is_waiting)

    def test_a_burst_that_never_ends_reloads_within_its_bound(self):
        self.policy.on_save(save(), worker(), 10.0)
        now, due = 10.0, None
        while now < 12.0:
            now += 0.05
            actions = self.policy.on_save(save(), worker(), now)
            due = now + of(actions, "reload_at_end")["seconds"]
            if due <= now:
                break
        self.assertLessEqual(due, 10.05 + LONGEST_SECONDS + 0.001)

    def test_while_the_end_of_a_burst_is_due_no_save_reloads_at_once(self):
        """Race: a save after the quiet time, but before the timer has run, would reload twice."""
        self.policy.on_save(save(), worker(), 10.0)
        self.policy.on_save(save(), worker(), 10.05)
        self.assertNotIn("replace_worker", kinds(self.policy.on_save(save(), worker(), 10.4)))

    def test_a_save_during_a_boot_asks_the_worker_what_it_has_read(self):
        """Race: the file was read just before or just after it was saved: only the worker knows."""
        current = booting()
        actions = self.policy.on_save(save("/app/new.py"), current, 10.0)
        self.assertEqual([action["message"]["kind"] for action in actions], ["report_files"])
        self.assertEqual(current.state.saved_meanwhile, {"/app/new.py"})

    def test_a_save_during_a_boot_that_only_does_not_listen_yet_begins_it_again(self):
        current = booting()
        current.state.is_settled = True
        self.assertIn("replace_worker", kinds(self.policy.on_save(save("/app/new.py"), current, 10.0)))
        self.assertEqual(current.state.saved_meanwhile, set())

    def test_a_file_that_was_not_loaded_makes_the_structure_differ_until_a_worker_began(self):
        """Race: a standby has looked for modules before this file was there."""
        self.policy.on_save(save("/app/other.py"), worker(files=["/app/routes.py"]), 10.0)
        self.assertTrue(self.policy.structure_changed)
        self.policy.on_save(save("/app/routes.py"), worker(files=["/app/routes.py"]), 11.0)
        self.assertTrue(self.policy.structure_changed)
        self.policy.on_replaced()
        self.assertFalse(self.policy.structure_changed)

    def test_without_a_worker_any_save_may_change_the_structure(self):
        self.policy.on_save(save(), None, 10.0)
        self.assertTrue(self.policy.structure_changed)

    def test_what_runs_and_is_stale_waits_for_half_a_quiet_time_at_least(self):
        actions = self.policy.on_stale(10.0, save())
        self.assertAlmostEqual(of(actions, "reload_at_end")["seconds"], QUIET_SECONDS / 2)
        self.assertIn("retire_current", kinds(actions))

    def test_a_stale_worker_keeps_the_cause_that_is_known(self):
        cause = save()
        self.policy.on_save(cause, worker(), 10.0)
        self.policy.on_stale(10.5)
        self.assertIs(of(self.policy.reload(), "replace_worker")["cause"], cause)

    def test_a_reload_is_reported_once_until_a_worker_serves(self):
        reported = self.policy.on_save(save(), worker(), 10.0) + self.policy.on_save(save(), worker(), 10.05)
        self.assertEqual(kinds(reported).count("report_with_next"), 1)

    def test_what_was_no_write_of_the_app_reloads_after_the_pause(self):
        self.policy.on_save(save(), worker(), 10.0)
        actions = self.policy.on_pause_end(save("/app/made.json"))
        self.assertEqual(of(actions, "replace_worker")["cause"].file, "/app/made.json")


class VanishedTest(unittest.TestCase):
    def test_an_editor_may_put_it_back(self):
        actions = on_vanished("/app/a.py", worker(files=["/app/a.py", "/app/b.py"]))
        self.assertEqual([action["action"]["path"] for action in actions], ["/app/a.py"])
        self.assertEqual(actions[0]["seconds"], QUIET_SECONDS)

    def test_a_folder_takes_its_files_along(self):
        actions = on_vanished("/app/sub", worker(files=["/app/sub/a.py", "/app/subway.py"]))
        self.assertEqual([action["action"]["path"] for action in actions], ["/app/sub/a.py"])

    def test_without_a_worker_nothing_is_missed(self):
        self.assertEqual(on_vanished("/app/a.py", None), [])


class UnnotedSaveTest(unittest.TestCase):
    def test_what_the_worker_has_noted_is_compared_instead(self):
        current = booting(saved=["/app/a.py"], files=["/app/a.py"])
        self.assertIsNone(unnoted_save(current, current.state))

    def test_a_file_read_in_another_way_counts_as_read_before_its_save(self):
        """Race: `open("rules.json")` while booting leaves no note."""
        current = booting(saved=["/app/a.json"], files=["/app/a.py"])
        self.assertEqual(unnoted_save(current, current.state), "/app/a.json")
