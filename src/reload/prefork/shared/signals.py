"""Signals as bytes in a pipe, so that one `poll` waits for everything; undone in every child."""

import _signal
import os
import sys

CAUGHT = (_signal.SIGTERM, _signal.SIGINT, _signal.SIGHUP, _signal.SIGCHLD)
originals = {}
pipe = []


def catch(numbers=CAUGHT):
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    os.set_blocking(writer, False)
    pipe[:] = [reader, writer]
    for number in numbers:
        originals.setdefault(number, _signal.signal(number, lambda *_: None))
    _signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    return reader


def restore():
    _signal.set_wakeup_fd(-1)
    for number, handler in originals.items():
        _signal.signal(number, _signal.SIG_DFL if handler is None else handler)
    originals.clear()
    for fd in pipe:
        os.close(fd)
    pipe.clear()


def read(reader):
    try:
        return set(os.read(reader, 4096))
    except BlockingIOError:
        return set()


def reap(children):
    """(pid, status) of each child that has ended; what its process group still holds is ended with it."""
    ended = []
    for pid in list(children):
        try:
            if hasattr(os, "waitid") and os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                continue
            end_group(pid, _signal.SIGTERM)
            found, status = os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            found, status = pid, 0
        if found:
            ended.append((pid, status))
    return ended


def end_group(pid, number):
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        pass


def send(pid, number):
    """To one that may have just ended, and been reaped."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def is_alive(pid):
    """Or not yet waited for."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def is_running(pid):
    """Not one that has ended and is still to be waited for, as far as the system shows it."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[0] not in (b"Z", b"X")
    except FileNotFoundError:
        return sys.platform != "linux" and is_alive(pid)
    except OSError:
        return False


def exit_of(status):
    """(exit code, signal name) as in a wait status; one of them is None; both where nothing could wait for it."""
    if status is None:
        return None, None
    if os.WIFSIGNALED(status):
        import signal

        return None, signal.Signals(os.WTERMSIG(status)).name
    return os.WEXITSTATUS(status), None
