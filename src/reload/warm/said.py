"""What workers say, and what follows from it."""

import os
import socket


class Said:
    """The half of Hands that listens: one method for each word of a worker."""

    def hear(self, hand):
        messages = hand.channel.receive()
        if messages is None:
            return self.fall_silent(hand)
        for message, fds in messages:
            getattr(self, "on_" + message.pop("m"))(hand, fds, **message)

    def on_born(self, hand, _, pid):
        hand.pid = pid
        if hand.state == "retiring" and hand.stopped and not hand.listens:
            self.kill(hand)

    def on_poised(self, hand, _):
        pass

    def on_goes(self, hand, _):
        hand.went = True

    def on_checkpoint(self, hand, _, files):
        hand.files.update(files)
        self.holder.watching.read()
        if hand is self.current and self.holder.burst.stale(hand) is None:
            hand.channel.send({"reply": "go"})
        else:
            self.stand_down(hand)

    def stand_down(self, hand):
        hand.stood_down = True
        hand.channel.send({"reply": "stand down"})
        if hand is self.current:
            self.holder.burst.checked(hand)

    def on_bind(self, hand, _, wanted):
        hand.waits_for = tuple(wanted)
        self.give_sockets()

    def give_sockets(self):
        """Only once the former worker accepts no more."""
        if any(hand.state == "retiring" and hand.listens and not hand.stopped for hand in self.workers):
            return
        for hand in self.workers:
            key, hand.waits_for = hand.waits_for, None
            if key is None:
                continue
            if key in self.sockets:
                hand.claimed.add(key)
                hand.listens = True
                hand.channel.send({"reply": "yours"}, [self.sockets[key].fileno()])
            else:
                self.holder.crashed.free_port(key[2])
                hand.channel.send({"reply": "bind it"})

    def on_listens(self, hand, fds, wanted):
        key = tuple(wanted)
        self.drop_socket(key)
        self.sockets[key] = socket.SocketType(fileno=fds[0])
        hand.claimed.add(key)
        hand.listens = True

    def drop_socket(self, key):
        if key in self.sockets:
            self.sockets.pop(key).close()

    def on_serving(self, hand, _, files, changed, **times):
        hand.files.update(files)
        if hand is not self.current:
            return
        hand.state = "serving"
        self.holder.after(1.0, lambda: self.drop_unclaimed(hand))
        self.holder.watching.start()
        self.holder.watching.loaded(hand.files)
        for other in self.workers:
            if other.state == "retiring":
                self.finish(other)
        self.give_idle()
        self.holder.suspicion.served(hand, self.holder.clock() - hand.forked_at)
        self.holder.progress.served(hand, times)
        self.holder.burst.checked(hand)
        self.holder.learned.served(hand, changed)

    def on_idle(self, hand, fds):
        self.idle.extend(fds)
        self.give_idle()

    def give_idle(self):
        """To the worker that serves, or to the page where none can."""
        if self.current is not None and self.current.state == "serving":
            for fd in self.idle:
                self.current.channel.send({"do": "adopt"}, [fd])
                os.close(fd)
            self.idle.clear()
        elif self.holder.crashed.crash is not None:
            self.holder.crashed.visit(self.idle)
            self.idle.clear()

    def drop_unclaimed(self, hand):
        """The app no longer binds it: a port on which nobody answers would look like a hanging app."""
        if hand is self.current and hand.claimed:
            for key in [key for key in self.sockets if key not in hand.claimed]:
                self.drop_socket(key)

    def on_stopped(self, hand, _):
        self.stopped(hand)

    def stopped(self, hand):
        if not hand.lingers:
            hand.stopped = True
            self.give_sockets()

    def on_asked(self, hand, _):
        self.holder.suspicion.asked(hand)

    def on_answered(self, hand, _):
        self.holder.suspicion.answered(hand)

    def on_lingers(self, hand, _):
        hand.lingers = True

    def on_kin(self, hand, _, modules, files):
        self.on_loaded(hand, _, files)
        self.holder.learned.add(modules)

    def on_cut(self, hand, _, names):
        if names:
            many = "connection" if len(names) == 1 else "connections"
            text = "cut %d open %s of the former worker: %s" % (len(names), many, ", ".join(sorted(names)))
            self.holder.report.notice(text)

    def on_loaded(self, hand, _, files):
        hand.files.update(files)
        if hand is self.current:
            self.holder.watching.loaded(files)
            self.holder.burst.checked(hand)

    def on_learned(self, hand, _, files, modules, changed):
        self.on_loaded(hand, _, files)
        self.holder.learned.learn(hand, modules, changed)

    def on_ended(self, hand, _, **ended):
        hand.files.update(ended.pop("files"))
        hand.ended = ended
