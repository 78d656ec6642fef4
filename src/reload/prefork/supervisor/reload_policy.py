"""When a save reloads: the first of a burst at once, the last once more when it is quiet. Never two in between."""

import os
import time

from ..shared.file_state import first_stale, is_same
from ..shared.messages import FromSupervisorToWorker

# Longer than the gaps of a formatter, a git checkout or an editor that writes by rename.
QUIET_SECONDS = 0.1
LONGEST_SECONDS = 1.0
# A file may be moved in with the age it had elsewhere: then it counts as saved when it was noticed.
OLDEST_MS = 2000


class Cause:
    def __init__(self, file, saved, noticed):
        self.file = file
        self.saved = saved
        self.noticed = noticed


class ReloadPolicy:
    def __init__(self, supervisor):
        self.supervisor = supervisor
        self.until = 0
        self.began = None
        self.trailing_timer = None
        self.cause = None
        # since the last worker: a save that could change more than the content of what it had loaded
        self.structure_changed = False

    def saved(self, path):
        workers, now = self.supervisor.workers, self.supervisor.clock()
        current = workers.current
        if current is not None and path in current.files and is_same(path, current.files[path]):
            return
        self.structure_changed = self.structure_changed or current is None or path not in current.files
        is_leading = now >= self.until and self.trailing_timer is None
        self.until = now + QUIET_SECONDS
        self.cause = cause_of(path)
        if current is not None and current.state == "booting":
            current.saved_during_boot.add(path)
            current.channel.send(FromSupervisorToWorker.report_files())
        elif is_leading:
            self.start()
        else:
            self.again()

    def vanished(self, path):
        """An editor may be about to put it back."""
        current = self.supervisor.workers.current
        if current is None:
            return
        inside = path + os.sep
        for file in current.files:
            if file == path or file.startswith(inside):
                self.supervisor.after(QUIET_SECONDS, lambda file=file: self.look_again(file))

    def look_again(self, path):
        """Gone for good, or put back where nobody was told: its folder may have gone with it."""
        current = self.supervisor.workers.current
        if current is not None and path in current.files:
            self.saved(path)

    def now(self):
        """Asked for."""
        self.cause = Cause(None, time.time() * 1000, time.time() * 1000)
        self.start()

    def start(self):
        self.supervisor.cancel(self.trailing_timer)
        self.trailing_timer = self.began = None
        self.supervisor.reload_timing.started(self.cause)
        self.supervisor.workers.replace(self.cause)
        self.structure_changed = False
        self.supervisor.watcher.look_at_interpreter()

    def again(self):
        """What runs is outdated: it stops accepting now, and the next one comes when the burst is over."""
        workers, now = self.supervisor.workers, self.supervisor.clock()
        self.supervisor.error_page.clear()
        self.supervisor.reload_timing.started(self.cause)
        if workers.current is not None:
            workers.retire(workers.current)
        self.began = self.began or now
        self.until = max(self.until, now + QUIET_SECONDS / 2)
        self.supervisor.cancel(self.trailing_timer)
        self.trailing_timer = self.supervisor.after(min(self.until, self.began + LONGEST_SECONDS) - now, self.start)

    def stale(self, worker):
        return first_stale(worker.files, self.supervisor.watcher.ignore)

    def booted(self, worker):
        """Of what was saved meanwhile, only a file that it has told can be compared."""
        unknown = worker.saved_during_boot.difference(worker.files)
        worker.saved_during_boot.clear()
        self.checked(worker, next(iter(unknown), None))

    def checked(self, worker, path=None):
        """Told what it has read: outdated or not."""
        path = path or self.stale(worker)
        if path is not None:
            self.cause = cause_of(path)
            self.again()


def cause_of(path):
    noticed = time.time() * 1000
    try:
        saved = os.stat(path).st_mtime_ns / 1e6
    except OSError:
        saved = noticed
    return Cause(path, saved if noticed - OLDEST_MS < saved <= noticed else noticed, noticed)
