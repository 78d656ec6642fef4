"""What a fork does not survive is found out by the first worker of a template, and left out from then on.

It is suspected where that worker crashes, hangs, or fails inside a library; convicted where a worker forked without
libraries then does the same without harm.
"""

import os

from ..shared.signals import exit_of

MARGIN_SECONDS = 0.3
# The first answer may have been a stream, open for minutes; a boot may really take them.
LONGEST_ANSWER_SECONDS = 10.0
HANGS = "hangs in a fork"
CRASHES = ("SIGSEGV", "SIGABRT", "SIGBUS", "SIGILL", "SIGFPE", "SIGTRAP", "SIGSYS")


class ForkSafety:
    def __init__(self, supervisor):
        self.supervisor = supervisor
        self.package = None
        self.why = None
        # the worker without libraries that decides, and what it has to reach
        self.control_worker = None
        self.proof = None
        # what a worker without libraries has needed to serve, or to answer
        self.slowest = 0.0
        self.allowed = 0.0

    def begin(self, worker):
        if worker.stacks is not None:
            self.expect(worker, "booting", self.supervisor.clock())

    def limit(self):
        return max(self.supervisor.options.probe, 3 * self.slowest)

    def served(self, worker, seconds):
        self.note(worker, "serving", seconds)

    def asked(self, worker):
        worker.asked_at = self.supervisor.clock()
        if worker.stacks is not None:
            self.expect(worker, "serving", worker.asked_at)

    def answered(self, worker):
        worker.answered = True
        if worker.stacks is not None and worker.template is not None:
            worker.template.proven = True
        self.close(worker)
        # a server that does not tell when it is asked answers at once
        self.note(worker, "answered", self.supervisor.clock() - (worker.asked_at or self.supervisor.clock()))

    def note(self, worker, reached, seconds):
        if worker.template is None:
            self.slowest = max(self.slowest, seconds if reached == "serving" else min(seconds, LONGEST_ANSWER_SECONDS))
        self.prove(worker, reached, seconds)

    def expect(self, worker, state, since):
        seconds = since + self.limit() + MARGIN_SECONDS - self.supervisor.clock()
        self.supervisor.after(seconds, lambda: self.hung(worker, state, since))

    def hung(self, worker, state, since):
        if (
            worker is not self.supervisor.workers.current
            or worker.state != state
            or worker.answered
            or worker.stacks is None
        ):
            return
        if worker.template is None:
            return
        if self.supervisor.clock() < since + self.limit():
            # a former worker has shown meanwhile that it takes its time
            return self.expect(worker, state, since)
        if not os.fstat(worker.stacks).st_size:
            # the thread that writes it is late
            return self.supervisor.after(MARGIN_SECONDS, lambda: self.hung(worker, state, since))
        package = self.blamed(worker, inside_project=state == "serving")
        if package or state == "booting":
            self.suspect(worker, package, HANGS, "answered" if state == "serving" else "serving")

    def died(self, worker):
        """True where the death is put down to the fork for now, and another worker is on its way."""
        if worker is self.control_worker:
            self.control_worker = None  # the same without libraries: it is the app's own
        if worker.stacks is None or worker.answered or worker.template is None:
            return False
        proof = "answered" if worker.state == "serving" else "serving"
        failed_in = (worker.ended or {}).get("package")
        if exit_of(worker.status)[1] in CRASHES:
            package = self.blamed(worker, inside_project=False)
            self.suspect(worker, package, "crashes in a fork", proof)
        elif worker.state == "booting" and failed_in in worker.template.packages():
            self.suspect(worker, failed_in, "fails in a fork", proof)
        else:
            return False
        return True

    def blamed(self, worker, inside_project):
        from .stack_blame import blamed  # few libraries break

        return blamed(worker.stacks, worker.template.modules, inside_project)

    def suspect(self, worker, package, why, proof):
        workers = self.supervisor.workers
        self.package, self.why, self.proof, self.allowed = package, why, proof, self.limit()
        self.close(worker)
        self.supervisor.preloader.drop(worker.template)
        if worker is workers.current and worker.state == "serving":
            workers.retire(worker)
        elif worker in workers.workers:
            workers.current = None
            workers.discard(worker)
        workers.spawn(worker.cause, template=False)
        self.control_worker = workers.current

    def prove(self, worker, reached, seconds):
        if worker is not self.control_worker or reached != self.proof:
            return
        self.control_worker = None
        if self.why == HANGS and seconds > self.allowed:
            return  # it is slow without a fork too, and gets more time from now on
        if self.package is not None:
            self.supervisor.preloader.leave_out(self.package, self.why)
        else:
            self.supervisor.preloader.turn_off("a worker forked with them did not answer")

    def close(self, worker):
        if worker.stacks is not None:
            os.close(worker.stacks)
            worker.stacks = None
