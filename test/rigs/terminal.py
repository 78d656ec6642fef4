"""A real terminal for one command, as a person's shell gives it. Standard library alone.

The process in the middle is the session leader that a shell would be: it owns the terminal, runs the command as a
foreground job in a process group of its own, and outlives it. A terminal that closes is a SIGHUP to the leader alone;
it hands it on to the job, as shells do, and stays to tell how the job ended. Spoken to in JSON lines: the first on
stdin is the command, the others are {"write": base64} | {"resize": [columns, rows]} | {"close": true}; on stdout
{"pid"}, {"out": base64}, {"stopped"}, {"exit": {"code", "signal"}}.
"""

import base64
import errno
import fcntl
import json
import os
import select
import signal
import struct
import sys
import termios
import time

KEYS = (signal.SIGINT, signal.SIGTTOU)
# ends what waits for a terminal that hung up, or whose output was stopped
LAST_WORDS_S = 30


def tell(**message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def set_size(fd, columns, rows):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def run_job(ask, tty, report, last):
    """In the leader: start the job in the foreground, wait for it, say how it ended."""
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    go_read, go_write = os.pipe()
    # not even for a moment may the job be deaf to a key, or the leader hear it
    signal.pthread_sigmask(signal.SIG_BLOCK, KEYS)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    job = os.fork()
    if job == 0:
        os.setpgid(0, 0)
        os.read(go_read, 1)  # not before it is in the foreground: its first read of the terminal would stop it
        signal.pthread_sigmask(signal.SIG_UNBLOCK, KEYS)
        try:
            if ask.get("cwd"):
                os.chdir(ask["cwd"])
            os.execvpe(ask["command"][0], ask["command"], ask["env"])
        except OSError as error:
            os.write(2, f"{ask['command'][0]}: {error.strerror}\n".encode())
        os._exit(127)
    for number in KEYS:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, KEYS)
    try:
        os.setpgid(job, job)
    except OSError:
        pass
    running = True

    def hang_up(*_):
        if running:
            try:
                os.killpg(job, signal.SIGHUP)
                os.killpg(job, signal.SIGCONT)
            except ProcessLookupError:
                pass  # it has just been waited for

    signal.signal(signal.SIGHUP, hang_up)
    os.tcsetpgrp(tty, job)
    os.write(report, json.dumps({"pid": job}).encode() + b"\n")
    os.write(go_write, b"x")
    while True:
        _, status = os.waitpid(job, os.WUNTRACED)
        if os.WIFSTOPPED(status):
            os.write(report, json.dumps({"stopped": os.WSTOPSIG(status)}).encode() + b"\n")
            continue
        break
    running = False
    try:
        os.write(tty, last)  # behind all that the job printed
        os.tcsetpgrp(tty, os.getpgrp())
    except OSError:
        pass  # the terminal is closed
    ended = (
        {"code": None, "signal": signal.Signals(os.WTERMSIG(status)).name}
        if os.WIFSIGNALED(status)
        else {"code": os.WEXITSTATUS(status), "signal": None}
    )
    os.write(report, json.dumps({"exit": ended}).encode() + b"\n")
    while True:
        signal.pause()  # as the shell does: it is there until its terminal is taken away


class Printed:
    """Reports what comes through the terminal, without the mark behind the job's last output."""

    def __init__(self, last):
        self.last = last
        self.held = b""
        self.whole = False

    def add(self, data):
        data, self.held = self.held + data, b""
        if not self.whole:
            before, mark, after = data.partition(self.last)
            self.whole = mark != b""
            data = before + after
        if not self.whole:
            # its end may be the mark's beginning
            part = next((n for n in range(len(self.last) - 1, 0, -1) if data.endswith(self.last[:n])), 0)
            data, self.held = data[: len(data) - part], data[len(data) - part :]
        self.out(data)

    def end(self):
        self.out(self.held)
        self.held = b""

    def out(self, data):
        if data:
            tell(out=base64.b64encode(data).decode())


def main():
    pending = b""
    while b"\n" not in pending:
        pending += os.read(0, 65536)
    first, pending = pending.split(b"\n", 1)
    ask = json.loads(first)
    master, tty = os.openpty()
    set_size(tty, ask["columns"], ask["rows"])
    report_read, report_write = os.pipe()
    last = b"\0job-ended-" + os.urandom(16).hex().encode() + b"\0"
    leader = os.fork()
    if leader == 0:
        os.close(master)
        os.close(report_read)
        os.setsid()
        fcntl.ioctl(tty, termios.TIOCSCTTY, 0)
        for fd in (0, 1, 2):
            os.dup2(tty, fd)
        try:
            run_job(ask, 0, report_write, last)
        finally:
            os._exit(0)
    os.close(tty)
    os.close(report_write)

    open_master, reported, ended, printed = master, b"", False, Printed(last)
    while True:
        # the terminal first: what comes after it may empty or close it, and a read would then wait for ever
        watched = ([open_master] if open_master is not None else []) + [report_read, 0]
        for fd in select.select(watched, [], [])[0]:
            if fd == open_master:
                try:
                    data = os.read(fd, 65536)
                except OSError as error:
                    if error.errno != errno.EIO:
                        raise
                    data = b""
                if data:
                    printed.add(data)
                else:
                    printed.end()
                    os.close(open_master)
                    open_master = None
            elif fd == report_read:
                data = os.read(fd, 65536)
                reported += data
                while b"\n" in reported:
                    line, reported = reported.split(b"\n", 1)
                    message = json.loads(line)
                    if "exit" in message:
                        if open_master is not None:
                            hear_out(open_master, printed)
                        ended = True
                    tell(**message)
                if ended and open_master is None or not data:
                    return finish(leader)
            else:
                data = os.read(0, 65536)
                if not data:  # the test is gone: so is the terminal
                    return finish(leader)
                pending += data
                while b"\n" in pending:
                    line, pending = pending.split(b"\n", 1)
                    order = json.loads(line)
                    if "write" in order and open_master is not None:
                        os.write(open_master, base64.b64decode(order["write"]))
                    elif "resize" in order and open_master is not None:
                        set_size(open_master, *order["resize"])
                    elif "close" in order and open_master is not None:
                        printed.end()
                        os.close(open_master)
                        open_master = None
                        if ended:
                            return finish(leader)


def hear_out(master, printed):
    """What the job printed last may still be in the terminal: all of it is before the mark."""
    end = time.monotonic() + LAST_WORDS_S
    while not printed.whole and select.select([master], [], [], max(0, end - time.monotonic()))[0]:
        try:
            data = os.read(master, 65536)
        except OSError:
            break
        if not data:
            break
        printed.add(data)
    printed.end()


def finish(leader):
    os.kill(leader, signal.SIGKILL)
    os.waitpid(leader, 0)


main()
