"""One python file tree, three processes: holder, nursery, worker. A fork leaves the loop it was made in."""

import gc
import os
import time
import types


class Forked(BaseException):
    """Raised in the child: unwinds to here, so that nothing of the parent's frames stays alive below the app."""

    def __init__(self, work):
        self.work = work


def fork(work):
    """The child's pid; in the child `work` is what runs next, from the bottom of the stack."""
    pid = os.fork()
    if pid == 0:
        raise Forked(work)
    return pid


# In words of 8 bytes; the piece that is made for it has as much again for the frames above.
ROOM = 32 * 1024
# To the first worker, unless it asks something sooner.
LET_GO_AHEAD_SECONDS = 0.05


def roomy(function):
    """From 3.11 on python keeps its frames in pieces of 16 KB, and a call that crosses to the next piece has the system
    map it, and unmap it at the return: 10 µs at every such call, wherever a program's depth happens to lie. Below a
    frame that claims so much room, and touches none of it, one piece is enough for all.
    """
    code = function.__code__.replace(co_stacksize=ROOM)
    return types.FunctionType(
        code, function.__globals__, function.__name__, function.__defaults__, function.__closure__
    )


@roomy
def play(options):
    """The first worker begins before the holder has loaded itself: the first start must not wait for it."""
    from . import patches, sources, wire, worker

    sources.install()
    patches.install()
    ours, theirs = wire.pair()
    order = {
        "worker": 1,
        "program": options.program,
        "port": options.port,
        "first": True,
        "told": "DEVPM_SOCKET" in os.environ,
        "poised": False,
    }

    def first():
        ours.close()
        worker.play(order, theirs)

    def holder():
        from . import signals

        wake = signals.catch()
        # just after a fork the two copy their pages, and are in each other's way
        wire.wait((ours, wake), LET_GO_AHEAD_SECONDS)
        from .holder import Holder

        Holder(options, wake).run(pid, ours, began)

    work = holder
    # what is loaded up to here stays for good: the first worker's collector would copy it by looking at it
    gc.freeze()
    began = time.monotonic()
    try:
        pid = fork(first)
        theirs.close()
    except Forked as forked:
        work = forked.work
    while work is not None:
        try:
            work()
            work = None
        except Forked as forked:
            work = forked.work
