"""`sys.stdin` of a warm program. What stands behind it today is a pipe that all of the app's workers share, and that
no one could write to for one of them: a read asks the session instead (prompts.py), the moment it would wait.
"""

import io
import os
import sys

from . import lifecycle


class SessionInput(io.RawIOBase):
    mode = "rb"
    closefd = False

    def __init__(self, fd, name, encoding):
        self.fd = fd
        self.name = name
        self.encoding = encoding
        self.unread = b""

    def readable(self):
        return True

    def fileno(self):
        """As it was: what looks at the descriptor itself finds the pipe."""
        return self.fd

    def readinto(self, buffer):
        if not self.unread:
            worker = lifecycle.own_worker()
            if worker is None:  # in a process that the program forked
                self.unread = os.read(self.fd, len(buffer))
            else:
                self.unread = asked(worker).encode(self.encoding, "replace")
        piece, self.unread = self.unread[: len(buffer)], self.unread[len(buffer) :]
        buffer[: len(piece)] = piece
        return len(piece)


def asked(worker):
    """Who sits at a prompt takes their time: it is no sign of a fork that hangs."""
    if worker.probe:
        worker.probe.passed()
    try:
        return worker.prompts.read()
    finally:
        if worker.probe:
            worker.probe.limit()


def install():
    former = sys.stdin
    try:
        raw = SessionInput(former.fileno(), former.name, former.encoding)
    except (AttributeError, OSError, ValueError):
        return  # the app runs without it
    sys.stdin = io.TextIOWrapper(io.BufferedReader(raw), former.encoding, former.errors, line_buffering=True)
    sys.stdin.mode = "r"
