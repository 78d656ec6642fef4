"""What a fork does not survive is found out by the first worker of a nursery, and left out from then on.

It is suspected where that worker crashes, hangs, or fails inside a library; convicted where a worker forked without
libraries then does the same without harm.
"""

import os

from .signals import exit_of

MARGIN_SECONDS = 0.3
# The first answer may have been a stream, open for minutes; a boot may really take them.
LONGEST_ANSWER_SECONDS = 10.0
HANGS = "hangs in a fork"
CRASHES = ("SIGSEGV", "SIGABRT", "SIGBUS", "SIGILL", "SIGFPE", "SIGTRAP", "SIGSYS")


class Suspicion:
    def __init__(self, holder):
        self.holder = holder
        self.package = None
        self.why = None
        # the worker without libraries that decides, and what it has to reach
        self.judge = None
        self.proof = None
        # what a worker without libraries has needed to serve, or to answer
        self.slowest = 0.0
        self.allowed = 0.0

    def begin(self, hand):
        if hand.trial is not None:
            self.expect(hand, "booting", self.holder.clock())

    def limit(self):
        return max(self.holder.options.probe, 3 * self.slowest)

    def served(self, hand, seconds):
        self.note(hand, "serving", seconds)

    def asked(self, hand):
        hand.asked_at = self.holder.clock()
        if hand.trial is not None:
            self.expect(hand, "serving", hand.asked_at)

    def answered(self, hand):
        hand.answered = True
        if hand.trial is not None and hand.nursery is not None:
            hand.nursery.proven = True
        self.close(hand)
        # a server that does not tell when it is asked answers at once
        self.note(hand, "answered", self.holder.clock() - (hand.asked_at or self.holder.clock()))

    def note(self, hand, reached, seconds):
        if hand.nursery is None:
            self.slowest = max(self.slowest, seconds if reached == "serving" else min(seconds, LONGEST_ANSWER_SECONDS))
        self.prove(hand, reached, seconds)

    def expect(self, hand, state, since):
        seconds = since + self.limit() + MARGIN_SECONDS - self.holder.clock()
        self.holder.after(seconds, lambda: self.hung(hand, state, since))

    def hung(self, hand, state, since):
        if hand is not self.holder.hands.current or hand.state != state or hand.answered or hand.trial is None:
            return
        if hand.nursery is None:
            return
        if self.holder.clock() < since + self.limit():
            # a former worker has shown meanwhile that it takes its time
            return self.expect(hand, state, since)
        if not os.fstat(hand.trial).st_size:
            # the thread that writes it is late
            return self.holder.after(MARGIN_SECONDS, lambda: self.hung(hand, state, since))
        package = self.blamed(hand, inside_project=state == "serving")
        if package or state == "booting":
            self.suspect(hand, package, HANGS, "answered" if state == "serving" else "serving")

    def died(self, hand):
        """True where the death is put down to the fork for now, and another worker is on its way."""
        if hand is self.judge:
            self.judge = None  # the same without libraries: it is the app's own
        if hand.trial is None or hand.answered or hand.nursery is None:
            return False
        proof = "answered" if hand.state == "serving" else "serving"
        failed_in = (hand.ended or {}).get("package")
        if exit_of(hand.status)[1] in CRASHES:
            package = self.blamed(hand, inside_project=False)
            self.suspect(hand, package, "crashes in a fork", proof)
        elif hand.state == "booting" and failed_in in hand.nursery.packages():
            self.suspect(hand, failed_in, "fails in a fork", proof)
        else:
            return False
        return True

    def blamed(self, hand, inside_project):
        from .stacks import blamed  # few libraries break

        return blamed(hand.trial, hand.nursery.modules, inside_project)

    def suspect(self, hand, package, why, proof):
        hands = self.holder.hands
        self.package, self.why, self.proof, self.allowed = package, why, proof, self.limit()
        self.close(hand)
        self.holder.learned.drop(hand.nursery)
        if hand is hands.current and hand.state == "serving":
            hands.retire(hand)
        elif hand in hands.workers:
            hands.current = None
            hands.discard(hand)
        hands.spawn(hand.cause, nursery=False)
        self.judge = hands.current

    def prove(self, hand, reached, seconds):
        if hand is not self.judge or reached != self.proof:
            return
        self.judge = None
        if self.why == HANGS and seconds > self.allowed:
            return  # it is slow without a fork too, and gets more time from now on
        if self.package is not None:
            self.holder.learned.leave_out(self.package, self.why)
        else:
            self.holder.learned.turn_off("a worker forked with them did not answer")

    def close(self, hand):
        if hand.trial is not None:
            os.close(hand.trial)
            hand.trial = None
