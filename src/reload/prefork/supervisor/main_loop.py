"""The supervisor's one thread: waits for signals, messages, saves, orders and connections, and hands each on.

It imports neither the project nor a library, so that it can always fork.
"""

import _signal
import os
import sys

from ..shared import signals
from ..shared.messages import FromSupervisorToWorker
from .actions import Action
from .event_loop import survive
from .supervisor import Supervisor

# A worker whose channel is closed has exited, or will be seen to run a second later: another program has its place.
CLOSED_SECONDS = 0.1
RUNNING_SECONDS = 1.0


class MainLoop:
    def __init__(self, options, wake):
        # written to by signals
        self.wake = wake
        self.grace = options.grace
        self.supervisor = Supervisor(options)

    def run(self, first_pid, channel, began):
        supervisor = self.supervisor
        supervisor.workers.adopt_first(first_pid, channel, began)
        if supervisor.engine.is_connected():
            supervisor.policies.preloader.hold()
        else:
            # it assumes that the engine shows its errors
            channel.send(FromSupervisorToWorker.print_errors())
        supervisor.watcher.start()
        self.look_after_watcher()
        while True:
            self.turn()

    def turn(self):
        supervisor = self.supervisor
        supervisor.loop.run_once(self.readers(), self.writers(), supervisor.watcher.is_walking())
        survive(self.walk)
        survive(supervisor.catching_up.answer)
        if supervisor.is_ending and not supervisor.workers.running:
            self.exit()

    def readers(self):
        supervisor = self.supervisor
        yield self.wake, self.signalled
        # before saves: what a worker reported first was so before them
        for worker in supervisor.workers.everyone():
            if worker.is_connected:
                yield worker.channel, lambda worker=worker: self.hear(worker)
        if supervisor.watcher.is_notified:
            yield supervisor.watcher.notifier, self.read_watcher
        for template in supervisor.templates.running():
            yield template.channel, lambda template=template: self.hear_template(template)
        crash = supervisor.policies.crash
        for listener in supervisor.listeners.every() if crash.crash else ():
            yield listener, lambda listener=listener: self.connected(listener)
        for connection in supervisor.page.reading():
            yield connection, lambda one=connection: supervisor.page.read(one, crash.crash, supervisor.now())
        if supervisor.engine.socket is not None:
            yield supervisor.engine, self.ordered

    def writers(self):
        page = self.supervisor.page
        for connection in page.writing():
            yield connection, lambda one=connection: page.write(one, self.supervisor.now())

    def connected(self, listener):
        supervisor = self.supervisor
        supervisor.perform(supervisor.policies.crash.on_connection(listener, supervisor.now()))

    def ordered(self):
        for order in self.supervisor.engine.read() or ():
            if order.get("do") == "catch_up":
                # what was saved by now counts
                self.read_watcher()
                self.supervisor.engine.asked += 1
            elif order.get("do") == "input":
                self.supervisor.prompts.give(order["what"], order["text"])
            elif order.get("do") == "prepare":
                self.supervisor.perform([Action.begin_preloading()])

    # -- saves -----------------------------------------------------------------------------------------------------

    def read_watcher(self):
        self.supervisor.changed(self.supervisor.watcher.read(self.supervisor.is_loaded))
        self.look_after_watcher()

    def walk(self):
        watcher = self.supervisor.watcher
        if watcher.is_walking():
            self.supervisor.changed(watcher.walk(self.supervisor.is_loaded))
        self.look_after_watcher()

    def look_after_watcher(self):
        """It may have begun to poll the files instead of using inotify."""
        watcher = self.supervisor.watcher
        trouble = watcher.take_trouble()
        if trouble:
            self.supervisor.engine.do_notice(f"file watching fell back to polling: {trouble}")
        if watcher.begins_to_poll():
            self.supervisor.loop.after(watcher.notifier.interval, self.poll)

    def poll(self):
        # again also where this fails
        self.supervisor.loop.after(self.supervisor.watcher.notifier.interval, self.poll)
        self.read_watcher()

    # -- workers ---------------------------------------------------------------------------------------------------

    def hear(self, worker):
        if not self.supervisor.hear(worker):
            self.channel_closed(worker)

    def hear_template(self, template):
        """At a session's end both get the same signal: nothing will report the exits that it has not reported."""
        lost = [one for one in self.supervisor.workers.running if one.template is template and not one.is_connected]
        self.supervisor.hear_template(template)
        for worker in lost if template.is_gone else ():
            is_running = worker.pid is not None and signals.is_running(worker.pid)
            seconds = CLOSED_SECONDS if is_running else 0.0
            self.supervisor.loop.after(seconds, lambda worker=worker: self.look_for(worker))

    def channel_closed(self, worker):
        worker.is_connected = False
        worker.channel.close()
        self.supervisor.workers.note_loss(worker)
        # a template that is busy tells a moment later how it exited
        is_reaped_by_template = worker.template is not None and not worker.template.is_gone
        seconds = RUNNING_SECONDS if is_reaped_by_template else CLOSED_SECONDS
        self.supervisor.loop.after(seconds, lambda: self.look_for(worker))
        self.reap()

    def look_for(self, worker, was_running=False):
        """Its channel is closed: where it still runs, another program has taken its place, and has to be restarted."""
        # elsewhere one that has exited looks like one that runs until its template has waited for it
        can_tell = sys.platform == "linux" or worker.template is None
        is_there = worker in self.supervisor.workers.running and worker.pid is not None
        if not is_there or not can_tell or not signals.is_running(worker.pid):
            self.supervisor.remove(worker, None)
            return
        # one that is about to exit has closed its files a moment before
        if was_running and not worker.is_retiring and not self.supervisor.is_ending:
            self.supervisor.engine.not_eligible("it replaces itself with another program")
        self.supervisor.loop.after(RUNNING_SECONDS, lambda: self.look_for(worker, was_running=True))

    # -- signals, and the end --------------------------------------------------------------------------------------

    def signalled(self):
        for number in signals.read(self.wake):
            if number == _signal.SIGCHLD:
                self.reap()
            else:
                self.end(number)

    def reap(self):
        for pid, status in self.supervisor.workers.reap():
            self.supervisor.do_note_exit(pid, status)

    def end(self, number):
        """The workers get their normal end, bounded; at a second signal nothing is waited for."""
        supervisor = self.supervisor
        supervisor.templates.retire_all()
        if supervisor.is_ending:
            self.exit()
        supervisor.end(number)
        supervisor.loop.after(self.grace, self.exit)

    def exit(self):
        try:
            self.supervisor.workers.kill_all()
            self.supervisor.templates.kill_all()
            self.supervisor.workers.wait_exited()
            sys.stdout.flush()
        finally:
            os._exit(0)
