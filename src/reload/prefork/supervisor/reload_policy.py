"""When a save reloads: the first of a burst at once, the last once more when it is quiet. Never two in between.

Pure: facts in, actions out. Times are seconds of the supervisor's clock.
"""

import os

from ..shared.messages import FromSupervisorToWorker
from ..shared.paths import display_path
from .actions import Action

# Longer than the gaps of a formatter, a git checkout or an editor that writes by rename.
QUIET_SECONDS = 0.1
LONGEST_SECONDS = 1.0


class ReloadPolicy:
    def __init__(self, timing):
        self.timing = timing
        # when the burst will have been quiet for long enough
        self.quiet_at = 0.0
        self.burst_began = None
        # the reload at the end of a burst is due
        self.is_waiting = False
        self.cause = None
        # since the last worker began: a save that could change more than the content of what it had loaded
        self.structure_changed = False

    def on_save(self, cause, worker, now):
        """A file that matters, and differs from what `worker` (the current one, or None) has read."""
        self.structure_changed = self.structure_changed or worker is None or cause.file not in worker.files
        is_first = now >= self.quiet_at and not self.is_waiting
        self.quiet_at = now + QUIET_SECONDS
        self.cause = cause
        if worker is not None and worker.is_booting and not worker.state.is_settled:
            worker.state.saved_meanwhile.add(cause.file)
            return [Action.tell(to=worker, message=FromSupervisorToWorker.report_files())]
        return self.reload() if is_first else self.on_stale(now)

    def on_pause_end(self, cause):
        """It was not the app itself that has saved."""
        self.cause = cause
        return self.reload()

    def reload(self):
        self.is_waiting = False
        self.burst_began = None
        return [
            Action.reload_at_end(seconds=None),
            Action.replace_worker(cause=self.cause),
            *self.report(self.cause),
            Action.check_interpreter(),
        ]

    def report(self, cause):
        if not self.timing.begins(cause):
            return []
        fields = {"file": display_path(cause.file), "savedAt": cause.saved}
        return [Action.report_with_next(what="reloading", fields=fields)]

    def on_replaced(self):
        self.structure_changed = False

    def on_stale(self, now, cause=None):
        """What runs is outdated: it stops accepting now, and the next one comes when the burst is over."""
        self.cause = cause or self.cause
        self.is_waiting = True
        self.burst_began = self.burst_began or now
        self.quiet_at = max(self.quiet_at, now + QUIET_SECONDS / 2)
        return [
            Action.hide_page(),
            *self.report(self.cause),
            Action.retire_current(),
            Action.reload_at_end(seconds=min(self.quiet_at, self.burst_began + LONGEST_SECONDS) - now),
        ]


def on_vanished(path, worker):
    """An editor may be about to put it back: looked at again a moment later."""
    if worker is None:
        return []
    gone = [file for file in worker.files if file == path or file.startswith(path + os.sep)]
    return [Action.after(seconds=QUIET_SECONDS, action=Action.look_again(path=file)) for file in gone]


def unnoted_save(worker, booting):
    """A file saved during its boot that the worker has not noted: it cannot be compared. None where all are."""
    return next(iter(booting.saved_meanwhile.difference(worker.files)), None)
