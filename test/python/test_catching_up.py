"""When the engine is told that what was saved so far is what answers."""

import types
import unittest

from _devpm_prefork.supervisor.catching_up import CatchingUp
from _devpm_prefork.supervisor.policies import Policies
from _devpm_prefork.supervisor.worker_handle import Serving
from support import booting, save, worker

OPTIONS = types.SimpleNamespace(probe=5.0, preload=True)
MADE = "/app/made.json"


class Engine:
    asked = answered = 0

    def __init__(self):
        self.sent = []

    def send(self, what, **fields):
        self.sent.append((what, fields["asked"], fields["unread"]))


class CatchingUpTest(unittest.TestCase):
    def setUp(self):
        self.policies = Policies(OPTIONS, "backend", [], {})
        self.workers = types.SimpleNamespace(current=worker(Serving(since=1.0)))
        self.workers.current.state.is_reported = True
        self.watcher = types.SimpleNamespace(is_cold=False, walks=False, is_walking=lambda: self.watcher.walks)
        self.prompts = types.SimpleNamespace(due=None)
        self.saves = types.SimpleNamespace(vanished=0, is_read=lambda path: path in self.workers.current.files)
        self.engine = Engine()
        parts = (self.workers, self.policies, self.watcher, self.prompts, self.saves, self.engine)
        self.catching_up = CatchingUp(*parts)

    def become(self, current):
        self.workers.current = current

    def answered(self):
        self.engine.sent.clear()
        self.catching_up.answer()
        return [asked for _, asked, _ in self.engine.sent]

    def waits_for(self, change, undo):
        """While this is so nothing is answered; then it is, once."""
        self.engine.asked += 1
        change()
        self.assertEqual(self.answered(), [])
        undo()
        self.assertEqual(self.answered(), [self.engine.asked])
        self.assertEqual(self.answered(), [])

    def test_nothing_is_said_unasked(self):
        self.assertEqual(self.answered(), [])

    def test_at_rest_all_questions_are_answered_at_once_and_together(self):
        self.engine.asked = 3
        self.catching_up.answer()
        self.assertEqual(self.engine.sent, [("caught_up", 3, [])])

    def test_what_serves_and_was_not_reported_may_have_to_begin_again(self):
        state = self.workers.current.state
        self.waits_for(lambda: setattr(state, "is_reported", False), lambda: setattr(state, "is_reported", True))

    def test_one_that_begins_is_waited_for(self):
        serving = self.workers.current
        self.waits_for(lambda: self.become(booting()), lambda: self.become(serving))

    def test_a_reload_that_is_due_is_waited_for(self):
        self.waits_for(
            lambda: self.policies.reload.on_stale(10.0, save()),
            lambda: self.policies.reload.reload(),
        )

    def test_a_pause_is_waited_for(self):
        waiting = self.policies.boot_writes.waiting
        self.waits_for(lambda: waiting.update({MADE: save(MADE)}), lambda: waiting.clear())

    def test_a_prompt_a_new_folder_what_is_gone_and_a_restart_are_waited_for(self):
        for part, name, value in (
            (self.prompts, "due", (save(), 1.0)),
            (self.watcher, "walks", True),
            (self.saves, "vanished", 1),
            (self.watcher, "is_cold", True),
        ):
            former = getattr(part, name)
            self.waits_for(
                lambda part=part, name=name, value=value: setattr(part, name, value),
                lambda part=part, name=name, former=former: setattr(part, name, former),
            )

    def test_no_worker_is_the_answer_only_where_it_has_crashed(self):
        self.workers.current = None
        self.waits_for(lambda: None, lambda: setattr(self.policies.crash, "crash", object()))

    def test_what_the_app_writes_itself_is_named(self):
        self.engine.asked = 1
        self.policies.boot_writes.unread.add(MADE)
        self.catching_up.answer()
        self.assertEqual(self.engine.sent, [("caught_up", 1, [MADE])])

    def test_what_it_writes_and_then_imports_is_read(self):
        self.engine.asked = 1
        self.policies.boot_writes.unread.add(MADE)
        self.workers.current.files[MADE] = [1, 2, 3, 4]
        self.catching_up.answer()
        self.assertEqual(self.engine.sent, [("caught_up", 1, [])])


if __name__ == "__main__":
    unittest.main()
