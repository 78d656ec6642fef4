"""The child-subreaper above a session: PM2's daemon is its child, the apps the daemon's.

Whatever an app forks off - twice, in a new session, renamed, with another environment - becomes a child of this process
when its parent ends, and cannot get away. It waits for every child; wait() saying ECHILD proves that nothing is left.

Usage: shim.py SENTINEL-COMMAND... The process that is started becomes the sentinel (exec), a subreaper itself: should
the shim, its child, be killed, what the shim had adopted passes on to it. It does so when the engine is gone, or after
the first seconds, in which node's boot would take a core from the start. Descriptor 3 is the sentinel's end of the
lifeline, descriptor 4 the shim's own line to the engine (JSON lines, both ways); a pipe between them informs the shim
of the sentinel's end, and whether its work was done.

The shim acts only when the engine and the sentinel are both gone; until then it reports. Standard library only; any
Python from 3.6 on.
"""

import ctypes
import json
import os
import select
import signal
import sys
import time

# isolated mode (-I) leaves this file's own folder out
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from shim_lifeline import watch  # noqa: E402
from shim_proc import children, command_of, descendants, holds, send  # noqa: E402

LIFELINE, LINE, DONE = 3, 4, 5
PR_SET_CHILD_SUBREAPER = 36
SENTINEL_LIMIT_S = 6.0
KILL_LIMIT_S = 5.0


def stay(signum, frame):
    """A handler instead of SIG_IGN: an ignored signal would stay ignored in every program started from here."""


def start(argv, env, cwd, log):
    pid = os.fork()
    if pid:
        return pid
    try:
        os.setsid()
        for signum in (signal.SIGPIPE, signal.SIGXFSZ):  # ignored by Python itself, and that would be inherited
            signal.signal(signum, signal.SIG_DFL)
        null = os.open(os.devnull, os.O_RDWR)
        out = null
        if log:
            try:
                out = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            except OSError:
                pass
        os.dup2(null, 0)
        os.dup2(out, 1)
        os.dup2(out, 2)
        if cwd:
            os.chdir(cwd)
        os.execvpe(argv[0], argv, env)
    except BaseException:
        os._exit(127)


def is_among(name, names):
    """As model/protected-programs.ts has it: a word that ends in `*` matches every name that begins with it."""
    return any(name.startswith(one[:-1]) if one.endswith("*") else name == one for one in names)


class Shim:
    def __init__(self, config, sentinel, done):
        self.config = config
        self.sentinel = sentinel
        self.done = done
        self.engine_gone_at = None
        self.sentinel_alive = True
        self.sentinel_done = False
        self.daemon_alive = True
        self.spared_cache = {}
        daemon = config["daemon"]
        self.daemon = start(daemon["argv"], daemon["env"], daemon.get("cwd"), daemon.get("log"))
        self.report({"shim": os.getpid(), "daemon": self.daemon})

    def report(self, message):
        try:
            os.write(LINE, (json.dumps(message) + "\n").encode())
        except OSError:
            pass

    # -- children ------------------------------------------------------------------------------------------------

    def reap(self):
        """Waits for every child that has ended. False when there is no child at all: the proof."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if pid == 0:
                return True
            if pid == self.daemon:
                self.daemon_alive = False
                self.report({"died": "daemon"})

    # -- what is spared ------------------------------------------------------------------------------------------

    def spares(self, pid):
        """By program (/proc/PID/exe); never one that holds a port of the session."""
        try:
            exe = os.readlink(f"/proc/{pid}/exe").replace(" (deleted)", "")
        except OSError:
            return False
        key = (pid, exe)
        if key not in self.spared_cache:
            spared = self.config["spared"]
            name = exe.rpartition("/")[2].lower()
            known = is_among(name, spared["programs"]) or ("/jbr/" in exe and exe.endswith("java"))
            if not known and is_among(name, spared["browsers"]):
                command = command_of(pid)
                known = not any(option in command for option in spared["driven"])
            self.spared_cache[key] = known and not holds(pid, self.config["ports"])
        return self.spared_cache[key]

    def left(self):
        return [pid for pid in children() if not self.spares(pid)]

    # -- ending --------------------------------------------------------------------------------------------------

    def wait(self, seconds):
        select.select([], [], [], seconds)

    def ask(self):
        """SIGTERM, and the grace. PM2's daemon is stopped meanwhile: alive it would restart what ends."""
        if self.daemon_alive:
            send(self.daemon, signal.SIGSTOP)
        asked = set()
        deadline = time.monotonic() + self.config["graceMs"] / 1000.0
        while time.monotonic() < deadline:
            self.reap()
            live = [pid for pid in descendants() if pid != self.daemon and not self.spares(pid)]
            if not live:
                return
            for pid in live:
                if pid not in asked:
                    asked.add(pid)
                    send(pid, signal.SIGTERM)
                    send(pid, signal.SIGCONT)
            self.wait(0.01)

    def finish(self):
        """SIGKILL to every child, and to every orphan it leaves, until there is none. True: proved by ECHILD."""
        deadline = time.monotonic() + KILL_LIMIT_S
        while time.monotonic() < deadline:
            for pid in self.left():
                send(pid, signal.SIGKILL)
            if not self.reap():
                return True
            live = children()
            if live and all(self.spares(pid) for pid in live):
                return False
            self.wait(0.001)
        return False

    def take_over(self):
        """No other process is left to end the session."""
        if self.sentinel_alive and os.getppid() == self.sentinel:
            send(self.sentinel, signal.SIGKILL)
        if not self.sentinel_done:
            self.ask()
        self.finish()
        self.forget()

    def forget(self):
        """The session file lists what the next command must sweep: nothing is left to sweep."""
        try:
            with open(self.config["recordFile"]) as file:
                if json.load(file).get("id") == self.config["id"]:
                    os.unlink(self.config["recordFile"])
        except (OSError, ValueError, AttributeError):
            pass

    def release(self):
        proved = self.finish()
        left = [{"pid": pid, "command": command_of(pid)} for pid in (children() if not proved else [])]
        self.report({"released": {"echild": proved, "left": left}})

    # -- the loop ------------------------------------------------------------------------------------------------

    def patience(self):
        """Seconds until the sentinel counts as hung; only runs once the engine is gone."""
        if self.engine_gone_at is None:
            return None
        return max(0.0, self.engine_gone_at + self.config["graceMs"] / 1000.0 + SENTINEL_LIMIT_S - time.monotonic())

    def watched(self):
        engine = [LINE] if self.engine_gone_at is None else []
        return engine + ([self.done] if self.sentinel_alive else [])

    def run(self, wake):
        buffered = b""
        while True:
            self.reap()
            if self.engine_gone_at is not None and (not self.sentinel_alive or self.patience() == 0.0):
                return self.take_over()
            ready = select.select([wake] + self.watched(), [], [], self.patience())[0]
            if wake in ready:
                os.read(wake, 4096)
            if self.done in ready:
                word = os.read(self.done, 16)
                self.sentinel_done = self.sentinel_done or word != b""
                self.sentinel_alive = word != b""
            if LINE in ready:
                chunk = receive()
                if not chunk:
                    self.engine_gone_at = time.monotonic()
                buffered += chunk
                if b'"release"' in buffered:
                    return self.release()


def receive():
    try:
        return os.read(LINE, 65536)
    except OSError:
        return b""


def read_config():
    buffered = b""
    while not buffered.endswith(b"\n"):
        chunk = receive()
        if not chunk:
            os._exit(0)  # the engine died before it sent what to start: nothing was
        buffered += chunk
    return json.loads(buffered.decode())


def reap_orphans():
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        os._exit(3)


def become_sentinel(argv, shim, done):
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(signum, stay)
    watch(LIFELINE)
    os.dup2(done, DONE)
    for fd in (LIFELINE, DONE):
        os.set_inheritable(fd, True)
    os.set_inheritable(LINE, False)
    for signum in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(signum, signal.SIG_DFL)
    os.execv(argv[0], argv + [str(shim)])


def be_shim(sentinel, done):
    os.setsid()
    os.close(LIFELINE)
    os.set_inheritable(LINE, False)
    reap_orphans()
    wake, waker = os.pipe()
    for fd in (wake, waker):
        os.set_blocking(fd, False)
    signal.set_wakeup_fd(waker)
    for signum in (
        signal.SIGCHLD,
        signal.SIGINT,
        signal.SIGTERM,
        signal.SIGHUP,
        signal.SIGQUIT,
        signal.SIGTSTP,
        signal.SIGUSR1,
        signal.SIGUSR2,
        signal.SIGPIPE,
    ):
        signal.signal(signum, stay)
    Shim(read_config(), sentinel, done).run(wake)


def main():
    reap_orphans()
    done, done_writer = os.pipe()
    sentinel = os.getpid()
    shim = os.fork()
    if shim:
        become_sentinel(sys.argv[1:], shim, done_writer)
    try:
        os.close(done_writer)
        be_shim(sentinel, done)
    finally:
        os._exit(0)  # the interpreter's own shutdown would cost some milliseconds of every Ctrl+C


main()
