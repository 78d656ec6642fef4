"""What a worker has read, compared with the disk: the last save is what answers because a difference reloads again."""

import os


def is_same(path, noted):
    try:
        stat = os.stat(path)
    except OSError:
        return False
    return mark(stat)[: len(noted)] == noted


def mark(stat):
    """What tells one content of a file from the next: its mtime can be set, its ctime cannot."""
    return [stat.st_mtime_ns, stat.st_size, stat.st_ctime_ns, stat.st_ino]


def first_stale(files, ignore):
    """The first of the files that is no longer what was read; None when all are."""
    for path, noted in files.items():
        if not is_same(path, noted) and not ignore(path):
            return path
    return None
