"""The workers: forked, retired, buried."""

import _signal
import select
import sys
import time

from . import nameless, roles, signals, wire
from . import worker as worker_life
from .hand import Hand
from .heard import Heard
from .kept import Kept

# The former worker's end takes processor time from the next one's start; but what only one can hold has to come free.
FINISH_SECONDS = 0.06
# What is left for lifespan and atexit once the last request was cut.
END_SECONDS = 1.0
LAST_SECONDS = 0.5


class Hands:
    def __init__(self, holder):
        self.holder = holder
        self.workers = []
        self.current = None
        # forked ahead of the next save
        self.poised = None
        self.kept = Kept(holder, self)
        self.heard = Heard(holder, self)
        self.children = set()
        self.count = 0
        # what is to be spawned once every worker is gone, where no socket is kept
        self.next_cause = None
        self.has_next = False

    def sources(self):
        for hand in self.everyone():
            if not hand.silent:
                yield hand.channel, lambda hand=hand: self.hear(hand)

    def everyone(self):
        return self.workers if self.poised is None else [*self.workers, self.poised]

    def close_all(self):
        for hand in self.everyone():
            hand.channel.close()
        self.kept.close_all()
        for hand in self.everyone():
            self.holder.suspicion.close(hand)

    # -- life ------------------------------------------------------------------------------------------------------

    def replace(self, cause):
        """The old worker stops accepting at once; without a kept socket it has to be gone before the next one comes."""
        self.holder.crashed.clear()
        if self.holder.burst.strange:
            self.unpoise()
        if self.current is not None:
            self.retire(self.current)
        if self.workers and not self.kept.sockets:
            self.has_next, self.next_cause = True, cause
        else:
            self.spawn(cause)

    def take_first(self, pid, channel, began):
        """Forked before there was a holder; it supposes that its reports are heard."""
        self.count = 1
        hand = self.current = Hand(1, channel, None, None)
        hand.pid = pid
        hand.forked_at = began
        self.workers.append(hand)
        self.children.add(pid)
        if not self.holder.report.is_heard():
            channel.send({"do": "speak"})

    def spawn(self, cause, nursery=True):
        self.has_next = False
        hand, self.poised = self.poised, None
        if hand is not None and nursery and self.is_foreseen(hand, cause) and hand.channel.send(self.go()):
            hand.cause = cause
            hand.state = "booting"
            self.workers.append(hand)
        else:
            self.discard(hand)
            hand = self.fork(cause, self.holder.learned.nursery if nursery else None, poised=False)
            self.workers.append(hand)
        self.current = hand
        hand.had_elder = any(other.state == "retiring" for other in self.workers)
        hand.forked_at = self.holder.clock()
        if not self.holder.learned.verify(hand):
            self.discard(hand)
            self.spawn(cause, nursery=False)
        else:
            self.holder.suspicion.begin(hand)

    def go(self):
        return {"do": "go", "told": self.holder.report.is_heard()}

    def is_foreseen(self, hand, cause):
        """It has looked at the project's folder before the save: only the content of known files may differ."""
        return cause is not None and not self.holder.burst.strange and hand.nursery is self.holder.learned.nursery

    def poise(self):
        """The next worker is forked ahead, and runs up to the project's first file."""
        home = self.holder.learned.nursery
        if self.poised is None and home is not None and self.current is not None and not self.holder.ending:
            self.poised = self.fork(None, home, poised=True)
            self.poised.state = "poised"

    def unpoise(self):
        """What it may have read outside of the project's Python files is no longer true."""
        hand, self.poised = self.poised, None
        self.discard(hand)

    def fork(self, cause, home, poised):
        ours, theirs = wire.pair()
        self.count += 1
        hand = Hand(self.count, ours, cause, home, poised)
        order = {
            "worker": hand.number,
            "program": self.holder.options.program,
            "port": self.holder.options.port,
            "first": False,
            "told": self.holder.report.is_heard(),
            "poised": poised,
            "limit": self.holder.suspicion.limit(),
        }
        if home is not None and not home.proven:
            hand.trial = nameless.open_file("devpm-stacks")
        fds = [theirs.fileno()] if hand.trial is None else [theirs.fileno(), hand.trial]
        if home is None or not home.channel.send({"do": "fork", "order": order}, fds):
            hand.nursery = None
            hand.pid = roles.fork(lambda: self.become(order, theirs))
            self.children.add(hand.pid)
        theirs.close()
        return hand

    def discard(self, hand):
        """Not yet serving and not to be: it has nothing to end in order."""
        if hand is None:
            return
        hand.state = "retiring"
        hand.stopped = True
        if hand not in self.workers:
            self.workers.append(hand)
        self.kill(hand)

    def homeless(self, home):
        """Their nursery died: those it had not yet forked come from the holder itself."""
        for hand in list(self.everyone()):
            if hand.nursery is home:
                hand.nursery = None
                if hand is self.poised:
                    self.unpoise()
                elif hand.pid is None:
                    hand.silent = True
                    self.bury(hand)

    def become(self, order, channel):
        self.holder.close_all()
        worker_life.play(order, channel)

    def retire(self, hand, number=_signal.SIGINT):
        if hand.state == "retiring":
            return
        hand.state = "retiring"
        if hand is self.current:
            self.current = None
        hand.channel.send({"do": "retire", "heir": not self.holder.ending})
        if self.holder.ending or not self.kept.sockets:
            self.finish(hand, number)
        options = self.holder.options
        hand.timers = [
            self.holder.after(FINISH_SECONDS, lambda: self.finish(hand, number)),
            self.holder.after(options.stream, lambda: hand.channel.send({"do": "cut", "all": False})),
            self.holder.after(self.patience(), lambda: hand.channel.send({"do": "cut", "all": True})),
            self.holder.after(options.grace + END_SECONDS, lambda: self.kill(hand)),
            self.holder.after(0.25, lambda: self.stopped(hand)),
        ]

    def patience(self):
        """What a request in flight gets; at the holder's end, bound by the grace, time is left for the app's own."""
        grace = self.holder.options.grace
        return grace - min(END_SECONDS, grace / 2) if self.holder.ending else grace

    def finish(self, hand, number=_signal.SIGINT):
        if not hand.finishing:
            hand.finishing = True
            if not hand.channel.send({"do": "finish", "signal": int(number)}) and hand.pid:
                signals.send(hand.pid, number)

    def retire_all(self, number):
        self.has_next = False
        self.unpoise()
        for hand in list(self.workers):
            self.retire(hand, number)
            self.finish(hand, number)

    def kill(self, hand):
        if hand.pid and hand in self.workers:
            signals.end_group(hand.pid, _signal.SIGKILL)
            signals.send(hand.pid, _signal.SIGKILL)

    def kill_all(self):
        for hand in self.workers:
            self.kill(hand)

    def outlast(self):
        """What was killed is gone a moment later; until then it may hold the port."""
        pids = [hand.pid for hand in self.workers if hand.pid]
        end = self.holder.clock() + LAST_SECONDS
        while any(signals.is_alive(pid) for pid in pids) and self.holder.clock() < end:
            signals.reap(self.children)
            time.sleep(0.002)

    def again_when_alone(self, hand):
        """What it needed may still have been held by the former worker, a moment longer than it could wait."""
        if hand.had_elder and hand.state == "booting" and (hand.ended or {}).get("busy"):
            self.has_next, self.next_cause = True, hand.cause
        return self.has_next

    # -- word of them ----------------------------------------------------------------------------------------------

    def hear(self, hand):
        messages = hand.channel.receive()
        if messages is None:
            return self.fall_silent(hand)
        for message, fds in messages:
            getattr(self.heard, "on_" + message.pop("m"))(hand, fds, **message)

    def stopped(self, hand):
        if not hand.lingers:
            hand.stopped = True
            self.kept.give()

    # -- death -----------------------------------------------------------------------------------------------------

    def reap(self):
        ended = signals.reap(self.children)
        # before anything is made of it, which may look here again
        self.children.difference_update(pid for pid, _ in ended)
        for pid, status in ended:
            self.exited(pid, status)

    def exited(self, pid, status):
        """What it said last is heard before it is buried; what it started may hold its line open for longer."""
        for hand in [hand for hand in self.everyone() if hand.pid == pid]:
            hand.status = status
            if hand is self.poised:
                self.poised = None
                self.workers.append(hand)
            last = select.poll()
            if not hand.silent:
                last.register(hand.channel, select.POLLIN)
            while not hand.silent and last.poll(0):
                self.hear(hand)
            self.bury(hand)

    def fall_silent(self, hand):
        hand.silent = True
        hand.channel.close()
        if hand is self.poised:
            self.poised = None
            self.workers.append(hand)
        # a nursery that is busy tells a moment later how it ended
        told = hand.nursery is not None and not hand.nursery.gone
        self.holder.after(1.0 if told else 0.1, lambda: self.miss(hand))
        self.reap()

    def miss(self, hand):
        """Its line is closed and it runs: another program has taken its place, and can only be started anew."""
        # elsewhere one that has ended looks like one that runs until its nursery has waited for it
        can_tell = sys.platform == "linux" or hand.nursery is None
        if hand not in self.workers or hand.pid is None or not can_tell or not signals.is_running(hand.pid):
            return self.bury(hand)
        # one that is about to end has closed its files a moment before
        if hand.missed and hand.state != "retiring" and not self.holder.ending:
            self.holder.report.unfit("it replaces itself by another program")
        hand.missed = True
        self.holder.after(1.0, lambda: self.miss(hand))

    def bury(self, hand):
        if hand not in self.workers:
            return
        self.workers.remove(hand)
        hand.channel.close()
        for timer in hand.timers:
            self.holder.cancel(timer)
        if hand is self.current:
            self.current = None
            if hand.pid is None or not hand.went:
                self.spawn(hand.cause, nursery=hand.pid is not None)
            elif not (self.again_when_alone(hand) or self.holder.suspicion.died(hand)):
                self.holder.crashed.died(hand)
        self.holder.suspicion.close(hand)
        self.kept.give()
        if self.has_next and not self.workers:
            self.spawn(self.next_cause)
        self.holder.gone()
