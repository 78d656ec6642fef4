"""Where the kernel reports no changes: the loaded files and their folders are polled, twenty times a second at most."""

import os

INTERVAL = 0.05


class Polling:
    def __init__(self):
        self.folders = {}
        self.files = {}
        self.pending = ()

    def watch_tree(self, folder):
        self.watch_folder(folder)

    def watches(self, folder):
        return folder in self.folders

    def watch_folder(self, folder):
        if folder not in self.folders:
            self.folders[folder] = state(folder)
            for name in python_files(folder):
                self.files.setdefault(os.path.join(folder, name), state(os.path.join(folder, name)))

    def watch_file(self, path):
        self.files.setdefault(path, state(path))

    def close(self):
        pass

    def walk(self):
        return []

    def read(self):
        saved, vanished = [], []
        for folder, before in list(self.folders.items()):
            now = state(folder)
            if now != before:
                self.folders[folder] = now
                for name in python_files(folder):
                    self.files.setdefault(os.path.join(folder, name), None)
        for path, before in list(self.files.items()):
            now = state(path)
            if now == before:
                continue
            self.files[path] = now
            if now is None:
                vanished.append(path)
            else:
                saved.append(path)
        return saved, vanished, False


def state(path):
    try:
        stat = os.stat(path)
    except OSError:
        return None
    return (stat.st_mtime_ns, stat.st_size, stat.st_ino)


def python_files(folder):
    try:
        return [name for name in os.listdir(folder) if name.endswith(".py")]
    except OSError:
        return []
