"""Performs what concerns a save that may be the app's own writing: until that is known its reload is under way."""

from ..shared.file_state import digest, is_same
from .cause import cause_of


class OwnWriteActions:
    def __init__(self, workers, policies, clock, perform):
        self.workers = workers
        self.policies = policies
        self.clock = clock
        self.perform = perform

    def is_own(self, path):
        """Whether this save is no reason to reload at once."""
        own_writes, cause, now = self.policies.own_writes, cause_of(path), self.clock()
        is_due = self.policies.reload.is_waiting
        is_own = own_writes.is_own(cause, digest(path), self.workers.current, now, is_due)
        self.perform(own_writes.note(path, now))
        if path in own_writes.waiting:
            self.perform(self.policies.reload.report(cause))
        return is_own

    def do_end_pause(self):
        cause, actions = self.policies.own_writes.on_pause_end(self.clock())
        self.perform(actions)
        if cause is not None:
            # it may have read the file
            self.workers.do_drop_standby()
            self.perform(self.policies.reload.on_order(cause))

    def do_note_serving(self, worker, times, seconds, saved):
        """Where it has not read what was saved while it began, the reload goes on: nothing is reported as live."""
        is_read = all(path in worker.files and is_same(path, worker.files[path]) for path in saved)
        if is_read and not self.policies.own_writes.waiting:
            self.perform([self.policies.timing.serving(worker, times, seconds)])
