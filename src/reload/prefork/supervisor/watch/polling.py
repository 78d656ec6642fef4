"""Where the kernel tells nothing: files and folders are looked at, twenty times a second at most.

Where a look takes long, as on a network's file system, the looks are further apart: they take a fifth of the time.
"""

import os
import time

INTERVAL = 0.05
LONGEST_INTERVAL = 2.0
SHARE = 5


class Polling:
    def __init__(self, skip, is_named):
        self.skip = skip
        # tells of a path whether it counts, whatever its kind
        self.is_named = is_named
        # folder → its state
        self.folders = {}
        # folders of which those below are looked at, too
        self.trees = set()
        self.files = {}
        self.pending = ()
        # until the next look
        self.interval = INTERVAL

    def watch_tree(self, folder):
        """Again also one that is watched: more of its files may be named by now."""
        self.look_into(folder, True)

    def look_into(self, folder, is_first):
        """At the first time everything is as it was."""
        self.folders[folder] = state(folder)
        self.trees.add(folder)
        for entry in entries(folder):
            if entry.is_dir(follow_symlinks=False):
                if (is_first or entry.path not in self.trees) and not self.skip.folder(folder, entry.name):
                    self.look_into(entry.path, is_first)
            elif entry.name.endswith(".py") or self.is_named(entry.path):
                self.files.setdefault(entry.path, state(entry.path) if is_first else None)

    def watches(self, folder):
        return folder in self.folders

    def watch_folder(self, folder):
        if folder not in self.folders:
            self.folders[folder] = state(folder)
            for entry in entries(folder):
                if entry.name.endswith(".py"):
                    self.files.setdefault(entry.path, state(entry.path))

    def watch_file(self, path):
        self.files.setdefault(path, state(path))

    def close(self):
        pass

    def walk(self):
        return []

    def read(self):
        began = time.monotonic()
        for folder, before in list(self.folders.items()):
            now = state(folder)
            if now != before:
                self.folders[folder] = now
                self.look_again(folder)
        saved, vanished = self.changes()
        self.interval = min(LONGEST_INTERVAL, max(INTERVAL, SHARE * (time.monotonic() - began)))
        return saved, vanished, False

    def look_again(self, folder):
        """Something has come or gone."""
        if folder in self.trees:
            self.look_into(folder, False)
            return
        for entry in entries(folder):
            if entry.name.endswith(".py"):
                self.files.setdefault(entry.path, None)

    def changes(self):
        saved, vanished = [], []
        for path, before in list(self.files.items()):
            now = state(path)
            if now == before:
                continue
            self.files[path] = now
            (vanished if now is None else saved).append(path)
        return saved, vanished


def state(path):
    try:
        stat = os.stat(path)
    except OSError:
        return None
    return (stat.st_mtime_ns, stat.st_size, stat.st_ino)


def entries(folder):
    try:
        return list(os.scandir(folder))
    except OSError:
        return []
