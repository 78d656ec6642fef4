"""When a save reloads: the first of a burst at once, the last once more when it is quiet. Never two in between."""

import os
import time

from .loaded import first_stale, is_same

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


class Burst:
    def __init__(self, holder):
        self.holder = holder
        self.until = 0
        self.began = None
        self.trailing = None
        self.cause = None
        # since the last worker: a save that could change more than the content of what it had loaded
        self.strange = False

    def saved(self, path):
        hands, now = self.holder.hands, self.holder.clock()
        current = hands.current
        if current is not None and path in current.files and is_same(path, current.files[path]):
            return
        self.strange = self.strange or current is None or path not in current.files
        is_leading = now >= self.until and self.trailing is None
        self.until = now + QUIET_SECONDS
        self.cause = cause_of(path)
        if current is not None and current.state == "booting":
            current.doubted.add(path)
            current.channel.send({"do": "check"})
        elif is_leading:
            self.start()
        else:
            self.again()

    def vanished(self, path):
        """An editor may be about to put it back."""
        current = self.holder.hands.current
        if current is None:
            return
        inside = path + os.sep
        for file in current.files:
            if file == path or file.startswith(inside):
                self.holder.after(QUIET_SECONDS, lambda file=file: self.look_again(file))

    def look_again(self, path):
        """Gone for good, or put back where nobody was told: its folder may have gone with it."""
        current = self.holder.hands.current
        if current is not None and path in current.files:
            self.saved(path)

    def now(self):
        """Asked for."""
        self.cause = Cause(None, time.time() * 1000, time.time() * 1000)
        self.start()

    def start(self):
        self.holder.cancel(self.trailing)
        self.trailing = self.began = None
        self.holder.progress.started(self.cause)
        self.holder.hands.replace(self.cause)
        self.strange = False
        self.holder.watching.look_at_interpreter()

    def again(self):
        """What runs is outdated: it stops accepting now, and the next one comes when the burst is over."""
        hands, now = self.holder.hands, self.holder.clock()
        self.holder.crashed.clear()
        self.holder.progress.started(self.cause)
        if hands.current is not None:
            hands.retire(hands.current)
        self.began = self.began or now
        self.until = max(self.until, now + QUIET_SECONDS / 2)
        self.holder.cancel(self.trailing)
        self.trailing = self.holder.after(min(self.until, self.began + LONGEST_SECONDS) - now, self.start)

    def stale(self, hand):
        return first_stale(hand.files, self.holder.watching.ignore)

    def booted(self, hand):
        """Of what was saved meanwhile, only a file that it has told can be compared."""
        unknown = hand.doubted.difference(hand.files)
        hand.doubted.clear()
        self.checked(hand, next(iter(unknown), None))

    def checked(self, hand, path=None):
        """Told what it has read: outdated or not."""
        path = path or self.stale(hand)
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
