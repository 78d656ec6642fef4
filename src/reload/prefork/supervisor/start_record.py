"""On disk: the libraries that an app had loaded when its first request was answered, where its next session can begin
with a template that has them (start_proof.py). It holds only while the files that the app had read are as they were.
"""

from ..shared import kept_file
from ..shared.file_state import first_stale
from .module_list import ModuleList

# Of what stands in it.
VERSION = 1


class StartRecord:
    def __init__(self, options):
        self.is_off = not options.preload or options.port is None
        modules = ModuleList(options.program)
        self.path = modules.path and f"{modules.path}.start"
        head = repr((VERSION, modules.key, options.port, options.leave_out))
        self.head = head.encode("utf-8", "surrogateescape") + b"\n"

    def read(self):
        """`modules` in their order, those of them that `failed` before the project, the variables of `environment` that
        the program had set, the `files` that it had read, and whether a session has begun with it `in_vain`. None where
        nothing is known.
        """
        return (self.path and not self.is_off and kept_file.read(self.path, self.head)) or None

    def usable(self):
        known = self.read()
        if known is None or known["in_vain"] or first_stale(known["files"], lambda _: False) is not None:
            return None
        return known

    def do_keep_start(self, modules, failed, environment, files):
        """With a list that was in vain once, no session begins again."""
        known = self.read()
        if known is not None and known["in_vain"] and set(known["modules"]) == set(modules):
            return
        start = {"modules": modules, "failed": failed, "environment": environment, "files": files, "in_vain": False}
        if known != start:
            self.write(start)

    def do_refuse_start(self):
        known = self.read()
        if known is not None:
            self.write(dict(known, in_vain=True))

    def write(self, start):
        if self.path and not self.is_off:
            kept_file.write(self.path, self.head, start)
