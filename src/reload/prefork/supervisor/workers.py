"""The workers: forked, retired, buried."""

import _signal
import select
import sys
import time

from ..shared import anonymous_file, fork, signals
from ..shared.channel import pair
from ..shared.messages import AtStart, FromSupervisorToTemplate, FromSupervisorToWorker, deliver
from ..worker import worker as worker_process
from .listeners import Listeners
from .worker_handle import WorkerHandle
from .worker_messages import WorkerMessages

# The former worker's end takes processor time from the next one's start; but what only one can hold has to come free.
FINISH_SECONDS = 0.06
# What is left for lifespan and atexit once the last request was cut.
END_SECONDS = 1.0
LAST_SECONDS = 0.5


class Workers:
    def __init__(self, supervisor):
        self.supervisor = supervisor
        self.workers = []
        self.current = None
        # forked ahead of the next save
        self.standby = None
        self.listeners = Listeners(supervisor, self)
        self.heard = WorkerMessages(supervisor, self)
        self.children = set()
        self.count = 0
        # what is to be spawned once every worker is gone, where no socket is kept
        self.next_cause = None
        self.has_next = False

    def sources(self):
        for worker in self.all_workers():
            if not worker.silent:
                yield worker.channel, lambda worker=worker: self.hear(worker)

    def all_workers(self):
        return self.workers if self.standby is None else [*self.workers, self.standby]

    def close_all(self):
        for worker in self.all_workers():
            worker.channel.close()
            self.supervisor.fork_safety.close(worker)
        self.listeners.close_all()

    def replace(self, cause):
        """The old worker stops accepting at once; without a kept socket it has to be gone before the next one comes."""
        self.supervisor.error_page.clear()
        if self.supervisor.reload_policy.structure_changed:
            self.drop_standby()
        if self.current is not None:
            self.retire(self.current)
        if self.workers and not self.listeners.sockets:
            self.has_next, self.next_cause = True, cause
        else:
            self.spawn(cause)

    def take_first(self, pid, channel, began):
        """InChild before there was a supervisor; it supposes that its reports are heard."""
        self.count = 1
        worker = self.current = WorkerHandle(1, channel, None, None)
        worker.pid = pid
        worker.forked_at = began
        self.workers.append(worker)
        self.children.add(pid)
        if not self.supervisor.report.is_connected():
            channel.send(FromSupervisorToWorker.print_errors())

    def spawn(self, cause, template=True):
        self.has_next = False
        worker, self.standby = self.standby, None
        if (
            worker is not None
            and template
            and self.is_foreseen(worker, cause)
            and worker.channel.send(FromSupervisorToWorker.activate(is_reported=self.supervisor.report.is_connected()))
        ):
            worker.cause = cause
            worker.state = "booting"
            self.workers.append(worker)
        else:
            self.discard(worker)
            worker = self.fork(cause, self.supervisor.preloader.template if template else None, standby=False)
            self.workers.append(worker)
        self.current = worker
        worker.overlapped = any(other.state == "retiring" for other in self.workers)
        worker.forked_at = self.supervisor.clock()
        if not self.supervisor.preloader.verify(worker):
            self.discard(worker)
            self.spawn(cause, template=False)
        else:
            self.supervisor.fork_safety.begin(worker)

    def is_foreseen(self, worker, cause):
        """It has looked at the project's folder before the save: only the content of known files may differ."""
        return (
            cause is not None
            and not self.supervisor.reload_policy.structure_changed
            and worker.template is self.supervisor.preloader.template
        )

    def poise(self):
        """The next worker is forked ahead, and runs up to the project's first file."""
        template = self.supervisor.preloader.template
        if self.standby is None and template is not None and self.current is not None and not self.supervisor.ending:
            self.standby = self.fork(None, template, standby=True)
            self.standby.state = "standby"

    def drop_standby(self):
        """What it may have read outside of the project's Python files is no longer true."""
        worker, self.standby = self.standby, None
        self.discard(worker)

    def fork(self, cause, template, standby):
        ours, theirs = pair()
        self.count += 1
        worker = WorkerHandle(self.count, ours, cause, template, standby)
        settings = AtStart.worker(
            number=worker.number,
            program=self.supervisor.options.program,
            port=self.supervisor.options.port,
            first=False,
            is_reported=self.supervisor.report.is_connected(),
            standby=standby,
            probe_seconds=self.supervisor.fork_safety.limit(),
        )
        if template is not None and not template.proven:
            worker.stacks = anonymous_file.open_file("devpm-stacks")
        fds = [theirs.fileno()] if worker.stacks is None else [theirs.fileno(), worker.stacks]
        if template is None or not template.channel.send(FromSupervisorToTemplate.fork(settings=settings), fds):
            worker.template = None
            worker.pid = fork.fork(lambda: self.become(settings, theirs))
            self.children.add(worker.pid)
        theirs.close()
        return worker

    def discard(self, worker):
        """Not yet serving and not to be: it has nothing to end in order."""
        if worker is None:
            return
        worker.state = "retiring"
        worker.stopped = True
        if worker not in self.workers:
            self.workers.append(worker)
        self.kill(worker)

    def template_lost(self, template):
        """Their template died: those it had not yet forked come from the supervisor itself."""
        for worker in list(self.all_workers()):
            if worker.template is template:
                worker.template = None
                if worker is self.standby:
                    self.drop_standby()
                elif worker.pid is None:
                    worker.silent = True
                    self.remove(worker)

    def become(self, settings, channel):
        self.supervisor.close_all()
        worker_process.play(settings, channel)

    def retire(self, worker, number=_signal.SIGINT):
        if worker.state == "retiring":
            return
        worker.state = "retiring"
        if worker is self.current:
            self.current = None
        worker.channel.send(FromSupervisorToWorker.retire(successor=not self.supervisor.ending))
        if self.supervisor.ending or not self.listeners.sockets:
            self.finish(worker, number)
        options = self.supervisor.options
        worker.timers = [
            self.supervisor.after(FINISH_SECONDS, lambda: self.finish(worker, number)),
            self.supervisor.after(
                options.stream, lambda: worker.channel.send(FromSupervisorToWorker.cut(everything=False))
            ),
            self.supervisor.after(
                self.patience(), lambda: worker.channel.send(FromSupervisorToWorker.cut(everything=True))
            ),
            self.supervisor.after(options.grace + END_SECONDS, lambda: self.kill(worker)),
            self.supervisor.after(0.25, lambda: self.stopped(worker)),
        ]

    def patience(self):
        """What a request in flight gets; at the end, bound by the grace, time is left for the app's own."""
        grace = self.supervisor.options.grace
        return grace - min(END_SECONDS, grace / 2) if self.supervisor.ending else grace

    def finish(self, worker, number=_signal.SIGINT):
        if not worker.finishing:
            worker.finishing = True
            if not worker.channel.send(FromSupervisorToWorker.finish(signal=int(number))) and worker.pid:
                signals.send(worker.pid, number)

    def retire_all(self, number):
        self.has_next = False
        self.drop_standby()
        for worker in list(self.workers):
            self.retire(worker, number)
            self.finish(worker, number)

    def kill(self, worker):
        if worker.pid and worker in self.workers:
            signals.end_group(worker.pid, _signal.SIGKILL)
            signals.send(worker.pid, _signal.SIGKILL)

    def wait_exited(self):
        """What was killed is gone a moment later; until then it may hold the port."""
        pids = [worker.pid for worker in self.workers if worker.pid]
        end = self.supervisor.clock() + LAST_SECONDS
        while any(signals.is_alive(pid) for pid in pids) and self.supervisor.clock() < end:
            signals.reap(self.children)
            time.sleep(0.002)

    def again_when_alone(self, worker):
        """What it needed may still have been held by the former worker, a moment longer than it could wait."""
        if worker.overlapped and worker.state == "booting" and (worker.ended or {}).get("busy"):
            self.has_next, self.next_cause = True, worker.cause
        return self.has_next

    def hear(self, worker):
        messages = worker.channel.receive()
        if messages is None:
            return self.channel_closed(worker)
        for message, fds in messages:
            deliver(self.heard, message, worker, fds)

    def stopped(self, worker):
        if not worker.draining_children:
            worker.stopped = True
            self.listeners.give()

    def reap(self):
        ended = signals.reap(self.children)
        # before anything is made of it, which may look here again
        self.children.difference_update(pid for pid, _ in ended)
        for pid, status in ended:
            self.exited(pid, status)

    def exited(self, pid, status):
        """What it said last is heard before it is buried; what it started may hold its line open for longer."""
        for worker in [worker for worker in self.all_workers() if worker.pid == pid]:
            worker.status = status
            if worker is self.standby:
                self.standby = None
                self.workers.append(worker)
            last = select.poll()
            if not worker.silent:
                last.register(worker.channel, select.POLLIN)
            while not worker.silent and last.poll(0):
                self.hear(worker)
            self.remove(worker)

    def channel_closed(self, worker):
        worker.silent = True
        worker.channel.close()
        if worker is self.standby:
            self.standby = None
            self.workers.append(worker)
        # a template that is busy tells a moment later how it ended
        told = worker.template is not None and not worker.template.gone
        self.supervisor.after(1.0 if told else 0.1, lambda: self.miss(worker))
        self.reap()

    def miss(self, worker):
        """Its line is closed and it runs: another program has taken its place, and can only be started anew."""
        # elsewhere one that has ended looks like one that runs until its template has waited for it
        can_tell = sys.platform == "linux" or worker.template is None
        if worker not in self.workers or worker.pid is None or not can_tell or not signals.is_running(worker.pid):
            return self.remove(worker)
        # one that is about to end has closed its files a moment before
        if worker.missed and worker.state != "retiring" and not self.supervisor.ending:
            self.supervisor.report.unfit("it replaces itself by another program")
        worker.missed = True
        self.supervisor.after(1.0, lambda: self.miss(worker))

    def remove(self, worker):
        if worker not in self.workers:
            return
        self.workers.remove(worker)
        worker.channel.close()
        for timer in worker.timers:
            self.supervisor.cancel(timer)
        if worker is self.current:
            self.current = None
            if worker.pid is None or not worker.went:
                self.spawn(worker.cause, template=worker.pid is not None)
            elif not (self.again_when_alone(worker) or self.supervisor.fork_safety.died(worker)):
                self.supervisor.error_page.died(worker)
        self.supervisor.fork_safety.close(worker)
        self.listeners.give()
        if self.has_next and not self.workers:
            self.spawn(self.next_cause)
        self.supervisor.gone()
