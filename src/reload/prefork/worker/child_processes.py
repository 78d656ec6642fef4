"""What a program forks itself (gunicorn its workers) shares the channel, and tells what it loads."""

import os
from time import sleep

from ..shared import project_sources
from ..shared.channel import encode
from ..shared.messages import FromWorkerToSupervisor
from . import gc_pause, lifecycle, own_threads, used_modules

LOADED_SECONDS = 1.5
# Written in one piece: others write to the same line.
MOST_BYTES = 3000


def install():
    os.register_at_fork(before=before, after_in_parent=forked, after_in_child=begin)


def before():
    worker = lifecycle.current
    worker.await_activation()
    if worker.probe and worker.link.is_ours():
        worker.probe.pause()


def forked():
    worker = lifecycle.current
    if worker is not None and worker.link.is_ours():
        worker.has_children = True
        if worker.probe:
            worker.probe.resume()


def begin():
    gc_pause.resume()
    worker = lifecycle.current
    if worker is not None:
        worker.link.channel.renew()
    if worker is not None and not worker.shutdown.finish and os.getppid() == worker.link.pid:
        # it may live for one job only
        project_sources.current.after_last = lambda: tell_files(worker)
        own_threads.start(tell_loaded, worker)


def tell_loaded(worker):
    sleep(LOADED_SECONDS)
    if os.getppid() != worker.link.pid:
        return
    for part in parts(used_modules.libraries()):
        worker.link.channel.send(FromWorkerToSupervisor.child_modules(modules=part, files={}))
    tell_files(worker)


def tell_files(worker):
    for path, state in project_sources.current.take().items():
        worker.link.channel.send(FromWorkerToSupervisor.child_modules(modules=[], files={path: state}))


def parts(names):
    part = []
    for name in names:
        part.append(name)
        if len(encode(part)) > MOST_BYTES:
            yield part
            part = []
    if part:
        yield part
