"""The life of a worker after the fork: the user's program, in a process that can be told to step aside."""

import os
import sys

from . import agent, collector, kin, learn, program, sockets, sources


def play(order, channel, record=None):
    """Runs the program to its end and leaves the ending of the process to the interpreter, as without us."""
    worker = agent.current = agent.Agent(channel, order)
    os.setpgid(0, 0)
    worker.on_retire(sockets.retire)
    kin.install()
    reseed()
    if not worker.first:
        worker.tell("born", pid=os.getpid())
    if record is not None:
        from . import trial

        worker.probe = trial.Probe(record, order["limit"])
        if not worker.poised:
            worker.probe.limit()
    worker.start()
    learn.before_program()
    collector.relax()
    sources.current.before_first = worker.await_word if worker.poised else None
    try:
        program.run(order["program"])
    except KeyboardInterrupt:
        if not worker.retiring and not worker.poised:
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
        worker.tell("ended", code=0, excerpt=[], files=sources.current.take())


def ended(worker, error):
    if worker.retiring or isinstance(error, agent.StandDown):
        return
    from . import crash

    code = getattr(error, "code", 1) if isinstance(error, SystemExit) else 1
    code = int(code) if isinstance(code, int) else 0 if code is None else 1
    lines = crash.excerpt(error) if code or not isinstance(error, SystemExit) else []
    worker.tell(
        "ended",
        code=code,
        excerpt=lines,
        package=crash.package(error),
        busy=isinstance(crash.root_cause(error), OSError),
        files=sources.current.take(),
    )


def reseed():
    """python's own random numbers begin anew in a fork; numpy's would be the same in every worker."""
    numbers = sys.modules.get("numpy.random")
    if numbers is not None:
        numbers.seed()
