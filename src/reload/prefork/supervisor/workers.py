"""The workers' processes: forked, retired, ended, reaped. What is to become of them is decided elsewhere."""

import _signal
import os
import time

from ..shared import fork, signals
from ..shared.anonymous_file import open_file
from ..shared.channel import pair
from ..shared.messages import AtStart, FromSupervisorToTemplate, FromSupervisorToWorker
from ..worker import worker as worker_process
from .worker_handle import Booting, Retiring, Standby, WorkerHandle

# What was killed is gone a moment later.
EXIT_SECONDS = 0.5


class Workers:
    def __init__(self, options, clock, is_reported, probe_seconds, leave_supervisor):
        self.options = options
        self.clock = clock
        # of a worker that begins now: whether the engine shows its errors, and how long a probe may take
        self.is_reported = is_reported
        self.probe_seconds = probe_seconds
        # called in each child: nothing of the supervisor's stays open there
        self.leave_supervisor = leave_supervisor
        # all but the standby
        self.running = []
        # the one that boots or serves
        self.current = None
        # forked ahead of the next save
        self.standby = None
        # pids of what the supervisor itself has forked
        self.children = set()
        self.count = 0
        # what the program has asked for (worker/plain_reloader.py), and whether it was begun again because of that
        self.reloader = None
        self.was_begun_again = False

    def everyone(self):
        return self.running if self.standby is None else [*self.running, self.standby]

    def adopt_first(self, pid, channel, began):
        """Forked before the supervisor was loaded."""
        self.count = 1
        worker = WorkerHandle(1, channel, None, None, Booting(is_running=True, began=began))
        worker.pid = pid
        self.running.append(worker)
        self.current = worker
        self.children.add(pid)
        return worker

    def start(self, cause, template, may_be_standby):
        """The standby where it fits, or a new fork; it is the current worker from now on."""
        standby, self.standby = self.standby, None
        if standby is not None and may_be_standby and standby.template is template and self.activate(standby, cause):
            worker = standby
        else:
            if standby is not None:
                self.discard(standby)
            worker = self.fork(cause, template, Booting(is_running=True))
        worker.state.overlapped = any(other.is_retiring for other in self.running)
        worker.state.began = self.clock()
        self.running.append(worker)
        self.current = worker
        return worker

    def activate(self, standby, cause):
        """False where it is gone."""
        standby.cause = cause
        standby.state = Booting(is_running=False)
        return standby.channel.send(FromSupervisorToWorker.activate(is_reported=self.is_reported()))

    def fork_standby(self, template):
        self.standby = self.fork(None, template, Standby())

    def do_drop_standby(self):
        """What it may have read outside of the project's Python files is no longer true."""
        standby, self.standby = self.standby, None
        if standby is not None:
            self.discard(standby)

    def fork(self, cause, template, state):
        """By the template; by the supervisor where there is none, or it is gone."""
        ours, theirs = pair()
        self.count += 1
        worker = WorkerHandle(self.count, ours, cause, template, state)
        if template is not None and not template.is_proven:
            worker.stacks = open_file("devpm-stacks")
        settings = AtStart.worker(
            number=worker.number,
            program=self.options.program,
            port=self.options.port,
            first=self.count == 1,
            is_reported=self.is_reported(),
            standby=isinstance(state, Standby),
            probe_seconds=self.probe_seconds(),
            reloader=self.reloader,
            preloaded=template is not None,
        )
        fds = [theirs.fileno()] if worker.stacks is None else [theirs.fileno(), worker.stacks]
        if template is None or not template.channel.send(FromSupervisorToTemplate.fork(settings=settings), fds):
            worker.template = None
            worker.pid = fork.fork(lambda: become_worker(settings, theirs, self.leave_supervisor))
            self.children.add(worker.pid)
        theirs.close()
        return worker

    def discard(self, worker):
        """It never served, so no graceful shutdown is needed."""
        if worker is self.current:
            self.current = None
        worker.state = Retiring(has_stopped=True)
        if worker not in self.running:
            self.running.append(worker)
        self.do_kill(worker)

    def by_pid(self, pid):
        found = next((worker for worker in self.everyone() if worker.pid == pid), None)
        if found is not None:
            self.note_loss(found)
        return found

    def note_loss(self, worker):
        """A standby that ends is one of those that run, until it is forgotten."""
        if worker is self.standby:
            self.standby = None
            self.running.append(worker)

    def forget(self, worker):
        """False where it was forgotten before."""
        if worker not in self.running:
            return False
        self.running.remove(worker)
        worker.channel.close()
        if worker is self.current:
            self.current = None
        return True

    def retires(self, worker):
        """False where it was retired before."""
        if worker.is_retiring:
            return False
        worker.state = Retiring()
        if worker is self.current:
            self.current = None
        return True

    def do_finish_retiring(self):
        for worker in self.running:
            self.do_finish(worker, _signal.SIGINT)

    def do_finish(self, worker, number):
        if worker.is_retiring and not worker.state.is_finishing:
            worker.state.is_finishing = True
            is_sent = worker.channel.send(FromSupervisorToWorker.finish(signal=int(number)))
            if not is_sent and worker.pid:
                signals.send(worker.pid, number)

    def do_kill(self, worker):
        if worker.pid and worker in self.running:
            signals.end_group(worker.pid, _signal.SIGKILL)
            signals.send(worker.pid, _signal.SIGKILL)

    def reap(self):
        """(pid, status) of each child that has exited."""
        exited = signals.reap(self.children)
        # at once: what is made of it may look here again
        self.children.difference_update(pid for pid, _ in exited)
        return exited

    def kill_all(self):
        for worker in self.running:
            self.do_kill(worker)

    def wait_exited(self):
        """Until they are gone they may hold the port."""
        pids = [worker.pid for worker in self.running if worker.pid]
        end = self.clock() + EXIT_SECONDS
        while any(signals.is_alive(pid) for pid in pids) and self.clock() < end:
            signals.reap(self.children)
            time.sleep(0.002)

    def close_all(self):
        for worker in self.everyone():
            worker.channel.close()
            self.do_end_probe(worker)

    # -- probes ----------------------------------------------------------------------------------------------------

    def has_stacks(self, worker):
        return worker.stacks is not None and os.fstat(worker.stacks).st_size > 0

    def blame(self, worker):
        """Looks up the library that its stacks show: None where they show none."""

        def blamed(inside_project):
            from .stack_blame import blamed  # few libraries break

            return blamed(worker.stacks, worker.template.modules, inside_project)

        return blamed

    def do_end_probe(self, worker):
        if worker.stacks is not None:
            os.close(worker.stacks)
            worker.stacks = None


def become_worker(settings, channel, leave_supervisor):
    leave_supervisor()
    worker_process.play(settings, channel)
