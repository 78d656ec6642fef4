"""Idle keep-alive connections of uvicorn go to the next worker instead of being closed.

A client that sends its next request while the server closes the connection would see a reset, and on an old
connection it would get the old code's answer.
"""

import os
import socket

from . import agent


def give(server):
    """Every connection on which no request has begun, and of those what the kernel has not yet given us."""
    for protocol in list(server.server_state.connections):
        transport = getattr(protocol, "transport", None)
        if transport is None or not is_idle(protocol) or transport.get_extra_info("sslcontext"):
            continue
        held = transport.get_extra_info("socket")
        if held is None or transport.is_closing():
            continue
        fd = os.dup(held.fileno())
        agent.current.tell("idle", fds=[fd])
        os.close(fd)
        server.server_state.connections.discard(protocol)
        transport.abort()


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
    # a new scope is begun with the first byte of the next request
    return protocol.cycle.response_complete and protocol.scope is protocol.cycle.scope


def adopt(server, loop, fds):
    """Serves what the former worker had open, as if it had been accepted here."""
    for fd in fds:
        connection = socket.socket(fileno=fd)
        connection.setblocking(False)
        task = loop.create_task(loop.connect_accepted_socket(lambda: protocol_of(server, loop), connection))
        task.add_done_callback(lambda done, connection=connection: connection.close() if done.exception() else None)


def protocol_of(server, loop):
    config = server.config
    fields = {"config": config, "server_state": server.server_state, "_loop": loop}
    state = getattr(server.lifespan, "state", None)
    try:
        return config.http_protocol_class(app_state=state, **fields)
    except TypeError:
        return config.http_protocol_class(**fields)
