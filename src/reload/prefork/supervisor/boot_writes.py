"""Files that the app itself writes while it begins: their saves must not reload it again and again.

Only files that no worker has loaded: of a loaded one it is known what was read. The kernel does not tell what has
written a file, and a person who saves at the pace of a slow start looks like the app. So after a few saves in a row the
next reload waits for a pause, longer than these saves were apart: a person saves in it, and the app, which is at rest,
does not. Only what is written again by the starts after two such pauses is the app's own. Until it is known, the
reload is under way: the last save never counts as live before a worker has begun after it. Nor does a start after such
a pause before it is over: who waits for it to save again would look like the app.

Pure; times are seconds of the supervisor's clock.
"""

from ..shared.paths import display_path
from .actions import Action

# After it serves, what it does at its start may go on for so long.
BEGINNING_SECONDS = 1.0
# Saves in a row, each while the worker began that the one before had caused: so many reload at once, so many after a
# pause.
AT_ONCE, AFTER_PAUSE = 3, 2
SHORTEST_PAUSE, LONGEST_PAUSE = 1.0, 10.0


class Row:
    """Workers in a row that a save of one file began, and in whose beginning it was saved in turn."""

    __slots__ = ("count", "gap", "number", "saved_at")

    def __init__(self, number, now):
        self.count = 0
        # the last worker in whose beginning it was saved, and when
        self.number = number
        self.saved_at = now
        # the longest time between two saves
        self.gap = 0.0

    def add(self, number, now):
        if self.count < AT_ONCE:
            self.gap = max(self.gap, now - self.saved_at)
        # a worker counts once, however often the file is saved meanwhile
        self.count += number != self.number
        self.number, self.saved_at = number, now

    @property
    def quiet_at(self):
        return self.saved_at + min(max(SHORTEST_PAUSE, 2 * self.gap), LONGEST_PAUSE)


class BootWrites:
    def __init__(self):
        # path → what it held when it was last saved
        self.contents = {}
        self.rows = {}
        self.own, self.reported = set(), set()
        # path → the cause of the reload that waits for a pause
        self.waiting = {}
        # path → what it held when the current worker began; those that differ now, and do not reload
        self.at_start = {}
        self.unread = set()
        self.is_timed = False
        # the worker in whose beginning something was saved last; what was saved then, and in the one before it
        self.number = None
        self.saved, self.saved_before = set(), set()

    def is_own(self, cause, content, worker, now, is_due=False):
        """Whether this save is no reason to reload at once. `content`: a digest, None where there is no file any more;
        `is_due`: between two workers, the former of which may still write.
        """
        path = cause.file
        former, self.contents[path] = self.contents.get(path), content
        at_start = self.at_start.setdefault(path, former)
        is_own = self.is_passed_over(cause, content, former, worker, now, is_due)
        (self.unread.add if is_own and content != at_start else self.unread.discard)(path)
        return is_own

    def is_passed_over(self, cause, content, former, worker, now, is_due):
        path = cause.file
        if worker is None and is_due:
            return False
        if worker is None or not is_beginning(worker, now):
            self.rows.pop(path, None)
            self.waiting.pop(path, None)
            return False
        # once is no proof: a person may have put back what it held, after the worker read something else
        is_again = self.is_again(path, worker.number)
        if path in self.own or (is_again and content is not None and content == former):
            return True
        return self.is_suspect(cause, worker, now)

    def is_again(self, path, number):
        """Whether it was also saved while an earlier worker began."""
        if number != self.number:
            self.number = number
            self.saved, self.saved_before = set(), self.saved
        self.saved.add(path)
        return path in self.saved_before

    def is_suspect(self, cause, worker, now):
        path = cause.file
        row = self.rows.get(path)
        is_next = worker.cause is not None and worker.cause.file == path
        if row is None or not (is_next or worker.number == row.number):
            row = self.rows[path] = Row(None if is_next else worker.number, now)
        row.add(worker.number, now)
        if row.count >= AT_ONCE + AFTER_PAUSE:
            self.own.add(path)
        elif row.count >= AT_ONCE:
            self.waiting[path] = cause
        return row.count >= AT_ONCE

    def note_loaded(self, path, worker, now):
        """A save of what the worker has loaded: at rest it breaks the row that the starts before may have begun."""
        if not is_beginning(worker, now):
            self.rows.pop(path, None)
            self.waiting.pop(path, None)

    def note(self, path, now):
        """After a save: what follows from it."""
        if path in self.own and path not in self.reported:
            self.reported.add(path)
            text = f"{display_path(path)} is written by the app itself while it starts: that does not reload it"
            return [Action.notice(text=text)]
        if path in self.waiting and not self.is_timed:
            self.is_timed = True
            return [Action.after(seconds=self.rows[path].quiet_at - now, action=Action.end_pause())]
        return []

    def on_pause_end(self, now):
        """(the cause of the reload that is due, actions)."""
        self.is_timed = False
        if not self.waiting:
            return None, []
        path = max(self.waiting, key=lambda one: self.rows[one].quiet_at)
        left = self.rows[path].quiet_at - now
        if left > 0:
            self.is_timed = True
            return None, [Action.after(seconds=left, action=Action.end_pause())]
        return self.waiting[path], []

    def doubtful_seconds(self, worker, now):
        """How long it is not known yet whether this worker, which serves, writes again what began it."""
        path = worker.cause and worker.cause.file
        row = self.rows.get(path)
        if row is None or row.count < AT_ONCE or row.number == worker.number or path in self.own:
            return 0.0
        return max(0.0, worker.state.since + BEGINNING_SECONDS - now)

    def on_start(self):
        """The worker that begins now reads what was saved."""
        self.waiting.clear()
        self.at_start.clear()
        self.unread.clear()


def is_beginning(worker, now):
    return worker.is_booting or (worker.is_serving and now - worker.state.since < BEGINNING_SECONDS)
