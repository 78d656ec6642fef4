"""Which saves matter: Python files under the watched folders, what is loaded, what the configuration names."""

import os
import sys

from .globs import Ignore, Whole
from .poll import INTERVAL, Poll
from .progress import shown

# What a framework's command line may read before it imports the project.
SETTINGS = (".toml", ".cfg", ".ini", ".yaml", ".yml", ".json", ".env")
POLITE_SECONDS = 0.3
COLD_SECONDS = 0.1
ENVIRONMENT_FILES = (".env", ".flaskenv")


def interpreter():
    marks = []
    for path in (os.path.realpath(sys.executable), os.path.join(sys.prefix, "pyvenv.cfg")):
        try:
            stat = os.stat(path)
        except OSError:
            continue
        marks.append((path, stat.st_mtime_ns, stat.st_size))
    return marks


class Watching:
    def __init__(self, holder):
        self.holder = holder
        self.watcher = None
        self.ignore = Ignore(os.getcwd(), holder.options.ignore)
        self.whole = Whole(holder.options.watch_all)
        self.cold = set(holder.options.cold)
        # real path → the path under which it is loaded
        self.aliases = {}
        self.seen = set()
        self.is_cold = False
        self.interpreter = interpreter()
        self.read_environment = {os.path.join(os.getcwd(), name) for name in ENVIRONMENT_FILES}

    def start(self):
        options = self.holder.options
        if options.poll:
            return self.poll()
        try:
            from .watch import Inotify

            self.watcher = Inotify()
        except (AttributeError, ImportError, OSError):
            return self.poll()
        self.watch_roots()

    def watch_roots(self):
        options = self.holder.options
        try:
            for path in [*self.whole.exact, *options.cold]:
                self.watch_folder(os.path.dirname(path))
            for path in self.read_environment:
                self.watch_folder(os.path.dirname(path))
            for folder in [*options.watch, *self.whole.folders]:
                self.watcher.watch_tree(folder)
        except OSError as error:
            self.fall_back(error)

    def watch_folder(self, folder):
        if os.path.isdir(folder):
            self.watcher.watch_folder(folder)

    def fall_back(self, error):
        """Used-up inotify watches are the user's to raise; meanwhile the loaded files are looked at."""
        self.holder.report.notice(f"watching by looking: {error}")
        self.watcher.close()
        self.poll()

    def poll(self):
        self.watcher = Poll()
        for folder in self.holder.options.watch:
            self.watcher.watch_tree(folder)
        for path in [*self.whole.exact, *self.cold, *self.read_environment]:
            self.watcher.watch_file(path)
        self.seen.clear()
        if self.holder.hands.current is not None:
            self.loaded(self.holder.hands.current.files)
        self.holder.after(INTERVAL, self.look)

    def look(self):
        self.read()
        self.holder.after(INTERVAL, self.look)

    def sources(self):
        if self.watcher is not None and not isinstance(self.watcher, Poll):
            yield self.watcher, self.read

    def is_walking(self):
        return self.watcher is not None and bool(self.watcher.pending)

    def slice(self):
        if self.is_walking():
            try:
                self.note(self.watcher.walk(), [])
            except OSError as error:
                self.fall_back(error)

    def loaded(self, files):
        """Also what lies outside of the watched folders is watched, once it is loaded."""
        if self.watcher is None:
            return
        for path in files:
            if path in self.seen and self.watcher.watches(os.path.dirname(path)):
                continue
            self.seen.add(path)
            real = os.path.realpath(path)
            try:
                self.watcher.watch_folder(os.path.dirname(path))
                if os.path.islink(path):
                    self.aliases[real] = path
                    self.watcher.watch_folder(os.path.dirname(real))
            except OSError as error:
                return self.fall_back(error)

    def read(self):
        if self.watcher is None:
            return
        saved, vanished, lost = self.watcher.read()
        self.note(saved, vanished)
        current = self.holder.hands.current
        if lost and current is not None:
            self.holder.burst.checked(current)

    def note(self, saved, vanished):
        for path in dict.fromkeys(saved):
            path = self.aliases.get(path, path)
            if path in self.cold:
                self.turn_cold(f"{shown(path)} changed")
            elif self.matters(path):
                self.holder.burst.saved(path)
            elif path.endswith(SETTINGS) and not self.ignore(path):
                self.holder.hands.unpoise()
                self.holder.after(POLITE_SECONDS, self.holder.learned.prepare)
        for path in vanished:
            self.holder.burst.vanished(path)

    def turn_cold(self, reason):
        """Said once for all that is written together; the app goes on until it is started anew."""
        if not self.is_cold:
            self.is_cold = True
            self.holder.after(COLD_SECONDS, lambda: self.tell_cold(reason))

    def tell_cold(self, reason):
        self.is_cold = False
        if not self.holder.report.send("cold", reason=reason):
            self.holder.report.notice(f"{reason}: start the app anew")

    def look_at_interpreter(self):
        """At each reload: the virtual environment itself is not watched."""
        if interpreter() != self.interpreter:
            self.turn_cold("the interpreter changed")

    def matters(self, path):
        current = self.holder.hands.current
        if self.ignore(path):
            return False
        if path.endswith(".py") or (current is not None and path in current.files):
            return True
        return self.whole(path) or path in self.read_environment

    def close(self):
        if self.watcher is not None:
            self.watcher.close()
