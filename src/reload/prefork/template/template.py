"""The process that has the libraries loaded and forks the workers: with one thread, and nothing of the project."""

import _signal
import os
import select
import sys
import time
import warnings

from ..shared import fork, kept_sources, project_sources, signals
from ..shared.before_fork import settle
from ..shared.channel import Channel
from ..shared.messages import FromTemplateToSupervisor, deliver
from ..shared.paths import is_library
from ..worker import worker
from .preload import NotForkSafe, preload
from .warm_up import warm_up

PR_SET_PDEATHSIG = 1


class Template:
    def __init__(self, channel, settings):
        self.channel = channel
        self.settings = settings
        self.children = set()
        self.is_retired = False
        self.wake = None

    def run(self):
        signals.restore()
        die_with_parent()
        self.wake = signals.catch((_signal.SIGCHLD, _signal.SIGINT))
        self.load()
        self.loop()

    def load(self):
        """What it needs for this is given up before a fork: in each child that would change every name it refers to,
        and copy the pages on which they lie."""
        started = time.time_ns()
        try:
            loaded = preload(self.settings)
        except NotForkSafe as found:
            self.channel.send(FromTemplateToSupervisor.not_fork_safe(package=found.package, why=found.why))
            os._exit(0)
        self.compile_project(self.settings["project"])
        warm_up()
        worker.prepare()
        settle()
        files = library_files(loaded, started)
        spent = (time.time_ns() - started) // 1000000
        self.channel.send(FromTemplateToSupervisor.ready(files=files, count=len(loaded), ms=spent))

    def loop(self):
        waiting = select.poll()
        waiting.register(self.channel, select.POLLIN)
        waiting.register(self.wake, select.POLLIN)
        while not (self.is_retired and not self.children):
            for fd, _ in waiting.poll():
                if fd == self.wake:
                    signals.read(self.wake)
                    self.reap()
                elif not self.obey():
                    os._exit(0)
        os._exit(0)

    def obey(self):
        messages = self.channel.receive()
        for message, fds in messages or ():
            deliver(self, message, fds)
        return messages is not None

    def on_fork(self, fds, settings):
        with warnings.catch_warnings():
            # OpenBLAS keeps threads, and is made to be forked: whether a fork works is seen, not counted
            warnings.simplefilter("ignore")
            pid = fork.fork(lambda: self.become_worker(settings, *fds))
        for fd in fds:
            os.close(fd)
        self.children.add(pid)
        self.channel.send(FromTemplateToSupervisor.forked(number=settings["number"], pid=pid))

    def on_compile(self, _, files):
        self.compile(files)

    def on_retire(self, _):
        self.is_retired = True

    def become_worker(self, settings, fd, stacks=None):
        self.channel.close()
        signals.restore()
        worker.play(settings, Channel(fd), stacks)

    def reap(self):
        for pid, status in signals.reap(self.children):
            self.children.discard(pid)
            self.channel.send(FromTemplateToSupervisor.exited(pid=pid, status=status))

    def compile_project(self, paths):
        """For its workers, and for the next session."""
        sources, kept = project_sources.current, kept_sources.read()
        sources.kept = dict(kept)
        self.compile(paths)
        sources.kept = {}
        kept_sources.keep(sources.known, kept)

    def compile(self, paths):
        """Ahead of the next fork: code is only used where the source is still the same."""
        for path in paths:
            try:
                project_sources.current.load(
                    path, lambda source, name: compile(source, name, "exec", dont_inherit=True)
                )
            except (OSError, SyntaxError, ValueError):
                continue
        project_sources.current.take()


def die_with_parent():
    """While it imports it would not notice that the supervisor was killed."""
    if sys.platform == "linux" and "_ctypes" in sys.modules:
        from ..shared.libc import function

        function("prctl")(PR_SET_PDEATHSIG, int(_signal.SIGKILL))


def library_files(modules, started):
    """path → [mtime_ns, size] of what is loaded; a file written since it began counts as changed."""
    files = {}
    for module in modules:
        path = getattr(getattr(sys.modules.get(module), "__spec__", None), "origin", None)
        try:
            stat = os.stat(path)
        except (OSError, TypeError):
            continue
        if is_library(path):
            files[path] = [0 if stat.st_mtime_ns >= started else stat.st_mtime_ns, stat.st_size]
    return files
