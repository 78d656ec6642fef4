"""Which saves matter: Python files under the watched folders, what is loaded, what the configuration names."""

import os
import sys

from ...shared.paths import display_path
from .ignore import Ignore, Whole
from .polling import INTERVAL, Polling

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


class Watcher:
    def __init__(self, supervisor):
        self.supervisor = supervisor
        self.notifier = None
        self.ignore = Ignore(os.getcwd(), supervisor.options.ignore)
        self.whole = Whole(supervisor.options.watch_all)
        self.cold = set(supervisor.options.cold)
        # real path → the path under which it is loaded
        self.aliases = {}
        self.seen = set()
        self.is_cold = False
        self.interpreter = interpreter()
        self.read_environment = {os.path.join(os.getcwd(), name) for name in ENVIRONMENT_FILES}

    def start(self):
        options = self.supervisor.options
        if options.poll:
            return self.poll()
        try:
            from .inotify import Inotify

            self.notifier = Inotify()
        except (AttributeError, ImportError, OSError):
            return self.poll()
        self.watch_roots()

    def watch_roots(self):
        options = self.supervisor.options
        try:
            for path in [*self.whole.exact, *options.cold]:
                self.watch_folder(os.path.dirname(path))
            for path in self.read_environment:
                self.watch_folder(os.path.dirname(path))
            for folder in [*options.watch, *self.whole.folders]:
                self.notifier.watch_tree(folder)
        except OSError as error:
            self.fall_back(error)

    def watch_folder(self, folder):
        if os.path.isdir(folder):
            self.notifier.watch_folder(folder)

    def fall_back(self, error):
        """Used-up inotify watches are the user's to raise; meanwhile the loaded files are looked at."""
        self.supervisor.report.notice(f"watching by looking: {error}")
        self.notifier.close()
        self.poll()

    def poll(self):
        self.notifier = Polling()
        for folder in self.supervisor.options.watch:
            self.notifier.watch_tree(folder)
        for path in [*self.whole.exact, *self.cold, *self.read_environment]:
            self.notifier.watch_file(path)
        self.seen.clear()
        if self.supervisor.workers.current is not None:
            self.loaded(self.supervisor.workers.current.files)
        self.supervisor.after(INTERVAL, self.look)

    def look(self):
        self.read()
        self.supervisor.after(INTERVAL, self.look)

    def sources(self):
        if self.notifier is not None and not isinstance(self.notifier, Polling):
            yield self.notifier, self.read

    def is_walking(self):
        return self.notifier is not None and bool(self.notifier.pending)

    def slice(self):
        if self.is_walking():
            try:
                self.note(self.notifier.walk(), [])
            except OSError as error:
                self.fall_back(error)

    def loaded(self, files):
        """Also what lies outside of the watched folders is watched, once it is loaded."""
        if self.notifier is None:
            return
        for path in files:
            if path in self.seen and self.notifier.watches(os.path.dirname(path)):
                continue
            self.seen.add(path)
            real = os.path.realpath(path)
            try:
                self.notifier.watch_folder(os.path.dirname(path))
                if os.path.islink(path):
                    self.aliases[real] = path
                    self.notifier.watch_folder(os.path.dirname(real))
            except OSError as error:
                return self.fall_back(error)

    def read(self):
        if self.notifier is None:
            return
        saved, vanished, lost = self.notifier.read()
        self.note(saved, vanished)
        current = self.supervisor.workers.current
        if lost and current is not None:
            self.supervisor.reload_policy.checked(current)

    def note(self, saved, vanished):
        for path in dict.fromkeys(saved):
            path = self.aliases.get(path, path)
            if path in self.cold:
                self.turn_cold(f"{display_path(path)} changed")
            elif self.matters(path):
                self.supervisor.reload_policy.saved(path)
            elif path.endswith(SETTINGS) and not self.ignore(path):
                self.supervisor.workers.drop_standby()
                self.supervisor.after(POLITE_SECONDS, self.supervisor.preloader.prepare)
        for path in vanished:
            self.supervisor.reload_policy.vanished(path)

    def turn_cold(self, reason):
        """Said once for all that is written together; the app goes on until it is started anew."""
        if not self.is_cold:
            self.is_cold = True
            self.supervisor.after(COLD_SECONDS, lambda: self.tell_cold(reason))

    def tell_cold(self, reason):
        self.is_cold = False
        if not self.supervisor.report.send("cold", reason=reason):
            self.supervisor.report.notice(f"{reason}: start the app anew")

    def look_at_interpreter(self):
        """At each reload: the virtual environment itself is not watched."""
        if interpreter() != self.interpreter:
            self.turn_cold("the interpreter changed")

    def matters(self, path):
        current = self.supervisor.workers.current
        if self.ignore(path):
            return False
        if path.endswith(".py") or (current is not None and path in current.files):
            return True
        return self.whole(path) or path in self.read_environment

    def close(self):
        if self.notifier is not None:
            self.notifier.close()
