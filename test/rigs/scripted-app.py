"""An app that does what a test asks for. Usage: scripted-app.py SOCKET NAME [anything…]

Connects, says who it is, then does one order a line: out, err, exit, catch, ignore, listen, spawn. It answers each with
{"did": number, …} and reports each signal it was asked to catch. When the test is gone, it ends."""

import base64
import json
import os
import signal
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

link = socket.socket(socket.AF_UNIX)
link.connect(sys.argv[1])
sending = threading.RLock()
servers = {}


def tell(**message):
    with sending:
        link.sendall(json.dumps(message).encode() + b"\n")


def write(fd, text):
    data = base64.b64decode(text)
    while data:
        data = data[os.write(fd, data) :]


def listen(order):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            status, body = servers[order["port"]]
            body = body.encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    known = order["port"] in servers
    servers[order["port"]] = (order["status"], order["body"])
    if known:
        return

    class Server(ThreadingHTTPServer):
        address_family = socket.AF_INET6 if ":" in order["host"] else socket.AF_INET
        daemon_threads = True

    server = Server((order["host"], order["port"]), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()


def spawn(order):
    """A helper that sleeps: in its own session, re-parented, deaf to signals, or without our environment, as asked."""
    read, report = os.pipe()
    if os.fork() == 0:
        if order.get("session"):
            os.setsid()
        if order.get("orphan") and os.fork():
            os._exit(0)
        for name in order.get("ignore", []):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
        if order.get("holds") is not None:
            held = socket.create_server(("127.0.0.1", order["holds"]))
            os.set_inheritable(held.fileno(), True)
        # now the test may send it what it is to ignore
        os.write(report, str(os.getpid()).encode())
        os.execvpe("sleep", ["sleep", "100000"], {} if order.get("bare") else dict(os.environ))
    if order.get("orphan"):
        os.wait()
    return {"pid": int(os.read(read, 32))}


def do(order):
    what = order["do"]
    if what == "out":
        write(1, order["text"])
    elif what == "err":
        write(2, order["text"])
    elif what == "exit":
        tell(did=order["id"])
        os._exit(order["code"])
    elif what == "ignore":
        for name in order["signals"]:
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    elif what == "catch":
        for name in order["signals"]:
            signal.signal(getattr(signal, name), lambda number, _: tell(signal=signal.Signals(number).name))
    elif what == "listen":
        listen(order)
    elif what == "spawn":
        return spawn(order)
    return {}


tell(name=sys.argv[2], pid=os.getpid(), argv=sys.argv[3:], cwd=os.getcwd(), env=dict(os.environ))
for line in link.makefile("rb"):
    order = json.loads(line)
    try:
        tell(did=order["id"], **do(order))
    except Exception as error:
        tell(did=order["id"], failed=repr(error))
