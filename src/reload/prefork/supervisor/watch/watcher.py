"""Which changes matter: Python files under the watched folders, what is loaded, what the configuration names."""

import os
import sys

from ...shared.paths import display_path
from .ignore import Ignore, Skip, Whole
from .mounts import silent_mount
from .worktrees import OtherWorktrees

# What a framework's command line may read before it imports the project.
SETTINGS = (".toml", ".cfg", ".ini", ".yaml", ".yml", ".json", ".env")
ENVIRONMENT_FILES = (".env", ".flaskenv")


class Changes:
    """What has changed since the last look."""

    __slots__ = ("cold", "has_settings", "is_incomplete", "judged", "saved", "vanished")

    def __init__(self, vanished=(), is_incomplete=False):
        # paths whose save reloads
        self.saved = []
        # paths of which the program is asked what they mean
        self.judged = []
        self.vanished = vanished
        # why more than a fork is needed
        self.cold = None
        # one of the files that a framework may read before it imports the project
        self.has_settings = False
        # the kernel has dropped some
        self.is_incomplete = is_incomplete


class Watcher:
    def __init__(self, options):
        self.options = options
        # the kernel reports changes (inotify), or the files are polled
        self.notifier = None
        self.ignore = Ignore(os.getcwd(), options.ignore)
        self.is_elsewhere = OtherWorktrees(os.getcwd())
        self.skip = Skip(options.skip.split())
        self.whole = Whole(options.watch_all)
        # what the program has named to its own reloader
        self.named = self.judged = Whole(())
        self.asked = None
        self.cold = set(options.cold)
        # real path → the path under which it is loaded
        self.aliases = {}
        # what was loaded so far, and the folders it lies in: a module that is missing there may come
        self.watched = {}
        self.loaded_from = set()
        # a cold change is about to be reported
        self.is_cold = False
        self.interpreter = interpreter()
        self.environment_files = {os.path.join(os.getcwd(), name) for name in ENVIRONMENT_FILES}
        self.trouble = None
        self.is_polling = False
        # the main loop has seen it
        self.is_polled = False

    @property
    def is_notified(self):
        return self.notifier is not None and not self.is_polling

    def start(self):
        if self.options.poll:
            self.poll()
            return
        silent = silent_mount([os.getcwd(), *self.options.watch])
        if silent is not None:
            self.trouble = "no saves are reported in {} ({})".format(*silent)
            self.poll()
            return
        try:
            from .inotify import Inotify

            self.notifier = Inotify(self.skip)
        except (AttributeError, ImportError, OSError):
            self.poll()
        else:
            self.watch_roots()

    def watch_roots(self):
        try:
            for path in [*self.whole.exact, *self.options.cold, *self.environment_files]:
                self.watch_folder(os.path.dirname(path))
            for folder in [*self.options.watch, *self.whole.folders]:
                self.notifier.watch_tree(folder)
        except OSError as error:
            self.fall_back(error)

    def is_named(self, path):
        """Of any kind: what looks itself has to know which files these are."""
        return self.whole(path) or self.named(path) or self.judged(path)

    def watch_folder(self, folder):
        if os.path.isdir(folder):
            self.notifier.watch_folder(folder)

    def fall_back(self, error):
        """Used-up inotify watches are the user's to raise; meanwhile the loaded files are looked at."""
        self.trouble = str(error)
        self.notifier.close()
        self.poll()

    def take_trouble(self):
        trouble, self.trouble = self.trouble, None
        return trouble

    def poll(self):
        from .polling import Polling  # seldom: inotify does not see them

        self.notifier = Polling(self.skip, self.is_named)
        self.is_polling = True
        for folder in self.options.watch:
            self.notifier.watch_tree(folder)
        for folder in [*self.whole.folders, *self.named.folders, *self.judged.folders]:
            self.notifier.watch_tree(folder)
        for path in [*self.whole.exact, *self.named.exact, *self.cold, *self.environment_files]:
            self.notifier.watch_file(path)
        watched, self.watched = self.watched, {}
        self.do_watch_files(watched)

    def begins_to_poll(self):
        """True once."""
        begins = self.is_polling and not self.is_polled
        self.is_polled = self.is_polled or begins
        return begins

    def is_walking(self):
        return self.notifier is not None and bool(self.notifier.pending)

    def do_watch_files(self, files):
        """Also what lies outside of the watched folders is watched, once it is loaded."""
        if self.notifier is None:
            return
        for path in files:
            if path in self.watched and self.notifier.watches(os.path.dirname(path)):
                continue
            self.watched[path] = True
            self.loaded_from.add(os.path.dirname(path))
            real = os.path.realpath(path)
            try:
                self.notifier.watch_folder(os.path.dirname(path))
                if os.path.islink(path):
                    self.aliases[real] = path
                    # a program's own folder is that of the file itself
                    self.loaded_from.add(os.path.dirname(real))
                    self.notifier.watch_folder(os.path.dirname(real))
            except OSError as error:
                self.fall_back(error)
                return

    def do_watch_also(self, reloads, judged):
        if self.notifier is None or (not self.is_notified and self.asked == (reloads, judged)):
            return
        self.asked = (reloads, judged)
        self.named, self.judged = Whole(reloads), Whole(judged)
        try:
            for path in self.named.exact:
                self.watch_folder(os.path.dirname(path))
            for folder in [*self.named.folders, *self.judged.folders]:
                self.notifier.watch_tree(folder)
            if not self.is_notified:
                for path in self.named.exact:
                    self.notifier.watch_file(path)
        except OSError as error:
            self.fall_back(error)

    def walk(self, is_loaded):
        """One slice of looking for folders to watch."""
        try:
            return self.sorted(Changes(), self.notifier.walk(), is_loaded)
        except OSError as error:
            self.fall_back(error)
            return Changes()

    def read(self, is_loaded):
        if self.notifier is None:
            return Changes()
        saved, vanished, is_incomplete = self.notifier.read()
        return self.sorted(Changes(vanished, is_incomplete), saved, is_loaded)

    def sorted(self, changes, saved, is_loaded):
        for path in dict.fromkeys(saved):
            path = self.aliases.get(path, path)
            if self.is_elsewhere(path):
                continue
            if path in self.cold:
                self.turn_cold(changes, f"{display_path(path)} changed")
            elif self.matters(path, is_loaded):
                changes.saved.append(path)
            elif self.judged(path) and not self.ignore(path) and not self.skip(os.path.basename(path)):
                changes.judged.append(path)
            elif path.endswith(SETTINGS) and not self.ignore(path):
                changes.has_settings = True
        return changes

    def matters(self, path, is_loaded):
        if self.ignore(path):
            return False
        if is_loaded(path) or self.whole(path) or self.named(path) or path in self.environment_files:
            return True
        folder, name = os.path.split(path)
        return name.endswith(".py") and self.is_for_code(folder) and not self.skip(name)

    def is_for_code(self, folder):
        """Other folders are watched for one file only, as that of the `.env` beside the configuration."""
        tops = [*self.options.watch, *self.named.folders, *self.judged.folders]
        return folder in self.loaded_from or any(is_below(folder, top) for top in tops)

    def turn_cold(self, changes, reason):
        """Reported once for all that is written together; the app keeps running until it is restarted."""
        if not self.is_cold:
            self.is_cold = True
            changes.cold = reason

    def reported_cold(self):
        self.is_cold = False

    def check_interpreter(self):
        changes = Changes()
        if interpreter() != self.interpreter:
            self.turn_cold(changes, "the interpreter changed")
        return changes

    def close(self):
        if self.notifier is not None:
            self.notifier.close()


def is_below(folder, top):
    return folder == top or folder.startswith(os.path.join(top, ""))


def interpreter():
    """What changes where another one takes its place."""
    marks = []
    for path in (os.path.realpath(sys.executable), os.path.join(sys.prefix, "pyvenv.cfg")):
        try:
            stat = os.stat(path)
        except OSError:
            continue
        marks.append((path, stat.st_mtime_ns, stat.st_size))
    return marks
