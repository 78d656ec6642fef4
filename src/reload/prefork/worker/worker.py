"""The user's program in a worker, from the fork to the program's end."""

import os
import sys

from ..shared import kept_sources, project_sources, unseeded
from ..shared.messages import FromWorkerToSupervisor
from . import (
    child_processes,
    gc_pause,
    last_writes,
    lifecycle,
    plain_reloader,
    run_program,
    session_input,
    used_modules,
)
from .hooks import sockets
from .link import Link, StandDown


def prepare():
    """In a template, for its workers: they share what is done ahead."""
    from . import fork_probe  # noqa: F401 - the first of them is one

    used_modules.note_modules()


def play(settings, channel, stacks=None):
    """Runs the program to its end and leaves the ending of the process to the interpreter, as without us."""
    worker = lifecycle.current = lifecycle.Lifecycle(Link(channel), settings)
    os.setpgid(0, 0)
    worker.when_retired(sockets.retire)
    child_processes.install()
    session_input.install()
    last_writes.install()
    reseed()
    if not worker.is_first:
        worker.link.tell(FromWorkerToSupervisor.started(pid=os.getpid()))
    if stacks is not None:
        from . import fork_probe

        worker.probe = fork_probe.ForkProbe(stacks, settings["probe_seconds"])
        if not worker.is_standby:
            worker.probe.limit()
    worker.start()
    worker.reloader = plain_reloader.begin(settings["program"], settings["reloader"])
    used_modules.before_program()
    gc_pause.pause()
    begin_sources(worker)
    try:
        run_program.run(settings["program"])
    except KeyboardInterrupt:
        if not worker.is_retiring and not worker.is_standby:
            raise
    except SystemExit as error:
        tell_end(worker, error)
        raise
    except BaseException as error:
        tell_end(worker, error)
        if not worker.is_reported:
            sys.excepthook(type(error), error, error.__traceback__)
        sys.exit(1)
    else:
        send_end(worker, code=0)
    finally:
        worker.answered.send()


def begin_sources(worker):
    sources = project_sources.current
    sources.before_first = worker.await_activation if worker.is_standby else None
    # a template has compiled them
    if not worker.is_preloaded:
        sources.kept = kept_sources.read()


def tell_end(worker, error):
    if worker.is_retiring or isinstance(error, StandDown):
        return
    from . import exception_excerpt

    code = exit_code(error)
    send_end(
        worker,
        code=code,
        excerpt=exception_excerpt.excerpt(error) if code or not isinstance(error, SystemExit) else [],
        package=exception_excerpt.package(error),
        busy=isinstance(exception_excerpt.root_cause(error), OSError),
    )


def exit_code(error):
    code = error.code if isinstance(error, SystemExit) else 1
    return code if isinstance(code, int) else 0 if code is None else 1


def send_end(worker, code, excerpt=(), package=None, busy=False):
    files = project_sources.current.take()
    worker.link.tell(
        FromWorkerToSupervisor.program_ended(
            code=int(code), excerpt=list(excerpt), package=package, busy=busy, files=files
        )
    )


def reseed():
    """Python seeds its own random numbers again in a fork; a library's, and numpy's, would be the same each time."""
    unseeded.seed()
    numbers = sys.modules.get("numpy.random")
    if numbers is not None:
        numbers.seed()
