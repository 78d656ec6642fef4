"""Whether a file still is what was read: the last save is what answers, because a difference reloads once more."""

import _imp
import os

# any number: of the hash that Python has built in
KEY = 0x6465767076


def is_same(path, state):
    try:
        stat = os.stat(path)
    except OSError:
        return False
    return state_of(stat)[: len(state)] == state


def state_of(stat):
    """What tells one content of a file from the next: its mtime can be set, its ctime cannot."""
    return [stat.st_mtime_ns, stat.st_size, stat.st_ctime_ns, stat.st_ino]


def digest(path):
    """Of its content; None where it cannot be read."""
    try:
        with open(path, "rb", buffering=0) as file:
            return _imp.source_hash(KEY, file.readall())
    except OSError:
        return None


def first_stale(files, ignore):
    """The first of the files that is no longer what was read; None when all are."""
    for path, state in files.items():
        if not is_same(path, state) and not ignore(path):
            return path
    return None
