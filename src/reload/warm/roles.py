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
    from . import patches, sources
    from .holder import Holder

    sources.install()
    patches.install()
    work = Holder(options).run
    while work is not None:
        try:
            work()
            work = None
        except Forked as forked:
            work = forked.work
