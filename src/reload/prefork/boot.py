"""The first worker begins before the supervisor has loaded itself: the first start must not wait for it.

The supervisor forks it; or a template does, which then begins first, where a former session has shown that the program
cannot tell (supervisor/start_record.py): so its libraries are in memory once, and not twice until the first save.
"""

import gc
import os
import time

from .shared import fork, project_sources
from .shared.channel import pair, wait
from .shared.messages import AtStart, FromSupervisorToTemplate
from .supervisor.start_record import StartRecord
from .worker import worker
from .worker.hooks import install

# To the first worker, unless it asks something sooner.
FIRST_WORKER_HEAD_START_SECONDS = 0.05


def boot(options):
    project_sources.install()
    install.install()
    fork.run(lambda: start(options))


def start(options):
    # what is loaded up to here stays for good: the first worker's collector would copy it by looking at it
    gc.freeze()
    began = time.monotonic()
    known = StartRecord(options).usable()
    template = None if known is None else begin_template(options, known)
    ours, theirs = pair()
    if template is None:
        pid = fork.fork(lambda: become_worker(options, ours, theirs))
    else:
        # it forks at once when it has loaded the libraries
        settings = first_worker(options, preloaded=True)
        template.channel.send(FromSupervisorToTemplate.fork(settings=settings), [theirs.fileno()])
        pid = None
    theirs.close()
    become_supervisor(options, First(pid, ours, began, template))


class First:
    """The first worker, before the supervisor has a record of it."""

    def __init__(self, pid, channel, began, template):
        # None where a template will have forked it
        self.pid = pid
        self.channel = channel
        self.began = began
        self.template = template


class FirstTemplate:
    def __init__(self, pid, channel, known):
        self.pid = pid
        self.channel = channel
        # what the former session has shown of a start
        self.known = known


def begin_template(options, known):
    ours, theirs = pair()
    pid = fork.fork(lambda: become_template(options, known, ours, theirs))
    theirs.close()
    return FirstTemplate(pid, ours, known)


def become_template(options, known, ours, theirs):
    from .template.template import Template

    ours.close()
    settings = AtStart.template(
        modules=[name for name in known["modules"] if name not in known["failed"]],
        leave_out=options.leave_out,
        environment=known["environment"],
        project=[],
        program=options.program,
        first=True,
    )
    Template(theirs, settings).run()


def become_worker(options, ours, theirs):
    ours.close()
    worker.play(first_worker(options, preloaded=False), theirs)


def first_worker(options, preloaded):
    return AtStart.worker(
        number=1,
        program=options.program,
        port=options.port,
        first=True,
        is_reported="DEVPM_SOCKET" in os.environ,
        standby=False,
        probe_seconds=options.probe,
        reloader=None,
        preloaded=preloaded,
    )


def become_supervisor(options, first):
    from .shared import signals

    wake = signals.catch()
    # just after a fork the two copy their pages, and are in each other's way
    wait((first.channel, wake), FIRST_WORKER_HEAD_START_SECONDS)
    from .supervisor.main_loop import MainLoop

    MainLoop(options, wake).run(first)
