"""The connections that are answered while no worker can: 503, with why."""

import _socket

# What was open for too long is closed a moment later.
SWEEP_SECONDS = 0.1


class ErrorPage:
    def __init__(self):
        self.connections = []

    def open(self, fds, is_kept=False):
        """`is_kept`: they come from a worker, between two requests. Returns when they are to be swept."""
        from .error_response import PATIENCE, PageConnection  # few crash, and the page brings json

        self.connections.extend(PageConnection(_socket.socket(fileno=fd), is_kept) for fd in fds)
        return PATIENCE + SWEEP_SECONDS

    def reading(self):
        return [connection for connection in self.connections if connection.out is None or connection.done]

    def writing(self):
        return [connection for connection in self.connections if connection.out and not connection.done]

    def take_unasked(self):
        """The connections of a former worker on which nothing was asked: the next one may have them."""
        found = [one for one in self.connections if one.is_kept and one.out is None and not one.head]
        self.connections = [one for one in self.connections if one not in found]
        return [one.connection.detach() for one in found]

    def read(self, one, crash, now):
        """`crash`: what is answered; None where the app has come back in this moment."""
        if one.read(crash):
            self.write(one, now)

    def write(self, one, now):
        if one.write():
            one.finish()
        self.sweep(now)

    def sweep(self, now):
        for one in [one for one in self.connections if one.gone or one.deadline < now]:
            self.connections.remove(one)
            one.connection.close()

    def close_all(self):
        for one in self.connections:
            one.connection.close()
