"""One python file tree, three processes: holder, nursery, worker. A fork leaves the loop it happened in and begins anew."""

import os


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
        from .holder import Holder

        Holder(options).run(pid, ours)

    work = holder
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
