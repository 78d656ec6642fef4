"""The life of a worker after the fork: the user's program, in a process that can be told to step aside."""

import os
import sys

from ..shared import project_sources
from . import child_processes, gc_pause, link, run_program, used_modules
from .hooks import sockets


def play(order, channel, record=None):
    """Runs the program to its end and leaves the ending of the process to the interpreter, as without us."""
    worker = link.current = link.Link(channel, order)
    os.setpgid(0, 0)
    worker.on_retire(sockets.retire)
    child_processes.install()
    reseed()
    if not worker.first:
        worker.tell("born", pid=os.getpid())
    if record is not None:
        from . import fork_probe

        worker.probe = fork_probe.ForkProbe(record, order["limit"])
        if not worker.standby:
            worker.probe.limit()
    worker.start()
    used_modules.before_program()
    gc_pause.pause()
    project_sources.current.before_first = worker.await_activation if worker.standby else None
    try:
        run_program.run(order["program"])
    except KeyboardInterrupt:
        if not worker.retiring and not worker.standby:
            raise
    except SystemExit as error:
        ended(worker, error)
        raise
    except BaseException as error:
        ended(worker, error)
        if not worker.told:
            sys.excepthook(type(error), error, error.__traceback__)
        sys.exit(1)
    else:
        worker.tell("ended", code=0, excerpt=[], files=project_sources.current.take())


def ended(worker, error):
    if worker.retiring or isinstance(error, link.StandDown):
        return
    from . import exception_excerpt

    code = getattr(error, "code", 1) if isinstance(error, SystemExit) else 1
    code = int(code) if isinstance(code, int) else 0 if code is None else 1
    lines = exception_excerpt.excerpt(error) if code or not isinstance(error, SystemExit) else []
    worker.tell(
        "ended",
        code=code,
        excerpt=lines,
        package=exception_excerpt.package(error),
        busy=isinstance(exception_excerpt.root_cause(error), OSError),
        files=project_sources.current.take(),
    )


def reseed():
    """python's own random numbers begin anew in a fork; numpy's would be the same in every worker."""
    numbers = sys.modules.get("numpy.random")
    if numbers is not None:
        numbers.seed()
