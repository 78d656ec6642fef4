"""Files that the app itself writes while it begins: their saves must not reload it again and again.

Only files that no worker has loaded: of a loaded one it is known what was read. Pure; times are seconds of the
supervisor's clock.
"""

from ..shared.paths import display_path
from .actions import Action

# After it serves, what it does at its start may go on for so long.
BEGINNING_SECONDS = 1.0
MOST_IN_A_ROW = 3


class OwnWrites:
    def __init__(self):
        # path → what it held when it was last saved
        self.contents = {}
        # path → how many workers in a row were begun because of it, and wrote it in turn
        self.in_a_row = {}
        self.own = set()
        # the worker in whose beginning something was saved last; what was saved then, and in the one before it
        self.number = None
        self.saved, self.saved_before = set(), set()

    def is_own(self, path, content, worker, now):
        """Whether this save is no reason to reload. `content`: a digest, None where there is no file any more."""
        former, self.contents[path] = self.contents.get(path), content
        if worker is None or not is_beginning(worker, now):
            return False
        # once is no proof: a person may have put back what it held, after the worker read something else
        is_again = self.is_again(path, worker.number)
        if path in self.own or (is_again and content is not None and content == former):
            return True
        is_next = worker.cause is not None and worker.cause.file == path
        self.in_a_row[path] = self.in_a_row.get(path, 0) + 1 if is_next else 0
        return self.in_a_row[path] >= MOST_IN_A_ROW

    def is_again(self, path, number):
        """Whether it was also saved while an earlier worker began."""
        if number != self.number:
            self.number = number
            self.saved, self.saved_before = set(), self.saved
        self.saved.add(path)
        return path in self.saved_before

    def note(self, path):
        """Reported once."""
        if path in self.own or self.in_a_row.get(path, 0) < MOST_IN_A_ROW:
            return []
        self.own.add(path)
        text = f"{display_path(path)} is written by the app itself while it starts: that does not reload it"
        return [Action.notice(text=text)]


def is_beginning(worker, now):
    return worker.is_booting or (worker.is_serving and now - worker.state.since < BEGINNING_SECONDS)
