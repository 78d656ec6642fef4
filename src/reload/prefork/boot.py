"""The first worker begins before the supervisor has loaded itself: the first start must not wait for it."""

import gc
import os
import time

from .shared import fork, project_sources
from .shared.channel import pair, wait
from .shared.messages import AtStart
from .worker import worker
from .worker.hooks import install

# To the first worker, unless it asks something sooner.
FIRST_WORKER_HEAD_START_SECONDS = 0.05


def boot(options):
    project_sources.install()
    install.install()
    fork.run(lambda: start(options))


def start(options):
    ours, theirs = pair()
    # what is loaded up to here stays for good: the first worker's collector would copy it by looking at it
    gc.freeze()
    began = time.monotonic()
    pid = fork.fork(lambda: become_worker(options, ours, theirs))
    theirs.close()
    become_supervisor(options, pid, ours, began)


def become_worker(options, ours, theirs):
    ours.close()
    settings = AtStart.worker(
        number=1,
        program=options.program,
        port=options.port,
        first=True,
        is_reported="DEVPM_SOCKET" in os.environ,
        standby=False,
        probe_seconds=options.probe,
        reloader=None,
        preloaded=False,
    )
    worker.play(settings, theirs)


def become_supervisor(options, pid, channel, began):
    from .shared import signals

    wake = signals.catch()
    # just after a fork the two copy their pages, and are in each other's way
    wait((channel, wake), FIRST_WORKER_HEAD_START_SECONDS)
    from .supervisor.main_loop import MainLoop

    MainLoop(options, wake).run(pid, channel, began)
