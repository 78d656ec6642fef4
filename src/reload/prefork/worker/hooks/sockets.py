"""Where an app binds a port, it receives the socket the holder keeps; where it is the first, the holder keeps its.

So one mechanism serves every server that binds in Python, and requests wait in the socket while a worker is replaced.
"""

import _socket
import os
import sys

from .. import link
from ..import_hook import patch

STREAMS = (_socket.AF_INET, _socket.AF_INET6)


class BoundSocket:
    def __init__(self, held, wanted, kept):
        self.socket = held
        # what the app asked for: family, host, port
        self.wanted = wanted
        self.kept = kept
        self.loop = None
        # a server hook closes it properly
        self.managed = False


# file number → BoundSocket
bound = {}


def retire():
    """Nothing more is accepted from the kept sockets, whoever waits on them."""
    for fd, entry in list(bound.items()):
        if not entry.kept or entry.managed or entry.socket.fileno() != fd:
            continue
        if entry.loop is not None:
            entry.loop.call_soon_threadsafe(entry.loop.remove_reader, fd)
        else:
            stop_accepting(fd, entry.socket.family)
    return False


def stop_accepting(fd, family):
    """Puts a socket that nobody knows of in the place of a listening one; of its kind, for programs that look."""
    deaf = _socket.socket(family, _socket.SOCK_STREAM)
    deaf.bind(("::1" if family == _socket.AF_INET6 else "127.0.0.1", 0))
    deaf.listen(1)
    os.set_blocking(deaf.fileno(), False)
    os.dup2(deaf.fileno(), fd, False)
    deaf.close()


def is_kept_kind(held, address):
    return (
        link.current is not None
        and link.current.mine()
        and held.family in STREAMS
        and held.type & 0xF == _socket.SOCK_STREAM
        and isinstance(address, tuple)
        and bool(address[1])
    )


def bind(self, address):
    if not is_kept_kind(self, address):
        return _socket.socket.bind(self, address)
    wanted = [int(self.family), str(address[0]), int(address[1])]
    link.current.checkpoint()
    reply, fds = link.current.ask("bind", wanted=wanted)
    if reply == "stand down":
        raise link.StandDown(0)
    if fds:
        os.dup2(fds[0], self.fileno(), False)
        os.close(fds[0])
        # the flag lives in what the processes share: the former worker's event loop had set it
        os.set_blocking(self.fileno(), self.gettimeout() is None)
    else:
        _socket.socket.bind(self, address)
    self.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
    bound[self.fileno()] = BoundSocket(self, wanted, bool(fds))


def listen(self, *backlog):
    _socket.socket.listen(self, *backlog)
    entry = bound.get(self.fileno())
    if entry is None or entry.socket is not self or link.current is None or not link.current.mine():
        return
    if "asyncio" in sys.modules:
        entry.loop = sys.modules["asyncio"]._get_running_loop()
    keep(entry)


def keep(entry):
    if not entry.kept:
        entry.kept = True
        link.current.tell("listens", fds=[entry.socket.fileno()], wanted=entry.wanted)
    if link.current.port in (None, entry.wanted[2]):
        link.current.serves_soon()


@patch("socket")
def patch_socket(module):
    plain = module.socket.accept

    def accept(self):
        """The first one is followed by the first answer, in servers we know nothing else of."""
        if link.current is not None and link.current.mine():
            if module.socket.accept is accept:
                module.socket.accept = plain
            link.current.answers_soon()
        return plain(self)

    def connect(self, address):
        """What asks others is not done ahead of the save."""
        if link.current is not None:
            link.current.await_activation()
        plain_again()
        return self.connect(address)

    def connect_ex(self, address):
        if link.current is not None:
            link.current.await_activation()
        plain_again()
        return self.connect_ex(address)

    def plain_again():
        for name, ours in (("connect", connect), ("connect_ex", connect_ex)):
            if vars(module.socket).get(name) is ours:
                delattr(module.socket, name)

    module.socket.connect = connect
    module.socket.connect_ex = connect_ex
    module.socket.bind = bind
    module.socket.listen = listen
    module.socket.accept = accept
