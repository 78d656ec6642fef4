import unittest

from _devpm_prefork.supervisor.boot_writes import BootWrites
from _devpm_prefork.supervisor.worker_handle import Serving
from support import booting, kinds, later, of, save, worker

MADE = "/app/made.py"


class BootWritesTest(unittest.TestCase):
    def setUp(self):
        self.writes = BootWrites()
        self.number = 1

    def starts_by(self, path):
        """A worker that was begun because of this save."""
        self.number += 1
        self.writes.on_start()
        return booting(number=self.number, cause=save(path))

    def own(self, worker, content, path=MADE, now=10.0, is_due=False):
        return self.writes.is_own(save(path), content, worker, now, is_due)

    def a_row(self, times, gap=1.2):
        """Saved again while each of so many starts that it caused goes on. Returns when it was saved last."""
        now = 10.0
        self.own(booting(cause=save("/app/routes.py")), 0, now=now)
        for content in range(1, times + 1):
            now += gap
            self.own(self.starts_by(MADE), content, now=now)
        return now

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

    def test_content_that_always_differs_ends_after_three_in_a_row_and_two_pauses_and_that_is_told_once(self):
        seen, told = [self.own(booting(cause=save("/app/routes.py")), 0)], []
        for content in range(1, 7):
            seen.append(self.own(self.starts_by(MADE), content))
            told.append(kinds(self.writes.note(MADE, 10.0)))
            if told[-1] == ["after"]:
                cause, _ = self.writes.on_pause_end(99.0)
                self.assertEqual(cause.file, MADE)
        self.assertEqual(seen, [False, False, False, True, True, True, True])
        self.assertEqual(told, [[], [], ["after"], ["after"], ["notice"], []])

    def test_the_notice_names_it(self):
        self.a_row(5)
        text = of(self.writes.note(MADE, 10.0), "notice")["text"]
        self.assertIn("made.py is written by the app itself", text)

    def test_the_pause_is_longer_than_the_saves_were_apart_and_each_save_prolongs_it(self):
        last = self.a_row(3)
        self.assertEqual(later(self.writes.note(MADE, last)), [(2.4, "end_pause")])
        # one timer, whatever is saved meanwhile
        self.own(worker(Serving(since=last), number=self.number, cause=save(MADE)), "x", now=last + 0.5)
        self.assertEqual(self.writes.note(MADE, last + 0.5), [])
        cause, actions = self.writes.on_pause_end(last + 2.4)
        self.assertEqual((cause, later(actions)), (None, [(0.5, "end_pause")]))
        cause, actions = self.writes.on_pause_end(last + 2.9)
        self.assertEqual((cause.file, actions), (MADE, []))

    def test_a_person_who_saves_in_the_pause_has_it_reloaded_at_once(self):
        last = self.a_row(3)
        self.assertIn(MADE, self.writes.waiting)
        at_rest = worker(Serving(since=last), number=self.number)
        self.assertFalse(self.own(at_rest, "x", now=last + 1.5))
        self.assertEqual((self.writes.waiting, self.writes.on_pause_end(last + 9.0)), ({}, (None, [])))
        # and what was counted so far proves nothing any more
        self.assertFalse(self.own(self.starts_by(MADE), "y", now=last + 2.0))

    def test_what_is_not_written_again_after_the_pause_is_a_persons(self):
        """One save every 1.2 s of an app that takes 1.5 s to start: the last one is read, and so is the next."""
        last = self.a_row(3)
        self.assertEqual(self.writes.on_pause_end(last + 2.4)[0].file, MADE)
        self.starts_by(MADE)
        self.assertEqual(self.writes.waiting, {})
        self.assertFalse(self.own(worker(Serving(since=last), number=self.number), "x", now=last + 60))

    def test_a_person_who_saves_when_a_reload_is_reported_is_never_taken_for_the_app(self):
        """As a script does: save, `devpm wait`, save again, however fast the app starts."""
        now, waited = 10.0, []
        self.own(booting(cause=save("/app/routes.py")), 0, now=now)
        for content in range(1, 13):
            begun = self.starts_by(MADE)
            begun.state = Serving(since=now)
            doubtful = self.writes.doubtful_seconds(begun, now)
            waited.append(doubtful)
            now += doubtful + 0.1
            if self.own(begun, content, now=now):
                self.assertIn(MADE, self.writes.waiting)
                now = self.writes.rows[MADE].quiet_at
                self.assertEqual(self.writes.on_pause_end(now)[0].file, MADE)
        self.assertEqual((self.writes.own, max(waited)), (set(), 1.0))

    def test_a_start_after_a_pause_is_in_doubt_until_its_beginning_is_over_or_it_has_written(self):
        self.a_row(3)
        begun = self.starts_by(MADE)
        begun.state = Serving(since=20.0)
        seconds = [self.writes.doubtful_seconds(begun, now) for now in (20.0, 20.75, 21.0)]
        self.assertEqual(seconds, [1.0, 0.25, 0.0])
        self.own(begun, "x", now=20.5)
        self.assertEqual((self.writes.doubtful_seconds(begun, 20.5), MADE in self.writes.waiting), (0.0, True))
        self.assertEqual(self.writes.doubtful_seconds(worker(Serving(since=20.0)), 20.0), 0.0)

    def test_several_saves_during_one_start_count_once(self):
        self.own(booting(cause=save("/app/routes.py")), 0)
        begun = self.starts_by(MADE)
        self.assertEqual([self.own(begun, content) for content in range(1, 7)], [False] * 6)

    def test_what_a_retired_worker_writes_before_the_next_one_begins_does_not_break_the_row(self):
        self.a_row(2)
        self.assertFalse(self.own(None, "x", is_due=True))
        self.assertTrue(self.own(self.starts_by(MADE), "y"))

    def test_a_save_after_a_crash_does(self):
        self.a_row(2)
        self.assertFalse(self.own(None, "x"))
        self.assertFalse(self.own(self.starts_by(MADE), "y"))

    def test_a_save_at_rest_of_what_is_loaded_does(self):
        last = self.a_row(2)
        self.writes.note_loaded(MADE, worker(Serving(since=last), number=self.number), last + 5)
        self.assertFalse(self.own(self.starts_by(MADE), "y", now=last + 6))

    def test_one_of_what_is_loaded_while_a_worker_begins_does_not(self):
        last = self.a_row(2)
        self.writes.note_loaded(MADE, worker(Serving(since=last), number=self.number), last + 0.5)
        self.assertTrue(self.own(self.starts_by(MADE), "y", now=last + 1))

    def test_what_it_does_not_read_of_its_own_is_known_until_the_next_worker_begins(self):
        self.a_row(5)
        self.assertEqual((self.writes.own, self.writes.unread), ({MADE}, {MADE}))
        self.starts_by(MADE)
        self.assertEqual(self.writes.unread, set())

    def test_the_same_content_again_leaves_nothing_unread(self):
        self.own(booting(), 1)
        self.assertTrue(self.own(self.starts_by(MADE), 1))
        self.assertEqual(self.writes.unread, set())

    def test_what_it_writes_twice_is_compared_with_what_was_there_when_it_began(self):
        self.a_row(5)
        began = self.starts_by("/app/routes.py")
        for content, unread in (("x", {MADE}), ("x", {MADE}), (5, set())):
            self.assertTrue(self.own(began, content))
            self.assertEqual(self.writes.unread, unread)

    def test_a_save_at_rest_of_what_is_loaded_ends_its_pause(self):
        last = self.a_row(3)
        self.writes.note_loaded(MADE, worker(Serving(since=last), number=self.number), last + 1.5)
        self.assertEqual(self.writes.on_pause_end(last + 2.4), (None, []))

    def test_other_saves_between_break_the_row(self):
        self.own(booting(), 0)
        for content in range(1, 9):
            path = MADE if content % 2 else "/app/routes.py"
            self.assertFalse(self.own(self.starts_by(path), content), content)
        self.assertEqual(self.writes.note(MADE, 10.0), [])

    def test_a_person_may_still_save_it_at_rest(self):
        for content in range(5):
            self.own(self.starts_by(MADE), content)
            self.writes.note(MADE, 10.0)
        self.assertFalse(self.own(worker(Serving(since=1.0)), 99))

    def test_what_was_removed_is_never_its_own(self):
        self.own(booting(), None)
        self.assertFalse(self.own(booting(), None))

    def test_without_a_worker_every_save_counts(self):
        self.own(booting(), 1)
        self.assertFalse(self.own(None, 1))


if __name__ == "__main__":
    unittest.main()
