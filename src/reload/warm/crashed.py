"""While no worker can answer: why, the page that says so on the kept sockets, and what brings the app back."""

import _socket
import os

from . import signals
from .progress import shown

# After a crash the next request starts the app once more, but not one that crashes at every request.
REVIVE_SECONDS = 3.0
ADVICE = {
    "import": "It reloads on your next save.",
    "run": "It starts again with the next request or save.",
}
# A signal of the terminal or of PM2 reaches the worker and the holder in any order.
SIGNAL_SECONDS = 0.1


class Crashed:
    def __init__(self, holder):
        self.holder = holder
        self.crash = None
        self.may_revive_at = 0
        # kept only so that a first start that fails has a page
        self.stand_ins = {}
        self.visitors = []

    def died(self, hand):
        """The current worker is gone, and nobody told it to go."""
        burst, now = self.holder.burst, self.holder.clock()
        if self.holder.ending:
            return
        path = burst.stale(hand)
        if path is not None or hand.doubted:
            burst.again()
        elif hand.state == "booting" and now < burst.until:
            self.holder.after(burst.until - now, lambda: self.confirm(hand))
        elif signals.exit_of(hand.status)[1] in ("SIGTERM", "SIGINT"):
            self.holder.after(SIGNAL_SECONDS, lambda: self.confirm(hand))
        else:
            self.publish(hand)

    def confirm(self, hand):
        hands = self.holder.hands
        if self.holder.ending or hands.current is not None or hands.has_next or self.holder.burst.trailing:
            return
        if self.holder.burst.stale(hand) is not None:
            self.holder.burst.again()
        else:
            self.publish(hand)

    def publish(self, hand):
        code, signal_name = signals.exit_of(hand.status)
        # what was killed while it was importing may come again with the next request
        is_import = hand.state == "booting" and (hand.ended is not None or bool(code))
        during = "import" if is_import else "run"
        excerpt = (hand.ended or {}).get("excerpt") or [how(code, signal_name)]
        self.crash = {
            "during": during,
            "file": shown(hand.cause.file) if hand.cause else None,
            "excerpt": excerpt,
            "title": title(self.holder.report.app, during),
            "advice": ADVICE[during],
        }
        self.holder.progress.failed(hand, self.crash, code, signal_name)
        self.open_page()

    def open_page(self):
        options = self.holder.options
        if not self.holder.hands.kept.sockets and options.port and not self.stand_ins:
            self.stand_in(options.host or "127.0.0.1", options.port)
        for held in self.listening():
            held.setblocking(False)
        self.holder.hands.kept.give_idle()

    def stand_in(self, host, port):
        try:
            family, kind, _, _, address = _socket.getaddrinfo(host, port, type=_socket.SOCK_STREAM)[0]
            held = _socket.socket(family, kind)
            held.setsockopt(_socket.SOL_SOCKET, _socket.SO_REUSEADDR, 1)
            held.bind(address)
            held.listen(128)
            self.stand_ins[port] = held
        except OSError:
            pass

    def stand_in_for(self, key):
        """Where it listens just as the app wants to."""
        family, host, port = key
        held = self.stand_ins.get(port)
        if held is None or held.family != family or held.getsockname()[:2] != (host, port):
            return None
        return self.stand_ins.pop(port)

    def free_port(self, port):
        held = self.stand_ins.pop(port, None)
        if held is not None:
            while self.admit(held):  # who waits in it would see a reset
                pass
            held.close()

    def listening(self):
        return [*self.holder.hands.kept.sockets.values(), *self.stand_ins.values()]

    def sources(self):
        if self.crash is not None:
            for held in self.listening():
                yield held, lambda held=held: self.knock(held)
        for visitor in self.visitors:
            if visitor.out is None or visitor.done:
                yield visitor, lambda visitor=visitor: self.read(visitor)

    def writing(self):
        return [visitor for visitor in self.visitors if visitor.out and not visitor.done]

    def knock(self, held):
        """A request after a crash at run time starts the app again, and is answered by it."""
        now = self.holder.clock()
        if self.crash is None:
            return
        if self.crash["during"] == "run" and now >= self.may_revive_at:
            self.may_revive_at = now + REVIVE_SECONDS
            self.clear()
            self.holder.hands.spawn(None)
            return
        self.admit(held)

    def admit(self, held):
        """False where nobody waits."""
        try:
            fd, _ = held._accept()
        except OSError:
            return False
        self.visit([fd])
        return True

    def visit(self, fds, kept=False):
        from .page import PATIENCE, Visitor  # few crash, and the page brings json

        self.visitors.extend(Visitor(_socket.socket(fileno=fd), kept) for fd in fds)
        self.holder.after(PATIENCE + 0.1, self.sweep)

    def read(self, visitor):
        if visitor.read(self.crash):
            self.write(visitor)

    def write(self, visitor):
        if visitor.write():
            visitor.finish()
        self.sweep()

    def unasked(self):
        """The connections of a former worker on which nothing was asked: the next one may have them."""
        found = [visitor for visitor in self.visitors if visitor.kept and visitor.out is None and not visitor.head]
        self.visitors = [visitor for visitor in self.visitors if visitor not in found]
        return [visitor.connection.detach() for visitor in found]

    def sweep(self):
        now = self.holder.clock()
        for visitor in [visitor for visitor in self.visitors if visitor.gone or visitor.deadline < now]:
            self.visitors.remove(visitor)
            visitor.connection.close()

    def clear(self):
        self.crash = None

    def close_all(self):
        for held in [*self.stand_ins.values(), *[visitor.connection for visitor in self.visitors]]:
            held.close()


def how(code, signal_name):
    if signal_name:
        return f"ended by {signal_name}"
    return "ended" if code is None else f"ended with exit code {code}"


def title(app, during):
    name = app or os.path.basename(os.getcwd())
    return f"{name} stopped: its code does not import" if during == "import" else f"{name} stopped while it ran"
