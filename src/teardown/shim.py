"""The child-subreaper above a session: PM2's daemon is its child, the apps the daemon's.

Whatever an app forks off - twice, in a new session, renamed, with another environment - becomes a child of this process
when its parent ends, and cannot get away. It waits for every child; wait() saying ECHILD proves that nothing is left.

Usage: shim.py SENTINEL-COMMAND... The process that is started is the sentinel, a subreaper itself: should the shim, its
child, be killed, what the shim had adopted passes on to it. It waits, and executes its command when the engine is gone:
node would take a core from the start, and memory from the session. Descriptor 3 is the sentinel's end of the lifeline,
descriptor 4 the shim's own line to the engine; a pipe between them informs the shim of the sentinel's end, and whether
its work was done.

On its line the shim receives the daemon's command, a line in hex, and where the session is and what ends it, a line
in JSON each, as all that follows both ways. The first comes before the engine knows whether there will be a session,
and where: the daemon's node boots then, and waits at its standard input, which is a gate. Once the session is guarded
it opens, with what the daemon was not told before; where there is none, or the shim is gone, it closes, and the
daemon ends. A start waits for the daemon: this file imports next to nothing, and what guards the session
(shim_session.py, shim_lifeline.py) is loaded while the daemon's node boots. Standard library only; any Python from
3.6 on.
"""

import _signal
import os
import sys

# isolated mode (-I) leaves this file's own folder out
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from shim_libc import prctl  # noqa: E402

LIFELINE, LINE, DONE = 3, 4, 5
PR_SET_CHILD_SUBREAPER = 36
# by Python itself, and that would be inherited
IGNORED = (_signal.SIGPIPE, _signal.SIGXFSZ)
ENDING = (_signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP, _signal.SIGQUIT, _signal.SIGUSR1, _signal.SIGUSR2)


def stay(signum, frame):
    """A handler instead of SIG_IGN: an ignored signal would stay ignored in every program started from here."""


def catch(signums):
    for signum in signums:
        _signal.signal(signum, stay)


def stop_ignoring():
    for signum in IGNORED:
        _signal.signal(signum, _signal.SIG_DFL)


class Lines:
    """What the engine sends, by lines; what comes after those that were taken waits in `rest`."""

    def __init__(self):
        self.rest = b""

    def take(self):
        while b"\n" not in self.rest:
            if not self.receive():
                return None
        line, _, self.rest = self.rest.partition(b"\n")
        return line

    def receive(self):
        """False: the engine is gone."""
        try:
            chunk = os.read(LINE, 65536)
        except OSError:
            return False
        self.rest += chunk
        return chunk != b""


def start(command, gate):
    """`command`: how many words it has, these, its environment; in hex, with NUL between."""
    words = [os.fsdecode(word) for word in bytes.fromhex(command.decode()).split(b"\0")]
    count = int(words[0])
    argv = words[1 : 1 + count]
    env = dict(word.split("=", 1) for word in words[1 + count :])
    pid = os.fork()
    if pid:
        return pid
    try:
        os.setsid()
        stop_ignoring()
        os.dup2(gate, 0)
        os.execvpe(argv[0], argv, env)
    except BaseException:
        os._exit(127)


def open_gate(opener, place):
    """`place`: where the daemon runs, for whom and with which log, which was not known when it was started."""
    try:
        os.write(opener, place + b"\n")
    except OSError:
        pass  # the daemon has ended: the shim reports that, as at any other time
    os.close(opener)


def reap_orphans():
    if prctl(PR_SET_CHILD_SUBREAPER, 1) != 0:
        os._exit(3)


def become_sentinel(argv, shim, done):
    catch(ENDING)
    # it is the shim's alone: the engine sees by it that the shim is gone
    os.close(LINE)
    from shim_lifeline import watch

    watch(LIFELINE)
    os.dup2(done, DONE)
    for fd in (LIFELINE, DONE):
        os.set_inheritable(fd, True)
    stop_ignoring()
    os.execv(argv[0], argv + [str(shim)])


def be_shim(sentinel, done):
    os.setsid()
    os.close(LIFELINE)
    os.set_inheritable(LINE, False)
    reap_orphans()
    wake, waker = os.pipe()
    for fd in (wake, waker):
        os.set_blocking(fd, False)
    _signal.set_wakeup_fd(waker)
    catch((*ENDING, _signal.SIGCHLD, _signal.SIGTSTP, _signal.SIGPIPE))
    lines = Lines()
    command = lines.take()
    if command is None:
        return  # the engine died before it sent what to start: nothing was
    gate, opener = os.pipe()
    daemon = start(command, gate)
    os.close(gate)
    shim = None
    try:
        # the engine can end it should this process be killed now
        os.write(LINE, b'{"daemon":%d}\n' % daemon)
        from shim_session import Shim

        place, config = lines.take(), lines.take()
        if config is not None:
            shim = Shim(LINE, lines, config, daemon, sentinel, done)
            open_gate(opener, place)
    finally:
        if shim is None:
            os.kill(daemon, _signal.SIGKILL)  # it is held at its gate: nothing is below it
            os.waitpid(daemon, 0)
    if shim is not None:
        shim.run(wake)


def main():
    reap_orphans()
    done, done_writer = os.pipe()
    sentinel = os.getpid()
    shim = os.fork()
    if shim:
        os.close(done)
        become_sentinel(sys.argv[1:], shim, done_writer)
    try:
        os.close(done_writer)
        be_shim(sentinel, done)
    finally:
        os._exit(0)  # the interpreter's own shutdown would cost some milliseconds of every Ctrl+C


main()
