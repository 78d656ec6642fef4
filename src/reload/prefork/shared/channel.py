"""How supervisor, template and worker talk: messages over a socket pair, file descriptors beside them."""

import _socket
import _thread
import marshal
import select
import sys

MAX_FDS = 64
# Of a message: its length comes before it.
HEAD_BYTES = 4
FD_BYTES = 4
CLOSE_ON_EXEC = getattr(_socket, "MSG_CMSG_CLOEXEC", 0)


def pair():
    """Two ends of the C socket type: what an app patches in the `socket` module does not reach them."""
    return tuple(Channel(end.detach()) for end in _socket.socketpair())


def wait(sources, seconds):
    """Until something has arrived on one of them, at most so long: whether something has."""
    waiting = select.poll()
    for source in sources:
        waiting.register(source, select.POLLIN)
    return bool(waiting.poll(seconds * 1000))


def encode(message):
    body = marshal.dumps(message)
    return len(body).to_bytes(HEAD_BYTES, "big") + body


class Channel:
    def __init__(self, fd):
        self.socket = _socket.socket(fileno=fd)
        # a library may have set another default
        self.socket.settimeout(None)
        self.unread = b""
        self.descriptors = []
        self.renew()

    def renew(self):
        """In a fork, where nothing would open what another thread had locked."""
        self.sending = _thread.allocate_lock()

    def fileno(self):
        return self.socket.fileno()

    def close(self):
        self.socket.close()

    def send(self, message, fds=()):
        """False when the other end is gone."""
        data = encode(dict(message, fds=len(fds)) if fds else message)
        packed = b"".join(fd.to_bytes(FD_BYTES, sys.byteorder) for fd in fds)
        beside = [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, packed)] if fds else []
        try:
            # a long message is sent in several pieces
            with self.sending:
                sent = self.socket.sendmsg([data], beside)
                self.socket.sendall(data[sent:])
        except OSError:
            return False
        return True

    def receive(self):
        """The messages that have arrived, each with its descriptors; None when the other end is gone."""
        try:
            data, beside, _, _ = self.socket.recvmsg(65536, _socket.CMSG_SPACE(MAX_FDS * FD_BYTES), CLOSE_ON_EXEC)
        except OSError:
            return None
        for level, kind, packed in beside:
            if level == _socket.SOL_SOCKET and kind == _socket.SCM_RIGHTS:
                whole = range(0, len(packed) - FD_BYTES + 1, FD_BYTES)
                self.descriptors += [int.from_bytes(packed[at : at + FD_BYTES], sys.byteorder) for at in whole]
        if not data:
            return None
        self.unread += data
        try:
            return list(self.messages())
        except (EOFError, TypeError, ValueError):
            return None

    def messages(self):
        while len(self.unread) >= HEAD_BYTES:
            end = HEAD_BYTES + int.from_bytes(self.unread[:HEAD_BYTES], "big")
            if len(self.unread) < end:
                return
            message, self.unread = marshal.loads(self.unread[HEAD_BYTES:end]), self.unread[end:]
            count = message.pop("fds", 0)
            fds, self.descriptors = self.descriptors[:count], self.descriptors[count:]
            yield message, fds
