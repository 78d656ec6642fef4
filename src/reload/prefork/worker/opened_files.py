"""Tells of some files when this process opens them for writing, or renames another one over them.

The interpreter asks a hook at each of its events, and keeps it to the end: there is none before somebody asks.
"""

import os
import sys

from ..shared.messages import FromWorkerToSupervisor

WRITING = os.O_WRONLY | os.O_RDWR


class OpenedFiles:
    def __init__(self):
        self.link = None
        self.paths, self.names = frozenset(), frozenset()

    def report(self, link, paths):
        is_first, self.link = self.link is None, link
        self.paths, self.names = frozenset(paths), frozenset(map(os.path.basename, paths))
        if is_first:
            sys.addaudithook(self.heard)

    def heard(self, event, arguments):
        """Called in the program's own thread: nothing of ours may fail there."""
        try:
            if event == "open" and arguments[2] & WRITING:
                self.tell(arguments[0])
            elif event == "os.rename":
                self.tell(arguments[1])
        except Exception:
            return

    def tell(self, file):
        name = os.fsdecode(file)
        if os.path.basename(name) in self.names:
            folder, base = os.path.split(os.path.abspath(name))
            path = os.path.join(os.path.realpath(folder), base)
            if path in self.paths:
                self.link.tell(FromWorkerToSupervisor.opened_for_writing(path=path))


current = OpenedFiles()
