"""Twisted: Daphne, also as the `runserver` of Channels. Retired, it reads its listeners no more; what is in flight is
answered before its reactor stops.
"""

from .. import lifecycle
from ..import_hook import patch
from . import sockets

DRAIN_SECONDS = 0.005
# those that were read whole, and may not be answered yet
requests = []
# whose end is provided for
reactors = []


@patch("twisted.internet.tcp")
def patch_port(module):
    plain = module.Port.startListening

    def startListening(self):
        plain(self)
        worker, entry = lifecycle.own_worker(), sockets.bound.get(self.fileno())
        if worker is None or entry is None:
            return
        entry.managed = True
        worker.when_retired(lambda: self.reactor.callFromThread(self.stopReading))
        if self.reactor not in reactors:
            reactors.append(self.reactor)
            worker.shutdown.finish.append(lambda: stop(self.reactor))
            worker.shutdown.cut.append(lambda everything: cut(self.reactor, everything))

    module.Port.startListening = startListening


@patch("twisted.web.http")
def patch_requests(module):
    plain = module.Request.requestReceived

    def requestReceived(self, *arguments):
        requests[:] = [*in_flight(), self]
        worker = lifecycle.own_worker()
        if worker is not None and not worker.response_seen:
            worker.sees_request()
            self.notifyFinish().addBoth(lambda _: worker.sees_response())
        return plain(self, *arguments)

    module.Request.requestReceived = requestReceived


def in_flight():
    return [request for request in requests if not (request.finished or request._disconnected)]


def stop(reactor):
    """True where it runs: the program then comes to its end by itself."""

    def drain():
        if in_flight():
            reactor.callLater(DRAIN_SECONDS, drain)
        elif reactor.running:
            reactor.stop()

    reactor.callFromThread(drain)
    return reactor.running


def cut(reactor, everything):
    found = [request for request in in_flight() if everything or is_stream(request)]
    for request in found:
        reactor.callFromThread(request.transport.abortConnection)
    return [f"{request.method.decode()} {request.uri.decode()}" for request in found]


def is_stream(request):
    return b"text/event-stream" in (request.getHeader(b"accept") or b"")
