"""uvicorn at the end of a worker: it stops accepting, and its server ends, in the event loop's own thread."""

import _thread

from ..adoption import place
from ..lifecycle import own_worker
from ..threads import is_main
from . import uvicorn_handover


def interruptible(asyncio):
    return asyncio if isinstance(asyncio, InterruptibleAsyncio) else InterruptibleAsyncio(asyncio)


class InterruptibleAsyncio:
    """asyncio as uvicorn's server module sees it: its fixed sleeps end when this worker is retired."""

    def __init__(self, asyncio):
        self.asyncio = asyncio
        self.sleepers = set()
        self.over = False

    def __getattr__(self, name):
        return getattr(self.asyncio, name)

    async def sleep(self, delay):
        if self.over:
            return await self.asyncio.sleep(min(delay, 0.005))
        loop = self.asyncio.get_running_loop()
        sleeper = loop.create_future()
        self.sleepers.add(sleeper)
        timer = loop.call_later(delay, wake, sleeper)
        try:
            await sleeper
        finally:
            timer.cancel()
            self.sleepers.discard(sleeper)

    def end(self):
        """In the loop of one server; another one's may run in another thread."""
        self.over = True
        for sleeper in list(self.sleepers):
            sleeper.get_loop().call_soon_threadsafe(wake, sleeper)


def wake(sleeper):
    if not sleeper.done():
        sleeper.set_result(None)


def expect_retirement(server, clock):
    """Registers with the lifecycle what is done to this server when its worker is retired, finished and cut."""
    import asyncio

    loop = asyncio.get_running_loop()
    main = is_main()

    def close():
        for listener in server.servers:
            stop_accepting(loop, listener)
        if own_worker().has_successor:
            server.devpm_gives = loop.create_task(uvicorn_handover.give_all(server, asyncio.sleep))

    def finish():
        server.should_exit = True
        clock.end()
        return main

    places = {place(held.fileno()) for listener in server.servers for held in listener.sockets}
    own_worker().adoption.open(places, lambda fd: loop.call_soon_threadsafe(uvicorn_handover.adopt, server, loop, fd))
    own_worker().when_retired(lambda: in_loop(loop, close))
    own_worker().shutdown.finish.append(lambda: in_loop(loop, finish))
    own_worker().shutdown.cut.append(
        lambda everything: in_loop(loop, lambda: cut_connections(server, everything)) or []
    )


def stop_accepting(loop, listener):
    """asyncio drops a connection that it has accepted but not yet given a transport when its server is closed."""
    removed = [loop.remove_reader(held.fileno()) for held in listener.sockets]
    if any(removed):
        loop.call_soon(listener.close)
    else:
        # uvloop reads by itself, and gives the transport when it accepts
        listener.close()


def in_loop(loop, action):
    """Runs it in the event loop's thread; what it returned, True for nothing, None where the loop is over."""
    done, result = _thread.allocate_lock(), []
    done.acquire()

    def run():
        try:
            value = action()
            result.append(True if value is None else value)
        finally:
            done.release()

    try:
        loop.call_soon_threadsafe(run)
    except RuntimeError:
        return None
    done.acquire(timeout=1)
    return result[0] if result else None


def cut_connections(server, everything):
    names = []
    for connection in list(server.server_state.connections):
        scope = getattr(connection, "scope", None) or {}
        is_stream = scope.get("type") == "websocket" or wants_events(scope)
        if not (is_stream or everything):
            continue
        word = "WebSocket" if scope.get("type") == "websocket" else scope.get("method", "a connection")
        names.append(f"{word} {scope.get('path', '')}".strip())
        connection.transport.abort()
    for task in list(server.server_state.tasks) if everything else ():
        task.cancel()
    return names


def wants_events(scope):
    return any(name == b"accept" and b"text/event-stream" in value for name, value in scope.get("headers", ()))
