"""Connections that rest between two requests while the worker changes: each goes to the server of its own address."""

import _socket
import os


class Adoption:
    def __init__(self):
        # of each server that can serve what others have accepted: where it listens, and how it is given one
        self.servers = []
        # those whose server is not there yet
        self.waiting = []
        self.over = False

    def open(self, places, adopt):
        self.servers.append((places, adopt))
        self.settle()

    def take(self, fds):
        """In the agent's thread, while a server may come in its own."""
        self.waiting.extend(fds)
        self.settle()
        if self.over:
            self.close()

    def settle(self):
        for fd in list(self.waiting):
            at = place(fd)
            for places, adopt in reversed(self.servers):
                if at in places and claim(self.waiting, fd) and not given(adopt, fd):
                    self.waiting.append(fd)

    def close(self):
        """A server that has not come by now does not listen there any more."""
        self.over = True
        for fd in list(self.waiting):
            if claim(self.waiting, fd):
                os.close(fd)


def given(adopt, fd):
    """False where that server's event loop is over."""
    try:
        adopt(fd)
    except RuntimeError:
        return False
    return True


def claim(waiting, fd):
    """True for one thread only."""
    try:
        waiting.remove(fd)
    except ValueError:
        return False
    return True


def place(fd):
    """The port, or the path, on which a connection has come or a server listens."""
    try:
        known = _socket.socket(fileno=fd)
    except OSError:
        return None
    try:
        name = known.getsockname()
    except OSError:
        return None
    finally:
        known.detach()
    return name[1] if isinstance(name, tuple) else name
