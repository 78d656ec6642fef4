"""What stays open while workers come and go: the listening sockets, and connections that rest between two requests."""

import _socket
import os

from ..shared.messages import BIND_YOURSELF, STAND_DOWN, USE_LISTENER, FromSupervisorToWorker


class Listeners:
    def __init__(self, supervisor, workers):
        self.supervisor = supervisor
        self.workers = workers
        # (family, host, port) as the app asked for it → the socket
        self.sockets = {}
        # connections without a request, between two workers
        self.idle = []

    def give(self):
        """Only once the former worker accepts no more."""
        workers = self.workers.workers
        if any(worker.state == "retiring" and worker.listens and not worker.stopped for worker in workers):
            return
        for worker in workers:
            key, worker.waits_for = worker.waits_for, None
            if key is None:
                continue
            self.take_over(key)
            if worker.state == "retiring":
                # it has told all that retire it, and would not hear of it again
                worker.channel.send(FromSupervisorToWorker.decide(decision=STAND_DOWN))
            elif key in self.sockets:
                worker.claimed.add(key)
                worker.listens = True
                worker.channel.send(FromSupervisorToWorker.decide(decision=USE_LISTENER), [self.sockets[key].fileno()])
            else:
                self.make_way(key)
                self.supervisor.error_page.free_port(key[2])
                worker.channel.send(FromSupervisorToWorker.decide(decision=BIND_YOURSELF))

    def take_over(self, key):
        """The socket on which the page of a failed first start was shown, with the requests that wait in it."""
        stand_in = None if key in self.sockets else self.supervisor.error_page.stand_in_for(key)
        if stand_in is not None:
            self.sockets[key] = stand_in

    def make_way(self, key):
        """The app now asks for the same port under another address: what it had asked for before is in its way."""
        for other in [other for other in self.sockets if other[2] == key[2] and other != key]:
            if not any(other in worker.claimed for worker in self.workers.workers if worker.state != "retiring"):
                self.drop(other)

    def keep(self, worker, fd, key):
        """The worker has bound it itself: from now on it outlives it."""
        self.drop(key)
        self.sockets[key] = _socket.socket(fileno=fd)
        worker.claimed.add(key)
        worker.listens = True

    def drop(self, key):
        if key in self.sockets:
            self.sockets.pop(key).close()

    def drop_unclaimed(self, worker):
        """The app no longer binds it: a port on which nobody answers would look like a hanging app."""
        if worker is self.workers.current and worker.claimed:
            for key in [key for key in self.sockets if key not in worker.claimed]:
                self.drop(key)
        worker.channel.send(FromSupervisorToWorker.release_unclaimed())

    def rest(self, fds):
        self.idle.extend(fds)
        self.give_idle()

    def give_idle(self):
        """To the worker that serves, or to the page where none can."""
        current = self.workers.current
        if current is not None and current.state == "serving":
            self.idle += self.supervisor.error_page.unasked()
            # what a worker that has just died does not take waits for the next one
            while self.idle and current.channel.send(FromSupervisorToWorker.adopt(), self.idle[:1]):
                os.close(self.idle.pop(0))
        elif self.supervisor.error_page.crash is not None:
            self.supervisor.error_page.visit(self.idle, kept=True)
            self.idle = []

    def close_all(self):
        for held in self.sockets.values():
            held.close()
        for fd in self.idle:
            os.close(fd)
