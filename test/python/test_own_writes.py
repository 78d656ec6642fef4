import unittest

from _devpm_prefork.supervisor.own_writes import OwnWrites
from _devpm_prefork.supervisor.worker_handle import Serving
from support import booting, kinds, of, save, worker

MADE = "/app/made.py"


class OwnWritesTest(unittest.TestCase):
    def setUp(self):
        self.writes = OwnWrites()
        self.number = 1

    def starts_by(self, path):
        """A worker that was begun because of this save."""
        self.number += 1
        return booting(number=self.number, cause=save(path))

    def own(self, worker, content, path=MADE, now=10.0):
        return self.writes.is_own(path, content, worker, now)

    def test_the_same_content_again_while_it_begins_is_no_reason_to_reload(self):
        self.assertFalse(self.own(booting(), 1))
        self.assertTrue(self.own(self.starts_by(MADE), 1))
        self.assertFalse(self.own(self.starts_by(MADE), 2))

    def test_a_save_of_the_same_content_at_rest_reloads_as_a_touch_does(self):
        self.assertFalse(self.own(worker(Serving(since=1.0)), 1))
        self.assertFalse(self.own(worker(Serving(since=1.0)), 1))

    def test_it_still_begins_for_a_moment_after_it_serves(self):
        self.own(booting(), 1)
        self.assertTrue(self.own(worker(Serving(since=9.5), number=2), 1))
        self.assertFalse(self.own(worker(Serving(since=8.5), number=2), 1))

    def test_what_a_person_puts_back_while_a_worker_begins_reloads(self):
        # saved as A at rest; then B and A again, so fast that both looks find A: the worker may have read B
        self.own(worker(Serving(since=1.0)), "A")
        self.assertFalse(self.own(booting(number=2, cause=save("/app/routes.py")), "A"))
        self.assertFalse(self.own(booting(number=2, cause=save("/app/routes.py")), "A"))

    def test_several_files_written_at_each_start_cost_one_reload(self):
        made = ["/app/a.py", "/app/b.py", "/app/c.py"]
        self.assertEqual([self.own(booting(number=1), 1, path) for path in made], [False] * 3)
        for number in range(2, 5):
            began = booting(number=number, cause=save(made[-1]))
            self.assertEqual([self.own(began, 1, path) for path in made], [True] * 3)

    def test_content_that_always_differs_ends_after_three_in_a_row_and_that_is_told_once(self):
        seen = [self.own(booting(cause=save("/app/routes.py")), 0)]
        for content in range(1, 5):
            seen.append(self.own(self.starts_by(MADE), content))
            notices = self.writes.note(MADE)
            self.assertEqual(kinds(notices), ["notice"] if content == 3 else [])
            if notices:
                self.assertIn("made.py is written by the app itself", of(notices, "notice")["text"])
        self.assertEqual(seen, [False, False, False, True, True])

    def test_other_saves_between_break_the_row(self):
        self.own(booting(), 0)
        for content in range(1, 9):
            path = MADE if content % 2 else "/app/routes.py"
            self.assertFalse(self.own(self.starts_by(path), content), content)
        self.assertEqual(self.writes.note(MADE), [])

    def test_a_person_may_still_save_it_at_rest(self):
        for content in range(5):
            self.own(self.starts_by(MADE), content)
            self.writes.note(MADE)
        self.assertFalse(self.own(worker(Serving(since=1.0)), 99))

    def test_what_was_removed_is_never_its_own(self):
        self.own(booting(), None)
        self.assertFalse(self.own(booting(), None))

    def test_without_a_worker_every_save_counts(self):
        self.own(booting(), 1)
        self.assertFalse(self.own(None, 1))


if __name__ == "__main__":
    unittest.main()
