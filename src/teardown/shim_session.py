"""The shim once PM2's daemon runs: it waits for every child, and ends the session when nothing else is left to do so.

The shim acts only when the engine and the sentinel are both gone; until then it reports. Standard library only; any
Python from 3.6 on.
"""

import _signal
import os
import select
import time

from shim_json import quoted, value_of
from shim_libc import give_back
from shim_proc import children, command_of, descendants, holds, send

SENTINEL_LIMIT_S = 6.0
KILL_LIMIT_S = 5.0


def is_among(name, names):
    """As model/protected-programs.ts has it: a word that ends in `*` matches every name that begins with it."""
    return any(name.startswith(one[:-1]) if one.endswith("*") else name == one for one in names)


class Shim:
    """`line`: to the engine. `lines`: what comes on it. `config`: what ends the session, in JSON. `daemon`: PM2's, a
    child. `done`: closes with the sentinel, `sentinel`."""

    def __init__(self, line, lines, config, daemon, sentinel, done):
        self.line = line
        self.lines = lines
        self.config = value_of(config.decode())
        print_to(self.config["logFile"])
        self.daemon = daemon
        self.sentinel = sentinel
        self.done = done
        self.engine_gone_at = None
        self.sentinel_alive = True
        self.sentinel_done = False
        self.daemon_alive = True
        self.spared_cache = {}
        self.report(b'{"shim":%d,"daemon":%d}' % (os.getpid(), daemon))

    def report(self, message):
        try:
            os.write(self.line, message + b"\n")
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
                self.report(b'{"died":"daemon"}')

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
            send(self.daemon, _signal.SIGSTOP)
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
                    send(pid, _signal.SIGTERM)
                    send(pid, _signal.SIGCONT)
            self.wait(0.01)

    def finish(self):
        """SIGKILL to every child, and to every orphan it leaves, until there is none. True: proved by ECHILD."""
        deadline = time.monotonic() + KILL_LIMIT_S
        while time.monotonic() < deadline:
            for pid in self.left():
                send(pid, _signal.SIGKILL)
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
            send(self.sentinel, _signal.SIGKILL)
        if not self.sentinel_done:
            self.ask()
        self.finish()
        self.forget()

    def forget(self):
        """The session file lists what the next command must sweep: nothing is left to sweep, on disk neither."""
        import shutil

        for folder in self.config["traces"]:
            shutil.rmtree(folder.encode(), ignore_errors=True)
        try:
            record = self.config["recordFile"].encode()
            with open(record, "rb") as file:
                if value_of(file.read().decode()).get("id") == self.config["id"]:
                    os.unlink(record)
        except (OSError, ValueError, AttributeError):
            pass

    def release(self):
        proved = self.finish()
        if proved:
            return self.report(b'{"released":{"echild":true,"left":[]}}')
        left = ",".join(f'{{"pid":{pid},"command":{quoted(command_of(pid))}}}' for pid in children())
        self.report(f'{{"released":{{"echild":false,"left":[{left}]}}}}'.encode())

    # -- the loop ------------------------------------------------------------------------------------------------

    def patience(self):
        """Seconds until there is something to do unasked: the sentinel of a gone engine hangs."""
        if self.engine_gone_at is None:
            return None
        return max(0.0, self.engine_gone_at + self.config["graceMs"] / 1000.0 + SENTINEL_LIMIT_S - time.monotonic())

    def watched(self):
        engine = [self.line] if self.engine_gone_at is None else []
        return engine + ([self.done] if self.sentinel_alive else [])

    def run(self, wake):
        give_back()
        while True:
            # it may have come with the line before
            if b'"release"' in self.lines.rest:
                return self.release()
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
            if self.line in ready:
                if not self.lines.receive():
                    self.engine_gone_at = time.monotonic()


def print_to(log):
    """What the shim prints from now on. Where that cannot be opened it is dropped: nothing about it may end a guard."""
    try:
        fd = os.open(log.encode(), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    except (OSError, ValueError):
        return
    os.dup2(fd, 1)
    os.dup2(fd, 2)
    os.close(fd)
