"""While no worker can answer: why, the page that says so on the kept sockets, and what brings the app back."""

import _socket
import os

from ..shared import signals
from ..shared.paths import display_path

# After a crash the next request starts the app once more, but not one that crashes at every request.
REVIVE_SECONDS = 3.0
ADVICE = {
    "import": "It reloads on your next save.",
    "run": "It starts again with the next request or save.",
}
# A signal of the terminal or of PM2 reaches the worker and the supervisor in any order.
SIGNAL_SECONDS = 0.1


class ErrorPage:
    def __init__(self, supervisor):
        self.supervisor = supervisor
        self.crash = None
        self.may_revive_at = 0
        # kept only so that a first start that fails has a page
        self.stand_ins = {}
        self.connections = []

    def died(self, worker):
        """The current worker is gone, and nobody told it to go."""
        burst, now = self.supervisor.reload_policy, self.supervisor.clock()
        if self.supervisor.ending:
            return
        path = burst.stale(worker)
        if path is not None or worker.saved_during_boot:
            burst.again()
        elif worker.state == "booting" and now < burst.until:
            self.supervisor.after(burst.until - now, lambda: self.confirm(worker))
        elif signals.exit_of(worker.status)[1] in ("SIGTERM", "SIGINT"):
            self.supervisor.after(SIGNAL_SECONDS, lambda: self.confirm(worker))
        else:
            self.publish(worker)

    def confirm(self, worker):
        workers = self.supervisor.workers
        if (
            self.supervisor.ending
            or workers.current is not None
            or workers.has_next
            or self.supervisor.reload_policy.trailing_timer
        ):
            return
        if self.supervisor.reload_policy.stale(worker) is not None:
            self.supervisor.reload_policy.again()
        else:
            self.publish(worker)

    def publish(self, worker):
        code, signal_name = signals.exit_of(worker.status)
        # what was killed while it was importing may come again with the next request
        is_import = worker.state == "booting" and (worker.ended is not None or bool(code))
        during = "import" if is_import else "run"
        excerpt = (worker.ended or {}).get("excerpt") or [how(code, signal_name)]
        self.crash = {
            "during": during,
            "file": display_path(worker.cause.file) if worker.cause else None,
            "excerpt": excerpt,
            "title": title(self.supervisor.report.app, during),
            "advice": ADVICE[during],
        }
        self.supervisor.reload_timing.failed(worker, self.crash, code, signal_name)
        self.open_page()

    def open_page(self):
        options = self.supervisor.options
        if not self.supervisor.workers.listeners.sockets and options.port and not self.stand_ins:
            self.stand_in(options.host or "127.0.0.1", options.port)
        for held in self.listening():
            held.setblocking(False)
        self.supervisor.workers.listeners.give_idle()

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
        return [*self.supervisor.workers.listeners.sockets.values(), *self.stand_ins.values()]

    def sources(self):
        if self.crash is not None:
            for held in self.listening():
                yield held, lambda held=held: self.on_connection(held)
        for visitor in self.connections:
            if visitor.out is None or visitor.done:
                yield visitor, lambda visitor=visitor: self.read(visitor)

    def writing(self):
        return [visitor for visitor in self.connections if visitor.out and not visitor.done]

    def on_connection(self, held):
        """A request after a crash at run time starts the app again, and is answered by it."""
        now = self.supervisor.clock()
        if self.crash is None:
            return
        if self.crash["during"] == "run" and now >= self.may_revive_at:
            self.may_revive_at = now + REVIVE_SECONDS
            self.clear()
            self.supervisor.workers.spawn(None)
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
        from .error_response import PATIENCE, PageConnection  # few crash, and the page brings json

        self.connections.extend(PageConnection(_socket.socket(fileno=fd), kept) for fd in fds)
        self.supervisor.after(PATIENCE + 0.1, self.sweep)

    def read(self, visitor):
        if visitor.read(self.crash):
            self.write(visitor)

    def write(self, visitor):
        if visitor.write():
            visitor.finish()
        self.sweep()

    def unasked(self):
        """The connections of a former worker on which nothing was asked: the next one may have them."""
        found = [visitor for visitor in self.connections if visitor.kept and visitor.out is None and not visitor.head]
        self.connections = [visitor for visitor in self.connections if visitor not in found]
        return [visitor.connection.detach() for visitor in found]

    def sweep(self):
        now = self.supervisor.clock()
        for visitor in [visitor for visitor in self.connections if visitor.gone or visitor.deadline < now]:
            self.connections.remove(visitor)
            visitor.connection.close()

    def clear(self):
        self.crash = None

    def close_all(self):
        for held in [*self.stand_ins.values(), *[visitor.connection for visitor in self.connections]]:
            held.close()


def how(code, signal_name):
    if signal_name:
        return f"ended by {signal_name}"
    return "ended" if code is None else f"ended with exit code {code}"


def title(app, during):
    name = app or os.path.basename(os.getcwd())
    return f"{name} stopped: its code does not import" if during == "import" else f"{name} stopped while it ran"
