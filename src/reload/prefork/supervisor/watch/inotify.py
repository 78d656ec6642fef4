"""The kernel reports what was saved: one inotify watch a folder, a file counts when its writer closed or renamed it.

Writing alone does not count: a truncated file would be read. Folders are found in slices, so that a save is never
kept waiting by a big tree.
"""

import errno
import os
import struct
import time

from ...shared.libc import error_number, function

CLOSE_WRITE, MOVED_FROM, MOVED_TO, CREATE, DELETE = 0x8, 0x40, 0x80, 0x100, 0x200
DELETE_SELF, OVERFLOW, IGNORED, ONLYDIR, IS_DIR = 0x400, 0x4000, 0x8000, 0x1000000, 0x40000000
MASK = CLOSE_WRITE | MOVED_FROM | MOVED_TO | CREATE | DELETE | DELETE_SELF | ONLYDIR
HEAD = struct.Struct("iIII")
SLICE_SECONDS = 0.004


class Exhausted(OSError):
    """The user's inotify watches are used up."""


class Inotify:
    def __init__(self, skip):
        self.skip = skip
        self.add_watch = function("inotify_add_watch")
        self.remove_watch = function("inotify_rm_watch")
        self.fd = function("inotify_init1")(os.O_NONBLOCK | os.O_CLOEXEC)
        if self.fd < 0:
            raise Exhausted(os.strerror(error_number()))
        # watch descriptor → folder, and back
        self.folders = {}
        self.numbers = {}
        # folders still to be looked into
        self.pending = []
        # folders under which everything is watched
        self.deep = []

    def fileno(self):
        return self.fd

    def close(self):
        os.close(self.fd)

    def watch_tree(self, folder):
        """A program names its folders at each start."""
        if folder in self.deep and folder in self.numbers:
            return
        self.deep.append(folder)
        self.pending.append((folder, False))

    def watches(self, folder):
        """No more where it was removed, though another may have its name by now."""
        return folder in self.numbers

    def watch_folder(self, folder):
        """The folder alone, at once."""
        if folder in self.numbers:
            return
        number = self.add_watch(self.fd, os.fsencode(folder), MASK)
        if number >= 0:
            # one folder may be reached under several names
            self.folders.setdefault(number, []).append(folder)
            self.numbers[folder] = number
        elif error_number() in (errno.ENOSPC, errno.ENOMEM):
            raise Exhausted("fs.inotify.max_user_watches is used up")

    def walk(self):
        """One slice of looking for folders; the files in those that appeared since are returned as saved."""
        appeared = []
        end = time.monotonic() + SLICE_SECONDS
        while self.pending and time.monotonic() < end:
            folder, is_new = self.pending.pop()
            self.watch_folder(folder)
            try:
                entries = list(os.scandir(folder))
            except OSError:
                continue
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if not self.skip.folder(folder, entry.name):
                        self.pending.append((entry.path, is_new))
                elif is_new:
                    appeared.append(entry.path)
        return appeared

    def read(self):
        """What happened since: (saved paths, vanished paths, were events lost)."""
        saved, vanished, lost = [], [], False
        while True:
            try:
                data = os.read(self.fd, 65536)
            except BlockingIOError:
                return saved, vanished, lost
            offset = 0
            while offset < len(data):
                number, mask, _, length = HEAD.unpack_from(data, offset)
                name = data[offset + HEAD.size : offset + HEAD.size + length].rstrip(b"\0")
                offset += HEAD.size + length
                lost = lost or bool(mask & OVERFLOW)
                for folder in list(self.folders.get(number, ())):
                    self.note(folder, mask, os.fsdecode(name), saved, vanished)

    def note(self, folder, mask, name, saved, vanished):
        path = os.path.join(folder, name)
        if mask & IGNORED:
            self.forget(folder)
        elif mask & IS_DIR:
            if mask & (CREATE | MOVED_TO) and self.is_deep(folder) and not self.skip.folder(folder, name):
                self.pending.append((path, True))
            elif mask & MOVED_FROM:
                self.forget_tree(path)
                vanished.append(path)
        elif mask & (CLOSE_WRITE | MOVED_TO):
            saved.append(path)
        elif mask & CREATE and is_complete(path):
            saved.append(path)
        elif mask & (MOVED_FROM | DELETE):
            vanished.append(path)

    def is_deep(self, folder):
        return any(folder == root or folder.startswith(root + os.sep) for root in self.deep)

    def forget(self, folder):
        number = self.numbers.pop(folder, None)
        names = [name for name in self.folders.pop(number, ()) if name != folder]
        if names:
            self.folders[number] = names

    def forget_tree(self, top):
        """A folder that was moved away keeps its watches, under a name that is no longer true."""
        for folder, number in list(self.numbers.items()):
            if folder == top or folder.startswith(top + os.sep):
                self.remove_watch(self.fd, number)
                self.forget(folder)


def is_complete(path):
    """A link is made in one piece: no writer will close it."""
    try:
        stat = os.lstat(path)
    except OSError:
        return False
    return os.path.islink(path) or stat.st_nlink > 1
