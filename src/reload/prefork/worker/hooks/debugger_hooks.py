"""debugpy and pydevd: an editor attaches to each worker as it does to the plain program, on the same port."""

import _signal
import _socket
import os
import sys
import time

from .. import own_threads
from ..import_hook import patch
from ..lifecycle import own_worker
from .own_processes import gives_up

# debugpy listens in a process of its own, the adapter. The former worker's goes when the editor has heard
# that the program has ended; but an editor that is back too soon keeps it for ever.
LEAVE_SECONDS = 0.5
RELEASE_SECONDS = 5.0
LOOK_SECONDS = 0.02


@patch("debugpy.server.api")
def patch_debugpy(module):
    listen = module.listen

    def listen_after_former(address, *args, **kwargs):
        worker = own_worker()
        if worker is not None:
            worker.await_activation()
            if not worker.is_first:
                await_release(address if isinstance(address, tuple) else ("127.0.0.1", int(address)))
        return listen(address, *args, **kwargs)

    # it notes there that it was called
    listen_after_former.__dict__ = listen.__dict__
    module.listen = listen_after_former
    if hasattr(module, "wait_for_client"):
        keeps_the_program(module, "wait_for_client")


def keeps_the_program(holder, name):
    """The time for which a person looks at the program is not part of a reload."""
    plain = getattr(holder, name)

    def kept(*args, **kwargs):
        worker = own_worker()
        if worker is None:
            return plain(*args, **kwargs)
        worker.prompts.pauses.begin()
        try:
            return plain(*args, **kwargs)
        finally:
            worker.prompts.pauses.end()

    kept.__dict__ = plain.__dict__
    setattr(holder, name, kept)


def await_release(address):
    began = time.monotonic()
    is_ended = False
    while is_held(address) and time.monotonic() < began + RELEASE_SECONDS:
        if not is_ended and time.monotonic() > began + LEAVE_SECONDS:
            is_ended = True
            end_adapters(address[1])
        time.sleep(LOOK_SECONDS)


def end_adapters(port):
    """Those that this app's former workers have left: by their command lines and the session's mark."""
    wanted = [b"--port", str(port).encode()]
    for name in os.listdir("/proc") if os.path.isdir("/proc/self") else ():
        words = words_of(name) if name.isdigit() else []
        at = words.index(b"--port") if b"--port" in words else -1
        if at >= 0 and words[at : at + 2] == wanted and b"--for-server" in words and is_this_apps(name):
            try:
                os.kill(int(name), _signal.SIGTERM)
            except OSError:
                continue


def is_this_apps(pid):
    """Another program keeps such a process of its own."""
    marks = [f"{name}={os.environ[name]}".encode() for name in ("DEVPM_SESSION", "DEVPM_APP") if name in os.environ]
    environment = words_of(pid, "environ")
    return len(marks) == 2 and all(mark in environment for mark in marks)


def words_of(pid, what="cmdline"):
    try:
        with open(f"/proc/{pid}/{what}", "rb") as file:
            return file.read().split(b"\0")
    except OSError:
        return []


def is_held(address):
    probe = _socket.socket(_socket.AF_INET6 if ":" in address[0] else _socket.AF_INET, _socket.SOCK_STREAM)
    try:
        probe.setsockopt(_socket.SOL_SOCKET, _socket.SO_REUSEADDR, 1)
        probe.bind(address)
    except OSError:
        return True
    finally:
        probe.close()
    return False


@patch("pydevd")
def patch_pydevd_stops(module):
    keeps_the_program(module.PyDB, "do_wait_suspend")


@patch("pydevd")
def patch_pydevd_alone(module):
    """PyCharm's, without debugpy: it connects to the editor once, and a fork has nothing of that connection."""
    if "debugpy" not in str(getattr(module, "__file__", "")):
        gives_up(module, "settrace", lambda *_: ("pydevd connects to the editor again from each process", False))


@patch("pydevd_tracing")
def patch_pydevd(module):
    """It would make a thread object for each of devpm's threads, which stays when that has ended."""
    trace = module.set_trace_to_threads

    def set_trace_to_threads(tracing_func, thread_idents=None, **kwargs):
        if thread_idents is None:
            import threading

            known = threading.enumerate()
            untraced = {thread.ident for thread in known if getattr(thread, "pydev_do_not_trace", False)}
            every = set(sys._current_frames()) | {thread.ident for thread in known}
            thread_idents = every - untraced - own_threads.running
        return trace(tracing_func, thread_idents=thread_idents, **kwargs)

    module.set_trace_to_threads = set_trace_to_threads
