"""uvicorn: takes the kept listener, says when it serves and answers, and gives idle connections to the next worker."""

import os

from .. import plain_reloader
from ..import_hook import patch
from ..lifecycle import own_worker
from ..states import Booting
from . import sockets, uvicorn_handover
from .uvicorn_retirement import expect_retirement, interruptible

# What asyncio has accepted gets a transport in one turn of the loop, is known to uvicorn in the next, is read then.
TURNS_TO_CONNECT = 3


@patch("uvicorn.config")
def patch_config(module):
    init, load = module.Config.__init__, module.Config.load

    def init_without_reload(self, *args, **kwargs):
        if kwargs.get("reload"):
            plain_reloader.watch(named_to_reloader(kwargs))
        for name in ("reload", "reload_dirs", "reload_includes", "reload_excludes"):
            if name in kwargs:
                kwargs[name] = False if name == "reload" else None
        init(self, *args, **kwargs)

    def load_and_check(self):
        load(self)
        if own_worker():
            watch_first_answer(self)
            own_worker().checkpoint()

    module.Config.__init__ = init_without_reload
    module.Config.load = load_and_check


def named_to_reloader(kwargs):
    """A folder of `reload_dirs` is watched for Python files, and for what `reload_includes` adds."""
    folders, includes = (listed(kwargs.get(name)) for name in ("reload_dirs", "reload_includes"))
    patterns = ["*.py", *(include for include in includes if "*" in include or "?" in include)]
    places = folders or ([os.getcwd()] if patterns[1:] else [])
    return [os.path.join(folder, "**", pattern) for folder in places for pattern in patterns] + [
        include for include in includes if include not in patterns
    ]


def listed(value):
    return [str(value)] if isinstance(value, (str, os.PathLike)) else [str(one) for one in value or ()]


def watch_first_answer(config):
    inner = config.loaded_app

    async def noted(scope, receive, send):
        if scope["type"] == "lifespan" and own_worker():
            return await started(inner, scope, receive, send)
        if scope["type"] == "http" and own_worker():
            own_worker().sees_request()
        try:
            await inner(scope, receive, send)
        finally:
            if scope["type"] == "http" and own_worker():
                config.loaded_app = inner
                own_worker().sees_response()

    config.loaded_app = noted


async def started(app, scope, receive, send):
    """uvicorn turns what a start-up raises into a line of its log and an exit code."""

    async def without_failure_message(message):
        if message["type"] == "lifespan.startup.failed" and own_worker() and own_worker().is_reported:
            message = dict(message, message="")
        await send(message)

    try:
        await app(scope, receive, without_failure_message)
    except Exception as error:
        if own_worker() and isinstance(own_worker().state, Booting):
            own_worker().hidden_error = error
        raise


@patch("uvicorn.server")
def patch_server(module):
    module.Server.startup = startup_with_kept_listener(module, module.Server.startup)
    module.Server.shutdown = shutdown_without_idle(module, module.Server.shutdown)


def startup_with_kept_listener(module, plain):
    async def startup(self, sockets=None):
        if own_worker() is None:
            await plain(self, sockets=sockets)
            return
        clock = module.asyncio = interruptible(module.asyncio)
        own = await take(self.config) if sockets is None else None
        await plain(self, sockets=own or sockets)
        if not self.started:
            return
        if own:
            self._log_started_message(own)
        expect_retirement(self, clock)
        for held in own or ():
            keep_listener(held)
        own_worker().serves()

    return startup


def shutdown_without_idle(module, plain):
    """Idle connections go to the next worker first: uvicorn would close them."""

    async def shutdown(self, sockets=None):
        if own_worker() and own_worker().has_successor:
            for _ in range(TURNS_TO_CONNECT):
                await module.asyncio.sleep(0)
            for connection in list(self.server_state.connections):
                if not hasattr(connection, "cycle"):
                    connection.shutdown()
            await uvicorn_handover.give_all(self, module.asyncio.sleep)
        await plain(self, sockets=sockets)

    return shutdown


def keep_listener(held):
    entry = sockets.bound.get(held.fileno())
    if entry:
        entry.managed = True
        sockets.keep(entry)


async def take(config):
    """Binds as the event loop would have done; None leaves the binding, and the message when it fails, to uvicorn."""
    import asyncio
    import socket

    if config.fd is not None or config.uds is not None or not config.port:
        return None
    held = []
    try:
        for family, address in numeric(config, socket) or await resolved(config, asyncio, socket):
            listener = socket.socket(family, socket.SOCK_STREAM)
            held.append(listener)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.setblocking(False)
            listener.bind(address)
    except OSError:
        for listener in held:
            sockets.bound.pop(listener.fileno(), None)
            listener.close()
        return None
    return held


def numeric(config, socket):
    """As asyncio does: an address needs no resolver, and so no thread of the loop's that the program would see."""
    for family, more in ((socket.AF_INET, ()), (socket.AF_INET6, (0, 0))):
        try:
            socket.inet_pton(family, config.host or "")
        except OSError:
            continue
        return [(family, (config.host, config.port, *more))]
    return None


async def resolved(config, asyncio, socket):
    infos = await asyncio.get_running_loop().getaddrinfo(
        config.host or None, config.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    return dict.fromkeys((info[0], info[4]) for info in infos)
