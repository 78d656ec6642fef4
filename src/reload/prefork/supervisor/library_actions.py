"""Performs what concerns the libraries that workers are forked with: templates, and probes of them."""

import _signal

from ..shared.messages import FromSupervisorToWorker
from . import free_memory
from .actions import Action


class LibraryActions:
    def __init__(self, workers, templates, policies, now, perform):
        self.workers = workers
        self.templates = templates
        self.policies = policies
        self.now = now
        self.perform = perform

    def do_prepare(self):
        current, template, is_growing = self.workers.current, self.templates.current, self.templates.growing is not None
        self.perform(self.policies.preloader.prepare(current, template, is_growing, free_memory.is_short()))

    def do_begin_preloading(self):
        self.perform(self.policies.preloader.release(self.workers.current))

    def do_prepare_standby(self):
        template = self.templates.current
        if template and self.workers.standby is None and self.workers.current:
            self.workers.fork_standby(template)

    def do_fork_template(self):
        preloader, files = self.policies.preloader, self.workers.current.files
        self.workers.children.add(self.templates.fork(preloader, files).pid)

    def do_ask_modules(self, worker):
        if worker is self.workers.current and worker.is_serving and not worker.state.modules_known:
            worker.channel.send(FromSupervisorToWorker.report_modules())

    def do_check_fork(self, worker):
        if worker.pid is None and worker.template is not None:
            self.templates.kill(worker.template)

    def do_check_probe(self, worker, phase, since):
        if worker is self.workers.current:
            has_stacks = self.workers.has_stacks(worker)
            on_overdue = self.policies.fork_safety.on_overdue
            self.perform(on_overdue(worker, phase, since, self.now(), has_stacks, self.workers.blame(worker)))

    def do_start_control(self, worker):
        self.workers.do_end_probe(worker)
        self.workers.do_drop_standby()
        if worker.template is self.templates.current:
            self.templates.do_drop_template()
        if worker.is_serving:
            self.perform([Action.retire(worker=worker, number=_signal.SIGINT)])
        elif worker in self.workers.running:
            self.workers.discard(worker)
        self.perform([Action.start_worker(cause=worker.cause, use_template=False)])
        self.policies.fork_safety.on_control_started(self.workers.current)

    def do_leave_out(self, package, why):
        self.perform(self.policies.preloader.leave_out(package, why))

    def do_stop_preloading(self, why):
        self.perform(self.policies.preloader.stop(why))
