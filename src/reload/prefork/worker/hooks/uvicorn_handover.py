"""Idle keep-alive connections of uvicorn go to the next worker instead of being closed.

A client that sends its next request while the server closes the connection would see a reset, and on an old
connection it would get the old code's answer.
"""

import os

from ...shared.messages import FromWorkerToSupervisor
from .. import lifecycle


def give(server):
    """Every connection on which no request has begun: now, the others when their answer is complete."""
    for protocol in busy(server):
        if not move(server, protocol):
            move_when_answered(server, protocol)


def busy(server):
    """Its HTTP connections, but for what must stay where it is: WebSockets, and what is encrypted."""
    return [
        protocol
        for protocol in list(server.server_state.connections)
        if hasattr(protocol, "cycle")
        and getattr(protocol, "transport", None) is not None
        and not protocol.transport.is_closing()
        and not protocol.transport.get_extra_info("sslcontext")
    ]


def move(server, protocol):
    transport = protocol.transport
    held = transport.get_extra_info("socket")
    if held is None or not is_idle(protocol) or transport.get_write_buffer_size():
        return False
    fd = os.dup(held.fileno())
    lifecycle.current.link.tell(FromWorkerToSupervisor.idle_connection(), [fd])
    os.close(fd)
    server.server_state.connections.discard(protocol)
    transport.abort()
    return True


def move_when_answered(server, protocol):
    cycle = protocol.cycle
    if cycle is None or getattr(cycle, "devpm_moves", False):
        return
    cycle.devpm_moves = True
    answered = cycle.on_response

    def moved():
        answered()
        if not protocol.transport.is_closing():
            move(server, protocol)

    cycle.on_response = moved


async def give_all(server, sleep):
    """uvicorn would close what is idle, and what has just been answered, while a client reuses it."""
    while not lifecycle.current.shutdown.everything_is_cut:
        give(server)
        if not busy(server):
            return
        await sleep(0.005)


def is_idle(protocol):
    if getattr(protocol, "pipeline", None) or not hasattr(protocol, "cycle"):
        return False
    parser = getattr(protocol, "conn", None)
    if hasattr(parser, "their_state"):
        idle = str(parser.their_state) == "IDLE" and not parser.trailing_data[0]
        return idle and (protocol.cycle is None or protocol.cycle.response_complete)
    if not hasattr(protocol, "parser") or not hasattr(protocol, "scope"):
        return False
    if protocol.cycle is None:
        return protocol.scope is None
    if getattr(protocol.cycle, "more_body", False):
        return False  # answered before the request has come to its end
    # a new scope is begun with the first byte of the next request
    return protocol.cycle.response_complete and protocol.scope is protocol.cycle.scope


def adopt(server, loop, fd):
    """Serves what the former worker had open, as if it had been accepted here."""
    import socket

    connection = socket.socket(fileno=fd)
    connection.setblocking(False)
    task = loop.create_task(loop.connect_accepted_socket(lambda: protocol_of(server, loop), connection))
    task.add_done_callback(lambda done: connection.close() if done.exception() else None)


def protocol_of(server, loop):
    config = server.config
    fields = {"config": config, "server_state": server.server_state, "_loop": loop}
    state = getattr(server.lifespan, "state", None)
    try:
        return config.http_protocol_class(app_state=state, **fields)
    except TypeError:
        return config.http_protocol_class(**fields)
