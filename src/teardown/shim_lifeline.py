"""The sentinel while the engine lives: a python that waits, where its node would hold 6 MB. Standard library only."""

import _socket
import os
import select

from shim_libc import give_back, prctl

PR_SET_NAME = 15
# more than the kernel keeps of a socket that nothing reads
PEEKED = 1 << 18
# less than it keeps, and more than a record has
FULL = 1 << 16
RELEASE = b'{"release":true}'
# each has all that the sentinel has to know
RECORD = b'{"record":'


def watch(fd):
    """Until the engine is gone. What it has sent last is left in the socket, for the sentinel's node.

    An engine that is gone before it sent anything had no session: there is nothing to guard.
    """
    prctl(PR_SET_NAME, b"devpm-sentinel")
    line = _socket.socket(fileno=fd)
    try:
        os.write(fd, b'{"armed":true}\n')
        give_back()
        until_gone(line)
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


def until_gone(line):
    """Node reads on where more waits than a record: the socket must not fill."""
    with select.epoll() as lifeline:
        # by edges: what waits in the socket wakes nobody
        lifeline.register(line.fileno(), select.EPOLLIN | select.EPOLLRDHUP | select.EPOLLET)
        while True:
            events = lifeline.poll()
            waiting = line.recv(PEEKED, _socket.MSG_PEEK)
            if RELEASE in waiting.split(b"\n"):
                os._exit(0)
            if not waiting or events[0][1] & (select.EPOLLRDHUP | select.EPOLLHUP | select.EPOLLERR):
                return
            waiting = waiting[drop(line, superseded(waiting)) :]
            if len(waiting) >= FULL:
                return


def superseded(waiting):
    """How much of it are records before a later one that is whole."""
    lines = waiting.split(b"\n")[:-1]
    records = [number for number, text in enumerate(lines) if text.startswith(RECORD)]
    count = 0
    while count < len(records) - 1 and records[count] == count:
        count += 1
    return sum(len(text) + 1 for text in lines[:count])


def drop(line, length):
    left = length
    while left > 0:
        left -= len(line.recv(left))
    return length
