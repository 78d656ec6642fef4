"""A program gets the kept listener where it binds a port; the supervisor keeps what was bound first.

So one mechanism serves every server that binds in Python, and requests wait in the socket while a worker is replaced.
"""

import _socket
import os
import sys

from ...shared.messages import FromWorkerToSupervisor
from .. import lifecycle
from ..import_hook import patch

STREAMS = (_socket.AF_INET, _socket.AF_INET6)
ACCEPTS = getattr(_socket, "SO_ACCEPTCONN", None)


class BoundSocket:
    def __init__(self, held, wanted, kept):
        self.socket = held
        # what the app asked for: family, host, port
        self.wanted = wanted
        self.kept = kept
        self.loop = None
        # the program has asked for it: a kept one listens already
        self.listens = False
        # the hook of its server closes it in order
        self.managed = False


# file number → BoundSocket
bound = {}


def retire():
    """Nothing more is accepted from the kept sockets, whatever waits on them."""
    for fd, entry in list(bound.items()):
        if not entry.kept or entry.managed or entry.socket.fileno() != fd:
            continue
        if entry.loop is not None:
            entry.loop.call_soon_threadsafe(entry.loop.remove_reader, fd)
        else:
            stop_accepting(fd, entry.socket.family)
    return False


def stop_accepting(fd, family):
    """Puts a socket that no client knows in the place of a listener; of its kind, for programs that look."""
    unknown = _socket.socket(family, _socket.SOCK_STREAM)
    unknown.bind(("::1" if family == _socket.AF_INET6 else "127.0.0.1", 0))
    unknown.listen(1)
    os.set_blocking(unknown.fileno(), False)
    os.dup2(unknown.fileno(), fd, False)
    unknown.close()


def is_kept_kind(held, address):
    return (
        lifecycle.own_worker() is not None
        and held.family in STREAMS
        and held.type & 0xF == _socket.SOCK_STREAM
        and isinstance(address, tuple)
        and bool(address[1])
    )


def binding(plain):
    """`plain` for a socket of another kind, and where there is no listener yet."""

    def bind(self, address):
        if is_kept_kind(self, address):
            bind_kept(self, address, plain)
        else:
            plain(self, address)

    return bind


def bind_kept(self, address, plain):
    wanted = [int(self.family), str(address[0]), int(address[1])]
    lifecycle.current.checkpoint()
    fds = lifecycle.current.link.ask(FromWorkerToSupervisor.bind(wanted=wanted))
    if fds:
        is_blocking = os.get_blocking(self.fileno())
        os.dup2(fds[0], self.fileno(), False)
        os.close(fds[0])
        # the flag lives in what the processes share: the former worker's event loop had set it
        os.set_blocking(self.fileno(), is_blocking)
    else:
        plain(self, address)
    self.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
    bound[self.fileno()] = BoundSocket(self, wanted, bool(fds))


def listening(plain):
    def listen(self, *backlog):
        plain(self, *backlog)
        entry = bound.get(self.fileno())
        if entry is None or entry.socket is not self or lifecycle.own_worker() is None:
            return
        entry.listens = True
        if "asyncio" in sys.modules:
            entry.loop = sys.modules["asyncio"]._get_running_loop()
        keep(entry)

    return listen


def keep(entry):
    if not entry.kept:
        entry.kept = True
        lifecycle.current.link.tell(FromWorkerToSupervisor.listening(wanted=entry.wanted), [entry.socket.fileno()])
    if lifecycle.current.port in (None, entry.wanted[2]):
        lifecycle.current.serves_soon()


def getsockopt(self, level, option, *size):
    """gunicorn asks whether its socket listens already, and would never say that it does: the kept one is as new."""
    if option == ACCEPTS and level == _socket.SOL_SOCKET:
        entry = bound.get(self.fileno())
        if entry is not None and entry.socket is self and not entry.listens:
            return 0
    return _socket.socket.getsockopt(self, level, option, *size)


@patch("socket")
def patch_socket(module):
    module.socket.bind = binding(_socket.socket.bind)
    module.socket.listen = listening(_socket.socket.listen)
    module.socket.getsockopt = getsockopt
    patch_accept(module.socket)
    patch_connect(module.socket)


@patch("gevent._socket3")
def patch_gevent(module):
    """A class of its own, which it puts in the place of Python's."""
    module.socket.bind = binding(module.socket.bind)
    module.socket.listen = listening(module.socket.listen)


def patch_accept(socket_type):
    plain = socket_type.accept

    def accept(self):
        """In a server that no hook knows, the first response follows the first connection."""
        worker = lifecycle.own_worker()
        if worker is not None:
            if socket_type.accept is accept:
                socket_type.accept = plain
            worker.sees_response_soon()
        return plain(self)

    socket_type.accept = accept


def patch_connect(socket_type):
    """What can be seen from outside is not done ahead of the save. Only the first call is looked at."""

    def connect(self, address):
        begin()
        return self.connect(address)

    def connect_ex(self, address):
        begin()
        return self.connect_ex(address)

    def begin():
        if lifecycle.current is not None:
            lifecycle.current.await_activation()
        for name, ours in (("connect", connect), ("connect_ex", connect_ex)):
            if vars(socket_type).get(name) is ours:
                delattr(socket_type, name)

    socket_type.connect = connect
    socket_type.connect_ex = connect_ex
