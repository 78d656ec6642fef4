"""Whether something listens on a port other than what the supervisor keeps there: asked of the kernel, so that no
server sees a connection. Loaded when a program has not bound its port in Python for a while.
"""

import os
import sys

# now: gevent puts its own in its place, which would wait in the program's loop
from time import sleep

from ..shared import project_sources
from ..shared.messages import FromWorkerToSupervisor
from .states import Booting

LOOK_SECONDS = 0.2
TABLES = ("/proc/net/tcp", "/proc/net/tcp6")
LISTEN = "0A"


def await_listener(worker, since):
    """When it began to listen: a start that takes long (a model that is loaded) is not over before."""
    is_first = True
    while isinstance(worker.state, Booting) and not listens(worker.port) and not listens_elsewhere():
        if is_first:
            worker.link.tell(FromWorkerToSupervisor.settled(files=project_sources.current.take()))
        is_first = False
        sleep(LOOK_SECONDS)
    return since if is_first else worker.time_of_reload()


def listens_elsewhere():
    """On a port of its own choice: the engine follows it there."""
    hooks = sys.modules.get(f"{__package__}.hooks.sockets")
    return hooks is not None and any(entry.listens for entry in list(hooks.bound.values()))


def listens(port):
    """True where that cannot be seen (macOS): the program is taken at its word."""
    found = listeners(port)
    if found is None:
        return True
    return bool(found) and bool(found - kept())


def listeners(port):
    """The kernel's numbers of the sockets; None without /proc."""
    suffix = f":{port:04X}"
    found, is_known = set(), False
    for table in TABLES:
        try:
            with open(table) as file:
                rows = [row.split() for row in file]
        except OSError:
            continue
        is_known = True
        found.update(row[9] for row in rows if len(row) > 9 and row[1].endswith(suffix) and row[3] == LISTEN)
    return found if is_known else None


def kept():
    """What the processes above this one have open: the supervisor, with a template between or without."""
    template = os.getppid()
    return sockets_of(template) | sockets_of(parent_of(template))


def parent_of(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return int(file.read().rpartition(")")[2].split()[1])
    except (OSError, ValueError):
        return 0


def sockets_of(pid):
    folder = f"/proc/{pid}/fd"
    try:
        names = os.listdir(folder)
    except OSError:
        return set()
    return {number for name in names for number in [socket_number(os.path.join(folder, name))] if number}


def socket_number(path):
    try:
        kind, _, number = os.readlink(path).partition("socket:[")
    except OSError:
        return None
    return None if kind else number.rstrip("]")
