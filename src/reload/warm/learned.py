"""What to keep loaded is learned from the app, and kept in a nursery that is replaced when the list has grown."""

import _signal

from . import remembered, roles, signals, wire
from .loaded import first_stale

# After a reload: the worker answers first, what is done ahead for the next one comes second.
POLITE_SECONDS = 0.05
# An app that is only looked at by a port check is learned from without a request.
UNASKED_SECONDS = 2.0
BORN_SECONDS = 2.0
MOST_GROWTHS = 12
GREEN = ("gevent", "eventlet")
# Set anew by every worker: says nothing about what libraries read at import.
OWN_VARIABLES = ("WERKZEUG_SERVER_FD",)


class Home:
    """The holder's view of one nursery."""

    def __init__(self, channel, modules, environment):
        self.channel = channel
        self.modules = set(modules)
        self.environment = environment
        self.left_out = set()
        self.pid = None
        self.files = {}
        self.told = {}
        self.gone = False
        # a worker forked from it has answered
        self.proven = False

    def packages(self):
        return {name.partition(".")[0] for name in self.modules}


class Learned:
    def __init__(self, holder):
        self.holder = holder
        self.nursery = None
        self.growing = None
        self.former = []
        self.memory = remembered.Memory(holder.options.program)
        self.modules, self.left_out = self.memory.read()
        self.environment = {}
        self.growths = 0
        self.off = not holder.options.preload

    def homes(self):
        return [home for home in (self.nursery, self.growing, *self.former) if home is not None and not home.gone]

    def sources(self):
        for home in self.homes():
            yield home.channel, lambda home=home: self.hear(home)

    # -- learning --------------------------------------------------------------------------------------------------

    def served(self, hand, changed):
        self.set_environment(changed)
        self.holder.after(POLITE_SECONDS, self.prepare)
        self.holder.after(UNASKED_SECONDS, lambda: self.ask(hand))

    def ask(self, hand):
        if hand is self.holder.hands.current and not hand.taught:
            hand.channel.send({"do": "learn"})

    def learn(self, hand, modules, changed):
        hand.taught = True
        self.set_environment(changed)
        self.add(modules)

    def add(self, modules):
        known = set(self.modules)
        fresh = [name for name in modules if name not in known]
        if fresh:
            self.modules = self.modules + fresh
            self.memory.write(self.modules, self.left_out)
        self.holder.after(POLITE_SECONDS, self.prepare)

    def turn_off(self, why):
        if not self.off:
            self.off = True
            self.drop(self.nursery)
            self.holder.report.notice(f"libraries are imported anew at each reload: {why}")

    def set_environment(self, changed):
        self.environment = {key: value for key, value in changed.items() if key not in OWN_VARIABLES}

    def prepare(self):
        """The next fork finds everything ready: the libraries in a nursery, the project's files compiled in it."""
        current = self.holder.hands.current
        if self.holder.ending or self.off or current is None or current.state != "serving" or not self.modules:
            return
        # also where an earlier session has learned it
        green = [name for name in GREEN if name in self.modules]
        if green:
            return self.turn_off(f"{green[0]} replaces what a fork relies on")
        home = self.nursery
        if home is None or home.left_out != set(self.left_out) or set(self.modules) - home.modules:
            self.grow()
        elif self.environment != home.environment:
            self.grow()
        if home is not None:
            files = [path for path, noted in current.files.items() if home.told.get(path) != noted]
            if files:
                home.told.update({path: current.files[path] for path in files})
                home.channel.send({"do": "compile", "files": files})
                # one that was forked before would compile them again
                self.holder.hands.unpoise()
            self.holder.hands.poise()

    # -- nurseries -------------------------------------------------------------------------------------------------

    def grow(self):
        if self.growing is not None or self.growths >= MOST_GROWTHS:
            return
        self.growths += 1
        ours, theirs = wire.pair()
        current = self.holder.hands.current
        order = {
            "modules": self.modules,
            "leave_out": [*self.left_out, *self.holder.options.leave_out],
            "environment": self.environment,
            "project": list(current.files),
            "program": self.holder.options.program,
        }
        self.growing = Home(ours, self.modules, self.environment)
        self.growing.left_out = set(self.left_out)
        self.growing.told = dict(current.files)
        self.growing.pid = roles.fork(lambda: self.become(theirs, order))
        self.holder.hands.children.add(self.growing.pid)
        theirs.close()

    def become(self, channel, order):
        from .nursery import Nursery  # it needs more than the holder

        self.holder.close_all()
        Nursery(channel, order).run()

    def hear(self, home):
        messages = home.channel.receive()
        if messages is None:
            return self.lost(home)
        for message, _ in messages:
            getattr(self, "on_" + message.pop("m"))(home, **message)

    def on_ready(self, home, files, count, ms):
        home.files = files
        self.drop(self.nursery)
        self.growing = None
        if self.off:
            return self.retire(home)
        self.nursery = home
        self.holder.report.send("preloaded", modules=count, ms=ms)
        self.prepare()

    def on_breaks(self, home, package, why):
        """It could not be forked with this loaded: the next one goes without, and so does the next session."""
        self.growing = None
        self.close_home(home)
        self.leave_out(package, why)
        self.growths -= 1
        self.prepare()

    def leave_out(self, package, why):
        self.left_out[package] = why
        self.memory.write(self.modules, self.left_out)
        self.holder.after(POLITE_SECONDS, self.prepare)
        self.holder.report.notice(f"{package} is imported anew at each reload: it {why}")

    def on_forked(self, home, worker, pid):
        for hand in self.holder.hands.everyone():
            if hand.number == worker and hand.pid is None:
                self.holder.hands.heard.on_born(hand, (), pid)

    def on_exited(self, home, pid, status):
        self.holder.hands.exited(pid, status)

    def retire(self, home):
        """It stays until its workers are gone: only it can wait for them."""
        if home is not None:
            home.channel.send({"do": "retire"})
            self.former.append(home)

    def lost(self, home):
        self.close_home(home)
        if home in self.former:
            self.former.remove(home)
        if home is self.nursery:
            self.nursery = None
        if home is self.growing:
            self.growing = None
        self.holder.hands.homeless(home)
        self.holder.after(POLITE_SECONDS, self.prepare)

    def close_home(self, home):
        home.gone = True
        home.channel.close()

    def drop(self, home):
        """Not trusted any more; its workers go on."""
        self.holder.hands.unpoise()
        if home is not None and home is self.nursery:
            self.nursery = None
            self.retire(home)

    def verify(self, hand):
        """A library that was edited in place, or installed anew, has to be imported again."""
        if hand.nursery is None:
            return True
        path = first_stale(hand.nursery.files, lambda _: False)
        if path is None:
            self.holder.after(BORN_SECONDS, lambda: self.expect_birth(hand))
            return True
        self.drop(hand.nursery)
        self.holder.report.notice(f"{path} changed: libraries are imported anew")
        return False

    def expect_birth(self, hand):
        home = hand.nursery
        if hand.pid is None and home is not None and not home.gone:
            signals.send(home.pid, _signal.SIGKILL)

    def close(self):
        for home in self.homes():
            home.channel.send({"do": "retire"})

    def kill(self):
        """They have nothing to end in order; one that is importing would not hear."""
        for home in self.homes():
            signals.send(home.pid, _signal.SIGKILL)

    def close_channels(self):
        for home in self.homes():
            home.channel.close()
