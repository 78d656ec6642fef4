"""Which workers wait at a prompt, the lines that are for them, and the reload that waits with them.

A worker that is stopped in a debugger is neither replaced nor killed for a save: its frame is what somebody looks at.
"""

import time

from ..shared.messages import FromSupervisorToWorker
from .actions import Action

# A debugger's next prompt comes sooner: the program has not gone on.
GONE_ON_SECONDS = 0.2
LOOK_AGAIN_SECONDS = 1.0


class Prompt:
    __slots__ = ("file", "line")

    def __init__(self, file, line):
        self.file = file
        self.line = line

    def words(self):
        return "a prompt" if self.file is None else f"a prompt, {self.file}:{self.line}"


class Prompts:
    def __init__(self, workers, engine, loop, options, perform):
        self.workers = workers
        self.engine = engine
        self.loop = loop
        self.options = options
        self.perform = perform
        # (cause, since when) of the reload that waits until the current worker goes on
        self.due = None

    def do_note_prompt(self, worker, file, line, request):
        worker.prompt = Prompt(file, line)
        self.engine.send("prompt", file=file, line=line, request=request)

    def do_note_going_on(self, worker):
        prompt = worker.prompt
        action = Action.close_prompt(worker=worker, prompt=prompt)
        self.loop.after(GONE_ON_SECONDS, lambda: self.perform([action]))

    def do_close_prompt(self, worker, prompt):
        """Where no other one has followed."""
        if prompt is None or worker.prompt is not prompt:
            return
        worker.prompt = None
        self.engine.send("went_on")
        due, self.due = self.due, None
        if due is not None and worker is self.workers.current:
            cause, since = due
            if cause is not None:
                cause.waited = (time.time() - since) * 1000
            self.perform([Action.replace_worker(cause=cause)])

    def forget(self, worker):
        """It is gone."""
        if worker.prompt is not None:
            self.due = None
            self.do_close_prompt(worker, worker.prompt)

    def holds(self, cause):
        """The current worker is not to be replaced now; `cause` has it replaced when it goes on."""
        current = self.workers.current
        if current is None or current.prompt is None:
            return False
        if self.due is None:
            self.engine.do_notice(f"it waits at {current.prompt.words()}: the save takes effect when it goes on")
        self.due = (cause, time.time())
        return True

    def is_at_prompt(self):
        return self.workers.current is not None and self.workers.current.prompt is not None

    def give(self, what, text):
        """To the worker that waits; the current one where several do."""
        waiting = [worker for worker in self.workers.running if worker.prompt is not None]
        if waiting:
            worker = self.workers.current if self.workers.current in waiting else waiting[-1]
            worker.channel.send(FromSupervisorToWorker.input(what=what, text=text))

    def do_cut_short(self, worker):
        if worker not in self.workers.running:
            return
        if worker.prompt is not None:
            action = Action.cut_short(worker=worker)
            self.loop.after(LOOK_AGAIN_SECONDS, lambda: self.perform([action]))
            return
        self.engine.do_notice(f"the former worker was still busy after {self.options.grace:g} s (graceMs): killed")
        self.workers.do_kill(worker)
