"""Files that the app itself saves after its start: each save would begin a worker that saves again, for ever.

The kernel does not tell what has written a file. After a few reloads in a row for one file the workers are asked to
tell when they open it for writing: only a save right after that is the app's own, and a person's reloads as ever. (What
an app writes while it starts is found without asking, in boot_writes.py.)

Pure; times are seconds of the supervisor's clock.
"""

from ..shared.messages import FromSupervisorToWorker
from ..shared.paths import display_path
from .actions import Action

IN_A_ROW = 3
# From the opening of a file to its save, and as long as one that writes often is not taken for a person.
OWN_SECONDS = 1.0


class OwnSaves:
    def __init__(self):
        # the file of the last reload, and how many in a row were for it
        self.last, self.count = None, 0
        self.suspected, self.reported = [], set()
        # path → when the app opened it last
        self.opened = {}
        # those whose last save was its own: that the current worker has not read them is no reason to reload
        self.passed_over = set()

    def on_reload(self, path):
        self.count = self.count + 1 if path == self.last else 1
        self.last = path
        self.passed_over.discard(path)
        if self.count >= IN_A_ROW and path not in self.suspected:
            self.suspected.append(path)

    def on_start(self):
        """The worker that begins now reads them."""
        self.passed_over.clear()

    def on_serving(self, worker):
        if not self.suspected:
            return []
        return [Action.tell(to=worker, message=FromSupervisorToWorker.report_writes(paths=self.suspected))]

    def is_own(self, path, now):
        return path in self.opened and now - self.opened[path] <= OWN_SECONDS

    def note(self, path):
        """Of a save of its own."""
        self.passed_over.add(path)
        if path in self.reported:
            return []
        self.reported.add(path)
        name = display_path(path)
        text = f"{name} is written by the app itself again and again: that no longer reloads it"
        hint = f'`ignore: ["{name}"]` in its configuration says so from the start'
        return [Action.notice(text=f"{text} ({hint})")]
