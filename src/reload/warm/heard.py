"""What the workers say, a method for each message, and what follows from it."""


class Heard:
    def __init__(self, holder, hands):
        self.holder = holder
        self.hands = hands

    def on_born(self, hand, _, pid):
        hand.pid = pid
        if hand.state == "retiring" and hand.stopped and not hand.listens:
            self.hands.kill(hand)

    def on_poised(self, hand, _):
        pass

    def on_goes(self, hand, _):
        hand.went = True

    def on_checkpoint(self, hand, _, files):
        hand.files.update(files)
        self.holder.watching.read()
        serves = hand.state == "serving"
        if hand is self.hands.current and (serves or self.holder.burst.stale(hand) is None):
            hand.channel.send({"reply": "go"})
            if serves:  # another port, bound while requests are under way
                self.holder.burst.checked(hand)
        else:
            self.stand_down(hand)

    def stand_down(self, hand):
        hand.stood_down = True
        hand.channel.send({"reply": "stand down"})
        if hand is self.hands.current:
            self.holder.burst.checked(hand)

    def on_bind(self, hand, _, wanted):
        hand.waits_for = tuple(wanted)
        self.hands.kept.give()

    def on_listens(self, hand, fds, wanted):
        self.hands.kept.keep(hand, fds[0], tuple(wanted))

    def on_idle(self, hand, fds):
        self.hands.kept.rest(fds)

    def on_serving(self, hand, _, files, changed, **times):
        hand.files.update(files)
        if hand is not self.hands.current:
            return
        hand.state = "serving"
        self.holder.after(1.0, lambda: self.hands.kept.drop_unclaimed(hand))
        self.holder.watching.loaded(hand.files)
        for other in self.hands.workers:
            if other.state == "retiring":
                self.hands.finish(other)
        self.hands.kept.give_idle()
        self.holder.suspicion.served(hand, self.holder.clock() - hand.forked_at)
        self.holder.progress.served(hand, times)
        self.holder.burst.booted(hand)
        self.holder.learned.served(hand, changed)

    def on_stopped(self, hand, _):
        self.hands.stopped(hand)

    def on_asked(self, hand, _):
        self.holder.suspicion.asked(hand)

    def on_answered(self, hand, _):
        self.holder.suspicion.answered(hand)

    def on_lingers(self, hand, _):
        hand.lingers = True

    def on_kin(self, hand, _, modules, files):
        self.on_loaded(hand, _, files)
        self.holder.learned.add(modules)
        # requests come to what it has forked, which lives
        if hand.state == "serving":
            self.holder.suspicion.answered(hand)

    def on_cut(self, hand, _, names):
        if names:
            many = "connection" if len(names) == 1 else "connections"
            text = f"cut {len(names)} open {many} of the former worker: {', '.join(sorted(names))}"
            self.holder.report.notice(text)

    def on_loaded(self, hand, _, files):
        hand.files.update(files)
        if hand is self.hands.current:
            self.holder.watching.loaded(files)
            self.holder.burst.checked(hand)

    def on_learned(self, hand, _, files, modules, changed):
        self.on_loaded(hand, _, files)
        self.holder.learned.learn(hand, modules, changed)

    def on_ended(self, hand, _, **ended):
        hand.files.update(ended.pop("files"))
        hand.ended = ended
        # wherever they lie: the save that mends it has to be seen
        self.holder.watching.loaded(hand.files)
