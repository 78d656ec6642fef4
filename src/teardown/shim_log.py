"""Where shim and sentinel print, once the session is known whose log it is. Standard library only."""

import os


def print_to(log):
    """What this process prints from now on; dropped where the file cannot be opened."""
    try:
        fd = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    except OSError:
        return
    os.dup2(fd, 1)
    os.dup2(fd, 2)
    os.close(fd)
