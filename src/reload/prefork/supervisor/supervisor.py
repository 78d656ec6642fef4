"""Holds the parts, which do not know each other, and has the actions performed that the policies ask for.

What happens (main_loop.py) becomes facts; the policies (policies.py) are pure and answer with actions. An action that
concerns one part alone is performed by that part, in its `do_<action>`; what concerns several is performed here.
"""

import _signal
import os

from ..shared import signals
from ..shared.channel import wait
from ..shared.file_state import first_stale
from ..shared.messages import SERVE, FromSupervisorToWorker, deliver
from . import retirement
from .actions import Action
from .catching_up import CatchingUp
from .cause import cause_of
from .crash_policy import on_early_exit
from .engine_report import EngineReport
from .error_page import ErrorPage
from .event_loop import EventLoop
from .library_actions import LibraryActions
from .listener_actions import ListenerActions
from .listeners import Listeners
from .module_list import ModuleList
from .policies import Policies
from .prompts import Prompts
from .save_actions import SaveActions
from .template_messages import TemplateMessages
from .templates import Templates
from .watch.watcher import Watcher
from .worker_handle import Exited
from .worker_messages import WorkerMessages, answer_checkpoint
from .workers import Workers

# A template forks at once; one that has not in this time hangs.
FORK_SECONDS = 2.0
# A template that has gone is replaced when the worker has answered.
POLITE_SECONDS = 0.05
# A save of settings is followed by others.
SETTINGS_SECONDS = 0.3
COLD_SECONDS = 0.1


class Supervisor:
    def __init__(self, options):
        self.options = options
        self.loop = EventLoop()
        self.now = self.loop.clock
        self.engine = EngineReport(os.environ, self.loop)
        self.module_list = ModuleList(options.program)
        self.policies = Policies(options, self.engine.app, *self.module_list.read())
        limit = self.policies.fork_safety.limit
        self.workers = Workers(options, self.now, self.engine.is_connected, limit, self.leave)
        self.templates = Templates(options, self.leave)
        self.listeners = Listeners()
        self.page = ErrorPage()
        self.watcher = Watcher(options)
        # the timer of the reload at the end of a burst
        self.reload_timer = None
        # (cause,) of a worker that is to start once every other one is gone
        self.start_due = None
        self.is_ending = False
        self.worker_messages = WorkerMessages(self.workers, self.policies, self.now)
        self.template_messages = TemplateMessages(self.workers, self.policies)
        self.front = ListenerActions(self.listeners, self.page, self.workers, options, self.policies.crash, self.loop)
        self.prompts = Prompts(self.workers, self.engine, self.loop, options, self.perform)
        libraries = LibraryActions(self.workers, self.templates, self.policies, self.now, self.perform)
        self.saves = SaveActions(self.workers, self.policies, self.now, self.perform)
        policies, watcher = self.policies, self.watcher
        self.catching_up = CatchingUp(self.workers, policies, watcher, self.prompts, self.saves, self.engine)
        own = (self.workers, self.templates, self.listeners, self.watcher, self.engine, self.module_list)
        parts = (self, self.front, self.prompts, libraries, self.saves, *own)
        self.performers = {name: getattr(part, name) for part in parts for name in dir(part) if name[:3] == "do_"}

    def perform(self, actions):
        for action in actions:
            fields = dict(action)
            self.performers["do_" + fields.pop("kind")](**fields)

    def leave(self):
        """In a child: nothing of the supervisor's stays open there."""
        self.engine.close()
        self.watcher.close()
        self.page.close_all()
        self.templates.close_channels()
        self.workers.close_all()
        self.listeners.close_all()
        signals.restore()

    def end(self, number):
        """Each worker gets its normal shutdown."""
        self.is_ending = True
        self.start_due = None
        self.policies.crash.crash = None
        self.workers.do_drop_standby()
        for worker in list(self.workers.running):
            self.do_retire(worker, number)
            self.workers.do_finish(worker, number)

    def do_tell(self, to, message):
        to.channel.send(message)

    def do_give_up(self, worker, reason, itself):
        if not self.engine.not_eligible(reason, itself):
            self.do_tell(worker, FromSupervisorToWorker.decide(decision=SERVE))

    def do_report_after_response(self, what, fields):
        report = self.engine.do_report_with_next if self.listeners.has_connection() else self.engine.do_report
        report(what, fields)

    def do_after(self, seconds, action):
        self.loop.after(seconds, lambda: self.perform([action]))

    # -- workers ---------------------------------------------------------------------------------------------------

    def do_replace_worker(self, cause):
        """The former one stops accepting now; without a kept listener it has to be gone before the next one comes."""
        if self.prompts.holds(cause):
            return
        self.policies.crash.crash = None
        self.policies.preloader.release(None)
        if self.policies.reload.structure_changed:
            self.workers.do_drop_standby()
        self.do_retire_current()
        if self.workers.running and not self.listeners.kept:
            self.do_start_when_alone(cause)
        else:
            self.do_start_worker(cause, use_template=True)
        self.policies.reload.on_replaced()

    def do_start_worker(self, cause, use_template):
        """None any more while the supervisor ends: it would wait for it, and then kill it."""
        self.start_due = None
        if self.is_ending:
            return
        self.policies.boot_writes.on_start()
        self.policies.own_saves.on_start()
        self.front.make_room()
        template = self.templates.current if use_template else None
        # a standby has looked at the project's folder before the save: only the content of known files may differ
        may_be_standby = template is not None and cause is not None and not self.policies.reload.structure_changed
        worker = self.workers.start(cause, template, may_be_standby)
        # looked at while it begins
        changed = worker.template and worker.template.changed_library()
        if changed:
            self.templates.do_drop_template()
            self.engine.do_notice(f"{changed} changed: libraries are imported again")
            self.workers.discard(worker)
            worker = self.workers.start(cause, None, may_be_standby=False)
        elif worker.template:
            self.do_after(FORK_SECONDS, Action.check_fork(worker=worker))
        self.perform(self.policies.fork_safety.on_started(worker, self.now()))

    def do_start_when_alone(self, cause):
        self.start_due = (cause,)

    def do_begin_again(self, worker):
        """Nothing of it remains: as the first process of a framework's reloader never serves."""
        if worker.number == 1:
            self.workers.count = 0
        self.workers.discard(worker)
        if self.listeners.kept:
            self.do_start_worker(worker.cause, use_template=True)
        else:
            self.do_start_when_alone(worker.cause)

    def do_retire_current(self):
        if self.workers.current is not None and not self.prompts.is_at_prompt():
            self.do_retire(self.workers.current, _signal.SIGINT)

    def do_retire(self, worker, number):
        if self.workers.retires(worker):
            has_listeners = bool(self.listeners.kept)
            self.perform(retirement.steps(worker, number, self.options, self.is_ending, has_listeners))

    def do_note_stopped(self, worker):
        self.perform(retirement.on_stopped(worker))

    def do_answer_checkpoint(self, worker):
        # what was saved by now counts
        self.changed(self.watcher.read(self.is_loaded))
        self.perform(answer_checkpoint(worker, self.workers.current, self.stale_file(worker) is not None))

    # -- what they tell, and their exits ------------------------------------------------------------------------------

    def hear(self, worker):
        """False where its channel is closed."""
        messages = worker.channel.receive()
        for message, fds in messages or ():
            self.perform(deliver(self.worker_messages, message, worker, fds))
        return messages is not None

    def hear_template(self, template):
        messages = template.channel.receive()
        if messages is None:
            self.do_close_template(template)
            self.do_after(POLITE_SECONDS, Action.prepare())
        for message, _ in messages or ():
            self.perform(deliver(self.template_messages, message, template))

    def do_note_exit(self, pid, status):
        """Its last messages are read before; what it started may hold its channel open for longer."""
        worker = self.workers.by_pid(pid)
        if worker is not None:
            while worker.is_connected and wait((worker.channel,), 0) and self.hear(worker):
                pass
            self.remove(worker, status)

    def remove(self, worker, status):
        was_current = worker is self.workers.current
        if not self.workers.forget(worker):
            return
        self.prompts.forget(worker)
        worker.state = Exited(worker.state, status)
        if was_current:
            self.perform(self.after_exit(worker))
        self.workers.do_end_probe(worker)
        self.front.do_grant_listeners()
        if self.start_due is not None and not self.workers.running:
            self.do_start_worker(self.start_due[0], use_template=True)

    def after_exit(self, worker):
        policies = self.policies
        has_stand_in = bool(self.listeners.stand_ins)
        early = on_early_exit(worker, has_stand_in) or policies.fork_safety.on_exit(worker, self.workers.blame(worker))
        if early or self.is_ending or policies.boot_writes.waiting:
            return early
        is_stale = self.stale_file(worker) is not None
        return policies.crash.on_exit(worker, self.now(), policies.reload.quiet_at, is_stale)

    def do_confirm_exit(self, worker):
        due = self.start_due or self.policies.reload.is_waiting
        is_replaced = bool(self.is_ending or self.workers.current or due)
        is_stale = self.stale_file(worker) is not None
        self.perform(self.policies.crash.on_confirmed(worker, is_replaced, is_stale))

    def do_close_template(self, template):
        """Its workers go on; those that it had not yet forked come from the supervisor itself."""
        self.templates.close(template)
        if self.workers.standby is not None and self.workers.standby.template is template:
            self.workers.do_drop_standby()
        for worker in [worker for worker in self.workers.running if worker.template is template]:
            worker.template = None
            if worker.pid is None:
                worker.is_connected = False
                self.remove(worker, None)

    # -- saves -----------------------------------------------------------------------------------------------------

    def is_loaded(self, path):
        return self.saves.is_loaded(path)

    def stale_file(self, worker):
        passed_over = self.policies.own_saves.passed_over
        return first_stale(worker.files, lambda path: path in passed_over or self.watcher.ignore(path))

    def changed(self, changes):
        if changes.cold is not None:
            self.do_after(COLD_SECONDS, Action.report_cold(reason=changes.cold))
        for path in changes.saved:
            self.saves.saved(path)
        for path in changes.judged if self.workers.current is not None else ():
            self.do_tell(self.workers.current, FromSupervisorToWorker.changed(path=path))
        if changes.has_settings:
            self.workers.do_drop_standby()
            self.do_after(SETTINGS_SECONDS, Action.prepare())
        for path in changes.vanished:
            self.saves.note_vanished(path)
        if changes.is_incomplete and self.workers.current is not None:
            self.do_check_files(self.workers.current, None)

    def do_check_files(self, worker, suspected):
        path = suspected or self.stale_file(worker)
        if path is not None:
            self.perform(self.policies.reload.on_stale(self.now(), cause_of(path)))

    def do_reload_stale(self):
        self.perform(self.policies.reload.on_stale(self.now()))

    def do_reload_at_end(self, seconds):
        self.loop.cancel(self.reload_timer)
        reload = self.policies.reload.reload
        self.reload_timer = None if seconds is None else self.loop.after(seconds, lambda: self.perform(reload()))

    def do_check_interpreter(self):
        """At each reload: the virtual environment itself is not watched."""
        self.changed(self.watcher.check_interpreter())

    def do_report_cold(self, reason):
        self.watcher.reported_cold()
        if not self.engine.send("cold", reason=reason):
            self.engine.do_notice(f"{reason}: restart the app")
