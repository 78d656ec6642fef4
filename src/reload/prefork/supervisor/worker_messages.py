"""What the workers say, a method for each message, and what follows from it."""

from ..shared.messages import SERVE, STAND_DOWN, FromSupervisorToWorker


class WorkerMessages:
    def __init__(self, supervisor, workers):
        self.supervisor = supervisor
        self.workers = workers

    def on_started(self, worker, _, pid):
        worker.pid = pid
        if worker.state == "retiring" and worker.stopped and not worker.listens:
            self.workers.kill(worker)

    def on_activated(self, worker, _):
        worker.went = True

    def on_checkpoint(self, worker, _, files):
        worker.files.update(files)
        self.supervisor.watcher.read()
        serves = worker.state == "serving"
        if worker is self.workers.current and (serves or self.supervisor.reload_policy.stale(worker) is None):
            worker.channel.send(FromSupervisorToWorker.decide(decision=SERVE))
            if serves:  # another port, bound while requests are under way
                self.supervisor.reload_policy.checked(worker)
        else:
            self.stand_down(worker)

    def stand_down(self, worker):
        worker.channel.send(FromSupervisorToWorker.decide(decision=STAND_DOWN))
        if worker is self.workers.current:
            self.supervisor.reload_policy.checked(worker)

    def on_bind(self, worker, _, wanted):
        worker.waits_for = tuple(wanted)
        self.workers.listeners.give()

    def on_listening(self, worker, fds, wanted):
        self.workers.listeners.keep(worker, fds[0], tuple(wanted))

    def on_idle_connection(self, worker, fds):
        self.workers.listeners.rest(fds)

    def on_serving(self, worker, _, files, changed, **times):
        worker.files.update(files)
        if worker is not self.workers.current:
            return
        worker.state = "serving"
        self.supervisor.after(1.0, lambda: self.workers.listeners.drop_unclaimed(worker))
        self.supervisor.watcher.loaded(worker.files)
        for other in self.workers.workers:
            if other.state == "retiring":
                self.workers.finish(other)
        self.workers.listeners.give_idle()
        self.supervisor.fork_safety.served(worker, self.supervisor.clock() - worker.forked_at)
        self.supervisor.reload_timing.served(worker, times)
        self.supervisor.reload_policy.booted(worker)
        self.supervisor.preloader.served(worker, changed)

    def on_stopped_accepting(self, worker, _):
        self.workers.stopped(worker)

    def on_first_request(self, worker, _):
        self.supervisor.fork_safety.asked(worker)

    def on_first_response(self, worker, _):
        self.supervisor.fork_safety.answered(worker)

    def on_children_accept(self, worker, _):
        worker.draining_children = True

    def on_child_modules(self, worker, _, modules, files):
        self.on_files_read(worker, _, files)
        self.supervisor.preloader.add(modules)
        # requests come to what it has forked, which lives
        if worker.state == "serving":
            self.supervisor.fork_safety.answered(worker)

    def on_connections_cut(self, worker, _, names):
        if names:
            many = "connection" if len(names) == 1 else "connections"
            text = f"cut {len(names)} open {many} of the former worker: {', '.join(sorted(names))}"
            self.supervisor.report.notice(text)

    def on_files_read(self, worker, _, files):
        worker.files.update(files)
        if worker is self.workers.current:
            self.supervisor.watcher.loaded(files)
            self.supervisor.reload_policy.checked(worker)

    def on_used_modules(self, worker, _, files, modules, changed):
        self.on_files_read(worker, _, files)
        self.supervisor.preloader.learn(worker, modules, changed)

    def on_program_ended(self, worker, _, **ended):
        worker.files.update(ended.pop("files"))
        worker.ended = ended
        # wherever they lie: the save that mends it has to be seen
        self.supervisor.watcher.loaded(worker.files)
