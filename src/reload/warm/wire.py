"""How holder, nursery and worker talk: one JSON object a line over a socket pair, file descriptors beside it."""

import array
import json
import select
import socket

MAX_FDS = 64


def pair():
    """Two ends of the C socket type: what an app patches in the `socket` module does not reach them."""
    return tuple(Channel(end.detach()) for end in socket.socketpair())


def wait(sources, seconds):
    """Until something has arrived on one of them, at most so long."""
    waiting = select.poll()
    for source in sources:
        waiting.register(source, select.POLLIN)
    waiting.poll(seconds * 1000)


class Channel:
    def __init__(self, fd):
        self.socket = socket.SocketType(fileno=fd)
        self.unread = b""
        self.descriptors = []

    def fileno(self):
        return self.socket.fileno()

    def close(self):
        self.socket.close()

    def send(self, message, fds=()):
        """False when nobody listens any more."""
        if fds:
            message = dict(message, fds=len(fds))
        data = json.dumps(message).encode() + b"\n"
        beside = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
        try:
            sent = self.socket.sendmsg([data], beside)
            self.socket.sendall(data[sent:])
        except OSError:
            return False
        return True

    def receive(self):
        """The messages that have arrived, each with its descriptors; None when the other end is gone."""
        try:
            data, beside, _, _ = self.socket.recvmsg(65536, socket.CMSG_SPACE(MAX_FDS * 4))
        except OSError:
            return None
        for level, kind, payload in beside:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                fds = array.array("i")
                fds.frombytes(payload[: len(payload) - len(payload) % fds.itemsize])
                self.descriptors.extend(fds)
        if not data:
            return None
        *lines, self.unread = (self.unread + data).split(b"\n")
        return [self.decode(line) for line in lines]

    def decode(self, line):
        message = json.loads(line)
        count = message.pop("fds", 0)
        fds, self.descriptors = self.descriptors[:count], self.descriptors[count:]
        return message, fds
