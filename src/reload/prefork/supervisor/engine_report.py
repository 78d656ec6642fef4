"""The socket to devpm's engine: what happened to the app, one JSON object a line. The app runs on without it."""

import _socket
import sys

from . import json_text

RETRY_SECONDS = 1.0
# A report is held back at most so long: a reload takes less, and a person sees no difference.
HELD_SECONDS = 0.025
# They come in every session, and with each wait, and are known by their text: json stays out of a process that stands
# beside each app.
KNOWN_ORDERS = {b'{"do":"%s"}' % name: {"do": name.decode()} for name in (b"prepare", b"catch_up")}


class EngineReport:
    def __init__(self, environment, loop):
        self.path = environment.get("DEVPM_SOCKET")
        self.session = environment.get("DEVPM_SESSION", "")
        self.app = environment.get("DEVPM_APP", "")
        self.loop = loop
        # what is sent with the next report: the engine is woken once
        self.held = b""
        self.socket = None
        self.tried = None
        self.unread = b""
        # over this connection: how often it wanted to know whether what was saved is what answers, and was told
        self.asked = self.answered = 0
        self.is_unfit_reported = False

    def is_connected(self):
        """Whether the engine shows what is reported; otherwise the app's own output has to."""
        return self.connect()

    def connect(self):
        if self.socket is not None:
            return True
        if not self.path or (self.tried is not None and self.loop.clock() < self.tried + RETRY_SECONDS):
            return False
        self.tried = self.loop.clock()
        link = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
        try:
            link.settimeout(0.2)
            link.connect(self.path)
        except OSError:
            link.close()
            return False
        self.socket = link
        return True

    def do_report(self, what, fields):
        return self.send(what, **fields)

    def do_report_with_next(self, what, fields):
        self.held += self.line(what, fields)
        self.loop.after(HELD_SECONDS, self.do_send_held)

    def do_send_held(self):
        if self.held:
            self.write(b"")

    def send(self, what, **fields):
        return self.write(self.line(what, fields))

    def line(self, what, fields):
        line = {"op": "report", "app": self.app, "session": self.session, "report": dict(fields, what=what)}
        return json_text.encode(line) + b"\n"

    def write(self, line):
        """In the order in which they were reported. Without an engine nothing is kept for the next one."""
        data, self.held = self.held + line, b""
        if not self.connect():
            return False
        try:
            self.socket.sendall(data)
        except OSError:
            self.close()
            return False
        return True

    def do_notice(self, text):
        if not self.send("notice", text=text):
            sys.stderr.write(f"devpm: {text}\n")
            sys.stderr.flush()

    def not_eligible(self, reason, itself=False):
        """The engine starts it in another way; False: without one the app goes on as it is."""
        if self.is_unfit_reported:
            return self.is_connected()
        self.is_unfit_reported = True
        if self.send("unfit", reason=reason, itself=itself):
            return True
        if not itself:
            self.do_notice(f"saves may not reload it: {reason}")
        return False

    def read(self):
        """What the engine asks for; None when it is gone."""
        if self.socket is None:
            return None
        try:
            data = self.socket.recv(65536)
        except OSError:
            data = b""
        if not data:
            self.close()
            return None
        *lines, self.unread = (self.unread + data).split(b"\n")
        return [order_of(line) for line in lines if line.strip()]

    def fileno(self):
        return self.socket.fileno()

    def close(self):
        if self.socket is not None:
            self.socket.close()
            self.socket = None
            self.unread = b""
            self.asked = self.answered = 0


def order_of(line):
    known = KNOWN_ORDERS.get(line)
    if known is not None:
        return known
    import json  # seldom: somebody types at a prompt

    return json.loads(line)
