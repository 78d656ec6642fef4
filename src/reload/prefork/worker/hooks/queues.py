"""Workers of a queue: when they are ready, and how a job under way ends first at a save, where their answer to the
usual signals is to break it off. A session's end is left to what they do at Ctrl+C.
"""

import _signal
import os
import sys
import time

from ...shared.messages import FromWorkerToSupervisor
from .. import lifecycle, used_modules
from ..import_hook import patch
from ..lifecycle import own_worker

# As long as it takes: the supervisor has the job broken off when its grace is over.
NO_LIMIT = sys.maxsize


def is_ready():
    """It takes jobs; otherwise it is taken to be ready a second later."""
    worker = own_worker()
    if worker is not None:
        worker.serves()


def ready_before(holder, name):
    plain = getattr(holder, name)

    def once_ready(*args, **kwargs):
        is_ready()
        return plain(*args, **kwargs)

    setattr(holder, name, once_ready)


def at_a_save(finish):
    """`finish` is called where another worker comes after this one."""
    worker = own_worker()
    if worker is None:
        return

    def finish_first():
        if worker.has_successor:
            finish()
        return worker.has_successor

    worker.shutdown.finish.append(finish_first)


@patch("celery.apps.worker")
def patch_celery(module):
    ready_before(module.Worker, "on_consumer_ready")


@patch("rq.worker")
def patch_rq(module):
    ready_before(getattr(module, "BaseWorker", module.Worker), "dequeue_job_and_maintain_ttl")


@patch("dramatiq.cli")
def patch_dramatiq(module):
    """Its processes import the jobs, each by itself: the program is up when one of them takes some."""
    block_signals, work = module.try_block_signals, module.worker_process

    def block_signals_before_fork():
        worker = own_worker()
        if worker is not None:
            worker.is_up_in_child = module.multiprocessing.get_start_method() == "fork"
        block_signals()

    def work_and_tell(args, worker_id, logging_pipe, canteen, event):
        booted = event.set

        def tell_and_set():
            # it is set after a failure, too
            if sys.exc_info()[0] is None:
                tell_up_in_child()
            booted()

        event.set = tell_and_set
        return work(args, worker_id, logging_pipe, canteen, event)

    # a process that is no fork is handed its name
    work_and_tell.__module__, work_and_tell.__qualname__ = work.__module__, work.__qualname__
    module.try_block_signals, module.worker_process = block_signals_before_fork, work_and_tell


def tell_up_in_child():
    """In a process that the worker has forked, over the channel that they share; its files are reported separately."""
    worker, now = lifecycle.current, time.time()
    if worker is None or worker.link.is_ours():
        return
    started = getattr(worker.state, "started", now)
    message = FromWorkerToSupervisor.serving(
        files={}, forked=started, imported=now, answering=now, spent={}, changed=used_modules.environment_changes()
    )
    worker.link.channel.send(message)


@patch("huey.consumer")
def patch_huey(module):
    """One of its two signals lets jobs end; which one is an option. The other one breaks them off."""
    plain = module.Consumer._set_signal_handlers

    def set_signal_handlers(self):
        plain(self)
        name = "SIGTERM" if getattr(self, "graceful_signal", "INT") == "TERM" else "SIGINT"
        at_a_save(lambda: os.kill(os.getpid(), getattr(_signal, name)))
        is_ready()

    module.Consumer._set_signal_handlers = set_signal_handlers


@patch("arq.worker")
def patch_arq(module):
    """Unless it is given a time to wait, it breaks its jobs off, to run them again."""
    ready_before(module.Worker, "_poll_iteration")
    if not hasattr(module.Worker, "handle_sig_wait_for_completion"):
        return
    plain = module.Worker.main

    async def main(self):
        at_a_save(lambda: self.loop.call_soon_threadsafe(complete, self))
        worker = own_worker()
        if worker is not None:
            worker.shutdown.cut.append(lambda everything: cut(self, everything))
        await plain(self)

    module.Worker.main = main


def complete(arq_worker):
    arq_worker._job_completion_wait = arq_worker._job_completion_wait or NO_LIMIT
    arq_worker.handle_sig_wait_for_completion(_signal.SIGINT)


def cut(arq_worker, everything):
    """It has the queue run them again, which a worker that is killed could not."""
    if everything and arq_worker.tasks:
        arq_worker.loop.call_soon_threadsafe(arq_worker.handle_sig, _signal.SIGTERM)
    return []
