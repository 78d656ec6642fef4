"""Performs what concerns a save: whether it reloads, and whether what serves has read it."""

from ..shared.file_state import digest, is_same
from .actions import Action
from .cause import cause_of
from .reload_policy import on_vanished


class SaveActions:
    def __init__(self, workers, policies, clock, perform):
        self.workers = workers
        self.policies = policies
        self.clock = clock
        self.perform = perform
        # how many that are gone are still to be looked at again
        self.vanished = 0

    def saved(self, path):
        current, own_saves = self.workers.current, self.policies.own_saves
        if own_saves.is_own(path, self.clock()):
            self.policies.boot_writes.unread.add(path)
            self.perform(own_saves.note(path))
            return
        is_loaded = self.is_loaded(path)
        is_seen = is_same(path, current.files[path]) if is_loaded else self.is_own_write(path)
        if is_loaded and not is_seen:
            self.policies.boot_writes.note_loaded(path, current, self.clock())
        if not is_seen:
            own_saves.on_reload(path)
            self.perform(self.policies.reload.on_save(cause_of(path), current, self.clock()))

    def is_loaded(self, path):
        return self.workers.current is not None and path in self.workers.current.files

    def is_read(self, path):
        """As it is now."""
        return self.is_loaded(path) and is_same(path, self.workers.current.files[path])

    def is_own_write(self, path):
        """Until it is known whether it may be the app's own, its reload is under way."""
        boot_writes, cause, now = self.policies.boot_writes, cause_of(path), self.clock()
        is_due = self.policies.reload.is_waiting
        is_own = boot_writes.is_own(cause, digest(path), self.workers.current, now, is_due)
        if is_own and self.workers.current.is_booting:
            self.workers.current.state.passed_over = path
        self.perform(boot_writes.note(path, now))
        if path in boot_writes.waiting:
            self.perform(self.policies.reload.report(cause))
        return is_own

    def do_end_pause(self):
        cause, actions = self.policies.boot_writes.on_pause_end(self.clock())
        self.perform(actions)
        if cause is not None:
            # it may have read the file
            self.workers.do_drop_standby()
            self.perform(self.policies.reload.on_pause_end(cause))

    def do_note_save(self, path):
        self.saved(path)

    def note_vanished(self, path):
        looks = on_vanished(path, self.workers.current)
        self.vanished += len(looks)
        self.perform(looks)

    def do_look_again(self, path):
        self.vanished -= 1
        if self.is_loaded(path):
            self.saved(path)

    def do_note_serving(self, worker, times, seconds, saved):
        """Where it has not read what was saved while it began, the reload goes on: nothing is reported as live."""
        boot_writes = self.policies.boot_writes
        is_read = all(path in worker.files and is_same(path, worker.files[path]) for path in saved)
        if not is_read or boot_writes.waiting or worker is not self.workers.current or not worker.is_serving:
            return
        doubtful = boot_writes.doubtful_seconds(worker, self.clock())
        if doubtful > 0:
            again = Action.note_serving(worker=worker, times=times, seconds=seconds, saved=saved)
            self.perform([Action.after(seconds=doubtful, action=again)])
        else:
            worker.state.is_reported = True
            self.perform([self.policies.timing.serving(worker, times, seconds)])
