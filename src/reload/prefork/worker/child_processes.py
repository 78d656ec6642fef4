"""What an app forks itself — gunicorn's workers — shares its line to the holder, and tells what it loads there."""

import _thread
import os
import time

from ..shared import project_sources
from ..shared.channel import encode
from . import gc_pause, link, used_modules

LEARN_SECONDS = 1.5
# Written in one piece: others write to the same line.
MOST_BYTES = 3000


def install():
    os.register_at_fork(before=before, after_in_parent=forked, after_in_child=begin)


def before():
    worker = link.current
    worker.await_activation()
    if worker.probe and worker.mine():
        worker.probe.pause()


def forked():
    worker = link.current
    if worker is not None and worker.mine():
        worker.has_children = True
        if worker.probe:
            worker.probe.resume()


def begin():
    gc_pause.restore()
    worker = link.current
    if worker is not None:
        worker.channel.renew()
    if worker is not None and not worker.finishers and os.getppid() == worker.pid:
        _thread.start_new_thread(teach, (worker,))


def teach(worker):
    time.sleep(LEARN_SECONDS)
    if os.getppid() != worker.pid:
        return
    for part in parts(used_modules.libraries()):
        worker.channel.send({"m": "child_modules", "modules": part, "files": {}})
    for path, noted in project_sources.current.take().items():
        worker.channel.send({"m": "child_modules", "modules": [], "files": {path: noted}})


def parts(names):
    part = []
    for name in names:
        part.append(name)
        if len(encode(part)) > MOST_BYTES:
            yield part
            part = []
    if part:
        yield part
