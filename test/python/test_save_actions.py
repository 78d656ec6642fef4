import tempfile
import types
import unittest

from _devpm_prefork.supervisor.policies import Policies
from _devpm_prefork.supervisor.save_actions import SaveActions
from _devpm_prefork.supervisor.worker_handle import Serving
from support import booting, kinds, later, retiring, save, worker

OPTIONS = types.SimpleNamespace(probe=5.0, preload=True)
TIMES = {"forked": 1.0, "imported": 2.0, "answering": 3.0, "spent": {}}
MADE = "/app/made.json"


class SaveActionsTest(unittest.TestCase):
    def setUp(self):
        self.now = 10.0
        self.policies = Policies(OPTIONS, "backend", [], {})
        self.workers = types.SimpleNamespace(current=None)
        self.performed = []
        self.actions = SaveActions(self.workers, self.policies, lambda: self.now, self.performed.extend)

    def noted(self, current, made=None):
        self.workers.current = current
        self.performed.clear()
        self.actions.do_note_serving(made or current, TIMES, 0.1, set())
        return kinds(self.performed)

    def served_after_a_pause(self):
        boot_writes = self.policies.boot_writes
        for number in range(1, 5):
            boot_writes.on_start()
            boot_writes.is_own(save(MADE), number, booting(number=number, cause=save(MADE)), self.now)
        self.assertIn(MADE, boot_writes.waiting)
        boot_writes.on_start()
        return worker(Serving(since=self.now), number=5, cause=save(MADE))

    def test_what_serves_a_save_is_reported_at_once(self):
        self.assertEqual(self.noted(worker(Serving(since=self.now), cause=save())), ["report_after_response"])

    def test_after_a_pause_it_is_reported_once_it_has_not_written_the_file_itself(self):
        made = self.served_after_a_pause()
        self.assertEqual((self.noted(made), later(self.performed)), (["after"], [(1.0, "note_serving")]))
        self.now += 1.0
        self.assertEqual(self.noted(made), ["report_after_response"])

    def test_from_then_on_it_is_what_answers(self):
        made = self.served_after_a_pause()
        self.noted(made)
        self.assertFalse(made.state.is_reported)
        self.now += 1.0
        self.noted(made)
        self.assertTrue(made.state.is_reported)

    def test_what_is_gone_is_missed_until_it_was_looked_at_again(self):
        self.workers.current = worker(Serving(since=0.0), files=["/app/a.py", "/app/sub/b.py"])
        self.actions.note_vanished("/app/sub")
        self.actions.note_vanished("/app/other.py")
        self.assertEqual(later(self.performed), [(0.1, "look_again")])
        self.assertEqual(self.actions.vanished, 1)
        self.actions.do_look_again("/app/sub/b.py")
        self.assertEqual(self.actions.vanished, 0)

    def test_a_save_at_rest_of_what_is_loaded_breaks_the_row_of_an_apps_own_writes(self):
        self.served_after_a_pause()
        rows = self.policies.boot_writes.rows
        for since, left in ((self.now - 0.5, [MADE]), (self.now - 2.0, [])):
            self.workers.current = worker(Serving(since=since), files=[MADE])
            self.actions.saved(MADE)
            self.assertEqual(list(rows), left)

    def test_what_the_app_opened_for_writing_is_its_own_save_and_named_once(self):
        self.workers.current = worker(Serving(since=1.0))
        own_saves = self.policies.own_saves
        for path in (MADE, MADE, "/app/other.py", MADE, MADE):
            self.now += 5.0
            self.actions.saved(path)
        self.assertEqual(own_saves.on_serving(self.workers.current), [])
        self.actions.saved(MADE)
        [asked] = own_saves.on_serving(self.workers.current)
        self.assertEqual(asked["message"], {"kind": "report_writes", "paths": [MADE]})
        self.performed.clear()
        for _ in range(2):
            self.now += 5.0
            own_saves.opened[MADE] = self.now
            self.actions.saved(MADE)
        self.assertEqual(kinds(self.performed), ["notice"])
        self.assertIn(MADE, self.policies.boot_writes.unread)
        # nothing of the app has opened it: a person's
        self.now += 5.0
        self.actions.saved(MADE)
        self.assertIn("reload_at_end", kinds(self.performed))

    def test_what_a_worker_that_begins_is_not_begun_again_for_is_kept(self):
        with tempfile.NamedTemporaryFile(suffix=".json") as made:
            self.workers.current = booting(number=1)
            self.actions.saved(made.name)
            self.assertIsNone(self.workers.current.state.passed_over)
            self.workers.current = booting(number=2)
            self.actions.saved(made.name)
            self.assertEqual(self.workers.current.state.passed_over, made.name)

    def test_what_is_outdated_by_then_is_not_reported(self):
        made = self.served_after_a_pause()
        self.assertEqual(self.noted(None, made), [])
        self.assertEqual(self.noted(retiring(cause=save(MADE))), [])


if __name__ == "__main__":
    unittest.main()
