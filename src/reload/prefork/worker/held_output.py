"""What a standby prints, shown once it is activated. What a discarded one printed is dropped."""

import os
import sys

from ..shared import anonymous_file

STREAMS = (1, 2)


class HeldOutput:
    def __init__(self):
        # number → the real one, and the file that takes its place
        self.held = {}
        for number in STREAMS:
            try:
                real = os.dup(number)
            except OSError:
                continue  # the app runs without it
            self.held[number] = (real, anonymous_file.open_file("devpm-output"))
            os.dup2(self.held[number][1], number)

    def release(self):
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (AttributeError, OSError, ValueError):
                continue  # the program has its own
        for number, (real, _) in self.held.items():
            os.dup2(real, number)
            os.close(real)
        for number, (_, kept) in self.held.items():
            try:
                show(number, kept)
            except OSError:
                pass  # nothing reads it any more
            os.close(kept)
        self.held = {}


def show(number, kept):
    if os.lseek(kept, 0, os.SEEK_CUR) == 0:
        return
    os.lseek(kept, 0, os.SEEK_SET)
    while True:
        piece = os.read(kept, 65536)
        if not piece:
            return
        while piece:
            piece = piece[os.write(number, piece) :]
