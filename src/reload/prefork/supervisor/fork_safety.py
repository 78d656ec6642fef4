"""Which libraries do not survive a fork: found out by the first worker of a template, and left out from then on.

One is suspected where that worker, the probe, crashes, hangs, or fails inside a library. A control worker, forked
without libraries, decides: where it does better, the library is to blame. Pure: facts in, actions out.
"""

from ..shared.signals import exit_of
from .actions import Action
from .worker_handle import Booting, Serving

MARGIN_SECONDS = 0.3
# The first answer may have been a stream, open for minutes; a boot may really take them.
LONGEST_ANSWER_SECONDS = 10.0
HANGS = "hangs after a fork"
CRASHES = "crashes after a fork"
FAILS = "fails after a fork"
CRASH_SIGNALS = ("SIGSEGV", "SIGABRT", "SIGBUS", "SIGILL", "SIGFPE", "SIGTRAP", "SIGSYS")
# What a worker is waited for.
TO_SERVE, TO_ANSWER = "to serve", "to answer"


class Suspect:
    __slots__ = ("must_reach", "package", "reason", "within")

    def __init__(self, package, reason, must_reach, within):
        # None where no stack shows one
        self.package = package
        self.reason = reason
        # what the control worker has to reach, and in how many seconds
        self.must_reach = must_reach
        self.within = within


class ForkSafety:
    def __init__(self, probe_seconds):
        self.probe_seconds = probe_seconds
        self.suspect = None
        self.control_worker = None
        # what a worker without libraries has needed, to serve or to answer
        self.slowest = 0.0

    def limit(self):
        return max(self.probe_seconds, 3 * self.slowest)

    def on_started(self, worker, now):
        return [] if worker.stacks is None else [self.expect(worker, TO_SERVE, now, now)]

    def on_serving(self, worker, seconds):
        return self.reached(worker, TO_SERVE, seconds)

    def on_first_request(self, worker, now):
        worker.first_request.seen_at = now
        return [] if worker.stacks is None else [self.expect(worker, TO_ANSWER, now, now)]

    def on_first_response(self, worker, now):
        worker.first_request.is_answered = True
        if worker.stacks is not None and worker.template is not None:
            worker.template.is_proven = True
        # a server that no hook sees answers at once
        seen_at = worker.first_request.seen_at
        seconds = 0.0 if seen_at is None else now - seen_at
        return [Action.end_probe(worker=worker), *self.reached(worker, TO_ANSWER, seconds)]

    def reached(self, worker, phase, seconds):
        if worker.template is None:
            self.slowest = max(self.slowest, seconds if phase == TO_SERVE else min(seconds, LONGEST_ANSWER_SECONDS))
        if worker is not self.control_worker or phase != self.suspect.must_reach:
            return []
        self.control_worker = None
        if self.suspect.reason == HANGS and seconds > self.suspect.within:
            return []  # it is slow without a fork too, and gets more time from now on
        if self.suspect.package is None:
            return [Action.stop_preloading(why="a worker forked with them did not answer")]
        return [Action.leave_out(package=self.suspect.package, why=self.suspect.reason)]

    def expect(self, worker, phase, since, now):
        seconds = since + self.limit() + MARGIN_SECONDS - now
        return Action.after(seconds=seconds, action=Action.check_probe(worker=worker, phase=phase, since=since))

    def on_overdue(self, worker, phase, since, now, has_stacks, blame):
        """The current worker was to be further by now. `blame(inside_project)`: the library its stacks show."""
        is_there = isinstance(worker.state, Booting if phase == TO_SERVE else Serving)
        if not is_there or not is_probe(worker):
            return []
        if now < since + self.limit():
            # a former worker has shown meanwhile that it takes its time
            return [self.expect(worker, phase, since, now)]
        if not has_stacks:
            # the thread that writes them is late
            look_again = Action.check_probe(worker=worker, phase=phase, since=since)
            return [Action.after(seconds=MARGIN_SECONDS, action=look_again)]
        package = blame(phase == TO_ANSWER)
        if package is None and phase == TO_ANSWER:
            return []
        return self.suspects(worker, package, HANGS, phase)

    def on_exit(self, worker, blame):
        """Actions where the exit is put down to the fork for now; none where it is the program's own."""
        former = worker.state.former
        if worker is self.control_worker:
            self.control_worker = None  # the same without libraries
        if not is_probe(worker):
            return []
        phase = TO_ANSWER if isinstance(former, Serving) else TO_SERVE
        if exit_of(worker.state.status)[1] in CRASH_SIGNALS:
            return self.suspects(worker, blame(False), CRASHES, phase)
        failed_in = worker.program_end.get("package")
        if isinstance(former, Booting) and failed_in in worker.template.packages():
            return self.suspects(worker, failed_in, FAILS, phase)
        return []

    def suspects(self, worker, package, reason, must_reach):
        self.suspect = Suspect(package, reason, must_reach, self.limit())
        return [Action.start_control(worker=worker)]

    def on_control_started(self, worker):
        self.control_worker = worker


def is_probe(worker):
    return worker.stacks is not None and worker.template is not None and not worker.first_request.is_answered
