"""What stays open while workers come and go: the listeners, and connections that are idle between two requests."""

import _socket
import os

from ..shared.channel import wait
from ..shared.messages import BIND_YOURSELF, STAND_DOWN, USE_LISTENER, FromSupervisorToWorker


class Listeners:
    def __init__(self):
        # (family, host, port) as the app asked for it → the socket
        self.kept = {}
        # port → a socket bound only so that a first start that fails has a page
        self.stand_ins = {}
        # the app listens without asking (gevent does): a stand-in would be in its way
        self.is_bypassed = False
        # connections without a request, between two workers
        self.idle = []

    def every(self):
        return [*self.kept.values(), *self.stand_ins.values()]

    def has_connection(self):
        """Whether one waits to be accepted."""
        return wait(self.kept.values(), 0)

    def grant(self, workers):
        """Answers the workers that want to bind, once the former one accepts no more.

        Returns connections that waited in a stand-in which had to go.
        """
        if any(worker.may_accept for worker in workers):
            return []
        waiting = []
        for worker in workers:
            key, worker.waits_for = worker.waits_for, None
            if key is not None:
                waiting += self.answer(worker, key, workers)
        return waiting

    def answer(self, worker, key, workers):
        self.take_over_stand_in(key)
        if worker.is_retiring:
            # its servers were asked to stop, and will not be asked again
            worker.channel.send(FromSupervisorToWorker.decide(decision=STAND_DOWN))
        elif key in self.kept:
            worker.claimed.add(key)
            use = FromSupervisorToWorker.decide(decision=USE_LISTENER)
            worker.channel.send(use, [self.kept[key].fileno()])
        else:
            self.make_way(key, workers)
            waiting = self.close_stand_in(key[2])
            worker.channel.send(FromSupervisorToWorker.decide(decision=BIND_YOURSELF))
            return waiting
        return []

    def make_way(self, key, workers):
        """The app now asks for the same port under another address: what it had asked for before is in its way."""
        for other in [other for other in self.kept if other[2] == key[2] and other != key]:
            if not any(other in worker.claimed for worker in workers if not worker.is_retiring):
                self.drop(other)

    def do_keep_listener(self, worker, fd, wanted):
        """The worker has bound it itself: from now on it outlives it."""
        self.drop(wanted)
        self.kept[wanted] = _socket.socket(fileno=fd)
        worker.claimed.add(wanted)

    def drop(self, key):
        if key in self.kept:
            self.kept.pop(key).close()

    def drop_unclaimed(self, worker):
        """The app no longer binds it: a port on which nothing answers would look like a hanging app."""
        for key in [key for key in self.kept if key not in worker.claimed]:
            self.drop(key)

    def give_idle(self, worker):
        """What a worker that has just exited does not take waits for the next one."""
        while self.idle and worker.channel.send(FromSupervisorToWorker.adopt(), self.idle[:1]):
            os.close(self.idle.pop(0))

    def show_page(self, options):
        """From now on the supervisor accepts itself."""
        if not self.kept and not self.stand_ins and options.port:
            self.stand_in(options.host or "127.0.0.1", options.port)
        for held in self.every():
            held.setblocking(False)

    # -- stand-ins -------------------------------------------------------------------------------------------------

    def stand_in(self, host, port):
        try:
            family, kind, _, _, address = _socket.getaddrinfo(host, port, type=_socket.SOCK_STREAM)[0]
            held = _socket.socket(family, kind)
            held.setsockopt(_socket.SOL_SOCKET, _socket.SO_REUSEADDR, 1)
            held.bind(address)
            held.listen(128)
            self.stand_ins[port] = held
        except OSError:
            pass

    def take_over_stand_in(self, key):
        """Where it listens just as the app wants to: with the requests that wait in it."""
        family, host, port = key
        held = self.stand_ins.get(port)
        fits = held is not None and held.family == family and held.getsockname()[:2] == (host, port)
        if fits and key not in self.kept:
            self.kept[key] = self.stand_ins.pop(port)

    def make_room(self):
        """Before a worker starts that binds without asking. Returns the connections that waited."""
        ports = list(self.stand_ins) if self.is_bypassed else []
        return [fd for port in ports for fd in self.close_stand_in(port)]

    def close_stand_in(self, port):
        """What waits in it would see a reset: these connections are returned."""
        held = self.stand_ins.pop(port, None)
        if held is None:
            return []
        waiting = list(iter(lambda: accept(held), None))
        held.close()
        return waiting

    def close_all(self):
        for held in self.every():
            held.close()
        for fd in self.idle:
            os.close(fd)


def accept(listener):
    """A descriptor; None where no connection waits."""
    try:
        return listener._accept()[0]
    except OSError:
        return None
