"""What is answered while no worker can: 503 with the traceback, for a browser as HTML, for a program as JSON."""

import json
import time

from .known_host import is_known

MOST_HEAD = 65536
PATIENCE = 2.0


# asked in the moment in which the app came back
class Returning:
    title = "The app is reloading"
    excerpt = ()
    advice = "Ask again."
    file = None


# asked under a name that is not this machine's: what the app printed is none of its business
class Unknown:
    title = "The app is not running"
    excerpt = ()
    advice = "Open it as localhost to see why."
    file = None


STYLE = """body{margin:0;font:15px/1.5 system-ui,sans-serif;background:#fbf7f4;color:#2b2320}
main{max-width:60rem;margin:3rem auto;padding:0 1.5rem}h1{font-size:1.35rem;color:#a3261b}
pre{background:#2b2320;color:#f6ede6;padding:1rem;border-radius:6px;overflow:auto;font:13px/1.5 ui-monospace,monospace}
p{color:#6b5c54}@media(prefers-color-scheme:dark){body{background:#1d1816;color:#efe6df}p{color:#b3a399}}"""


def render(crash, wants_html):
    """(content type, body) for what is known of a crash: app, title, lines."""
    if wants_html:
        lines = escape("\n".join(crash.excerpt))
        title = escape(crash.title)
        body = (
            f"<!doctype html><html><head><meta charset=utf-8><title>{title}</title><style>{STYLE}</style></head>"
            f"<body><main><h1>{title}</h1><pre>{lines}</pre><p>{escape(crash.advice)}</p></main></body></html>"
        )
        return "text/html; charset=utf-8", body.encode()
    fields = {"error": crash.title, "traceback": list(crash.excerpt), "advice": crash.advice, "file": crash.file}
    return "application/json", (json.dumps(fields, indent=2) + "\n").encode()


def escape(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def response(crash, head):
    request_line, _, headers = head.partition(b"\r\n")
    accept = b"".join(line for line in headers.lower().split(b"\r\n") if line.startswith(b"accept:"))
    kind, body = render(crash if crash is Returning or is_known(head) else Unknown, b"text/html" in accept)
    status = (
        f"HTTP/1.1 503 Service Unavailable\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        "Cache-Control: no-store\r\nX-Devpm: crashed\r\nConnection: close\r\n\r\n"
    )
    return status.encode() + (b"" if request_line.startswith(b"HEAD ") else body)


class PageConnection:
    """One connection to the page, on a socket that never blocks."""

    def __init__(self, connection, is_kept):
        connection.setblocking(False)
        self.connection = connection
        # it came from a worker, between two requests
        self.is_kept = is_kept
        self.head = b""
        # what is still to be written; None while the request is read
        self.out = None
        # all is written: what the client still sends is read, or its answer would become a reset
        self.done = False
        self.gone = False
        self.deadline = time.monotonic() + PATIENCE

    def fileno(self):
        return self.connection.fileno()

    def read(self, crash):
        """True once the request is there and the answer is ready to be written."""
        try:
            data = self.connection.recv(MOST_HEAD)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        if self.done or not data:
            self.gone = not data
            self.out = self.out or b""
            return not data
        self.head += data
        if b"\r\n\r\n" in self.head or len(self.head) > MOST_HEAD:
            self.out = response(crash or Returning, self.head)
        return self.out is not None

    def write(self):
        """True when all is written or the client is gone."""
        try:
            while self.out:
                self.out = self.out[self.connection.send(self.out) :]
        except BlockingIOError:
            return False
        except OSError:
            self.gone = True
        return True

    def finish(self):
        self.done = True
        try:
            self.connection.shutdown(1)
        except OSError:
            self.gone = True
