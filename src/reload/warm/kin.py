"""What an app forks itself — gunicorn's workers — shares its line to the holder, and tells what it loads there."""

import _thread
import os
import time

from . import agent, collector, learn, sources, wire

LEARN_SECONDS = 1.5
# Written in one piece: others write to the same line.
MOST_BYTES = 3000


def install():
    os.register_at_fork(before=before, after_in_parent=forked, after_in_child=begin)


def before():
    worker = agent.current
    worker.await_word()
    if worker.probe and worker.mine():
        worker.probe.pause()


def forked():
    worker = agent.current
    if worker is not None and worker.mine():
        worker.has_kin = True
        if worker.probe:
            worker.probe.resume()


def begin():
    collector.restore()
    worker = agent.current
    if worker is not None:
        worker.channel.renew()
    if worker is not None and not worker.finishers and os.getppid() == worker.pid:
        _thread.start_new_thread(teach, (worker,))


def teach(worker):
    time.sleep(LEARN_SECONDS)
    if os.getppid() != worker.pid:
        return
    for part in parts(learn.libraries()):
        worker.channel.send({"m": "kin", "modules": part, "files": {}})
    for path, noted in sources.current.take().items():
        worker.channel.send({"m": "kin", "modules": [], "files": {path: noted}})


def parts(names):
    part = []
    for name in names:
        part.append(name)
        if len(wire.encode(part)) > MOST_BYTES:
            yield part
            part = []
    if part:
        yield part
