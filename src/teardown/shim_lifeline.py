"""The sentinel before its node runs: how shim.py guards a start. Standard library only."""

import ctypes
import os
import select
import time

PR_SET_NAME = 15
MSG_PEEK = 2
# more than the kernel keeps of a socket that nothing reads
PEEKED = 1 << 18
START_S = 2.0


def watch(fd):
    """Until the engine is gone, or the start's first seconds are. Nothing is read: it is for the sentinel's node."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_NAME, b"devpm-sentinel", 0, 0, 0)
    peeked = ctypes.create_string_buffer(PEEKED)
    deadline = time.monotonic() + START_S
    with select.epoll() as lifeline:
        lifeline.register(fd, select.EPOLLIN | select.EPOLLRDHUP | select.EPOLLET)
        try:
            os.write(fd, b'{"armed":true}\n')
        except OSError:
            return
        while True:
            left = deadline - time.monotonic()
            events = lifeline.poll(left) if left > 0 else []
            if not events or events[0][1] & (select.EPOLLRDHUP | select.EPOLLHUP | select.EPOLLERR):
                return
            length = libc.recv(fd, peeked, PEEKED, MSG_PEEK)
            if length == PEEKED:
                return
            if b'\n{"release":true}\n' in b"\n" + ctypes.string_at(peeked, max(0, length)):
                os._exit(0)
