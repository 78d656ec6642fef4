"""The supervisor's command line: everything before `--`; after it stands the user's own argv."""

import os
import sys

USAGE = """usage: python warm [options] -- (script | -m module | -c code) [arguments]
  --watch FOLDER      watch it for Python files (repeatable; default: the working folder)
  --watch-all PATH    a folder or file of which every change reloads (repeatable)
  --ignore GLOB       never reload for these, relative to the working folder (repeatable)
  --skip NAMES        names of files and folders that never reload, separated by spaces; each may begin or end with *
  --cold FILE         a change of it needs more than a fork: only reported (repeatable)
  --host HOST         where the app will listen, for the error page before its first start
  --port PORT         the port the app will listen on
  --grace SECONDS     what a request in flight gets to finish (default 3)
  --stream SECONDS    what an open event stream or WebSocket gets (default 0.5)
  --leave-out NAME    a package that must not be preloaded (repeatable)
  --probe SECONDS     how long the first worker with preloaded libraries may take to boot or answer (default 5)
  --no-preload        fork from a python without libraries
  --poll              poll the files instead of using inotify"""


class Options:
    def __init__(self):
        self.watch = []
        self.watch_all = []
        self.ignore = []
        self.skip = ""
        self.cold = []
        self.leave_out = []
        self.host = None
        self.port = None
        self.grace = 3.0
        self.stream = 0.5
        self.probe = 5.0
        self.preload = True
        self.poll = False
        self.program = []


LISTS = {
    "--watch": "watch",
    "--watch-all": "watch_all",
    "--ignore": "ignore",
    "--cold": "cold",
    "--leave-out": "leave_out",
}
VALUES = {
    "--host": ("host", str),
    "--skip": ("skip", str),
    "--port": ("port", int),
    "--grace": ("grace", float),
    "--stream": ("stream", float),
    "--probe": ("probe", float),
}


def parse(arguments):
    options = Options()
    rest = iter(arguments)
    for name in rest:
        if name == "--":
            options.program = list(rest)
        elif name == "--no-preload":
            options.preload = False
        elif name == "--poll":
            options.poll = True
        elif name in LISTS:
            getattr(options, LISTS[name]).append(next(rest, ""))
        elif name in VALUES:
            field, kind = VALUES[name]
            setattr(options, field, kind(next(rest, "")))
        else:
            sys.exit(f"unknown option {name}\n{USAGE}")
    if not options.program:
        sys.exit(USAGE)
    for field in ("watch", "watch_all", "cold"):
        setattr(options, field, [os.path.abspath(path) for path in getattr(options, field)])
    options.leave_out += [name for name in os.environ.get("DEVPM_LEAVE_OUT", "").replace(",", " ").split() if name]
    options.watch = options.watch or [os.getcwd()]
    return options
