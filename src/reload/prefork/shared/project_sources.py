"""How a worker loads the project's own files: never from bytecode that could be stale, and noting what it read.

CPython trusts a .pyc whose whole-second mtime and size agree with the source: two saves of one size within a second,
and the first is served for good. So code is only reused when the bytes of the source are the same.
"""

# importlib.machinery's own home: the package around it brings `warnings`
import _frozen_importlib_external as machinery
import _imp
import marshal
import os
import time

from .file_state import KEY, state_of
from .paths import is_project


class Sources:
    def __init__(self):
        # path → (digest of the source, code): compiled before the fork
        self.known = {}
        # the same from a former session, as bytes (kept_sources.py)
        self.kept = {}
        # path → its state as of just before it was read, not yet sent to the supervisor
        self.fresh = {}
        # module → milliseconds of its own import, without what it imported in turn
        self.spent = {}
        self.nested = []
        # when the last import ended
        self.last = None
        self.after_import = None
        # called when no import is under way any more
        self.after_last = None
        # waits, in a standby
        self.before_first = None

    def take(self):
        fresh, self.fresh = self.fresh, {}
        return fresh

    def read(self, path):
        """Its stat is taken first: what is written meanwhile makes a difference that is seen later."""
        with open(path, "rb", buffering=0) as file:
            self.fresh[path] = state_of(os.fstat(file.fileno()))
            return file.readall()

    def load(self, path, compiler):
        named, path = path, os.path.abspath(path)
        if self.before_first:
            self.before_first()
        source = self.read(path)
        if named != path:
            # `python ./folder`: its code is named as it is written
            return compiler(source, named)
        digest = _imp.source_hash(KEY, source)
        known = self.known.get(path)
        if known and known[0] == digest:
            return known[1]
        kept = self.kept.pop(path, None)
        code = marshal.loads(kept[1]) if kept and kept[0] == digest else compiler(source, path)
        self.known[path] = (digest, code)
        return code

    def begin(self):
        """Before a module is run; `ended` follows. Only the hook itself lies below what it imports in turn: three
        frames of ours at each level made python cross from one piece of its stack to the next: 40 µs a module."""
        self.nested.append(0.0)
        return time.perf_counter()

    def ended(self, name, start):
        whole = time.perf_counter() - start
        own = whole - self.nested.pop()
        if self.nested:
            self.nested[-1] += whole
        self.spent[name] = self.spent.get(name, 0.0) + own * 1000
        self.last = time.time()
        if self.after_import:
            self.after_import(name)
        if self.after_last and not self.nested:
            self.after_last()


current = Sources()


def install():
    loader_type = machinery.SourceFileLoader
    get_code, exec_module = loader_type.get_code, loader_type.exec_module

    def project_get_code(self, fullname):
        path = self.get_filename(fullname)
        if not is_project(path):
            return get_code(self, fullname)
        if type(self) is not loader_type:
            # a loader that rewrites what it compiles: its result must not be mistaken for the plain one
            return self.source_to_code(current.read(os.path.abspath(path)), path)
        return current.load(path, self.source_to_code)

    def timed_exec_module(self, module):
        start = current.begin()
        try:
            exec_module(self, module)
        finally:
            current.ended(module.__name__, start)

    # a frame of python's own import: tracebacks that a program prints leave it out, and a warning is its importer's
    timed_exec_module.__code__ = timed_exec_module.__code__.replace(co_filename=exec_module.__code__.co_filename)
    loader_type.get_code = project_get_code
    loader_type.exec_module = timed_exec_module
