"""The sentinel before its node runs: how shim.py guards a start. Standard library only."""

import _socket
import os
import select
import time

from shim_libc import prctl

PR_SET_NAME = 15
# more than the kernel keeps of a socket that nothing reads
PEEKED = 1 << 18
START_S = 2.0


def watch(fd):
    """Until the engine is gone, or the start's first seconds are. Nothing is read: it is for the sentinel's node.

    An engine that is gone before it sent anything had no session: there is nothing to guard.
    """
    prctl(PR_SET_NAME, b"devpm-sentinel")
    line = _socket.socket(fileno=fd)
    try:
        os.write(fd, b'{"armed":true}\n')
        until_gone(line, time.monotonic() + START_S)
    except OSError:
        pass  # the engine is gone
    if has_nothing(line):
        os._exit(0)
    line.detach()


def has_nothing(line):
    try:
        return line.recv(1, _socket.MSG_PEEK | _socket.MSG_DONTWAIT) == b""
    except OSError:
        return False  # it is open, and nothing has come yet


def until_gone(line, deadline):
    with select.epoll() as lifeline:
        lifeline.register(line.fileno(), select.EPOLLIN | select.EPOLLRDHUP | select.EPOLLET)
        while True:
            left = deadline - time.monotonic()
            events = lifeline.poll(left) if left > 0 else []
            if not events or events[0][1] & (select.EPOLLRDHUP | select.EPOLLHUP | select.EPOLLERR):
                return
            peeked = line.recv(PEEKED, _socket.MSG_PEEK)
            if len(peeked) == PEEKED:
                return
            if b'\n{"release":true}\n' in b"\n" + peeked:
                os._exit(0)
