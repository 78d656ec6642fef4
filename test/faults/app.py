"""An app with everything that gets away from a careless teardown. Usage: app.py PORT SHAPE...

Listens on 127.0.0.1:PORT (0: on nothing), answers every request, and first becomes or starts what the shapes say. Each
process that a shape starts sleeps, under a command line that names it: `sleep 4001`, or `app.py --be NAME`.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
import time

HERE = os.path.abspath(__file__)


def fork_twice(act):
    """`act` in a process that init or a subreaper owns, in a session of its own."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            act()
        os._exit(0)
    os.wait()


def be(name, env=None):
    os.execve(sys.executable, [sys.executable, "-S", HERE, "--be", name], os.environ if env is None else env)


def overwrite_environment():
    """As setproctitle does: what /proc/PID/environ shows is gone."""
    import ctypes

    start, end = (int(field) for field in open("/proc/self/stat").read().rpartition(")")[2].split()[47:49])
    ctypes.memset(start, ord("x"), end - start)


def chain():
    """Forks and forgets its parent every 5 ms, each link in a session of its own."""
    while True:
        time.sleep(0.005)
        if os.fork():
            os._exit(0)
        os.setsid()


def helped(*_):
    subprocess.Popen(["sleep", "4005"], start_new_session=True)
    os._exit(0)


def deaf():
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def serve(server):
    server.listen()
    while True:
        client = server.accept()[0]
        threading.Thread(target=answer, args=(client,), daemon=True).start()


def answer(client):
    if b"/slow" in client.recv(65536):
        time.sleep(100000)
    client.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok")
    client.close()


def bind(port, reuse=True):
    server = socket.socket()
    if reuse:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("127.0.0.1", port))
    return server


def main(port, shapes):
    server = bind(port, "no-reuse" not in shapes) if port and "away" not in shapes else None
    start = {
        "group": lambda: subprocess.Popen(["sleep", "4001"]),
        "session": lambda: subprocess.Popen(["sleep", "4002"], start_new_session=True),
        "double": lambda: fork_twice(lambda: os.execvp("sleep", ["sleep", "4003"])),
        "bare": lambda: fork_twice(lambda: os.execve("/bin/sleep", ["sleep", "4004"], {})),
        "title": lambda: fork_twice(lambda: be("title")),
        "chain": lambda: fork_twice(lambda: be("chain")),
        "away": lambda: fork_twice(lambda: serve(bind(port))),
        "child": lambda: os.fork() or serve(server),
        "browser": lambda: subprocess.Popen([os.environ["BROWSER_TO_OPEN"], "4006"], start_new_session=True),
        "deaf": deaf,
        "helper": lambda: signal.signal(signal.SIGTERM, helped),
    }
    for shape in shapes:
        start.get(shape, lambda: None)()
    # what counts as ready is whole
    if server and "child" not in shapes:
        server.listen()
    print("serving", flush=True)
    if "crash" in shapes:
        os._exit(3)
    if "stopped" in shapes:
        os.kill(os.getpid(), signal.SIGSTOP)
    if server and "child" not in shapes:
        serve(server)
    while True:
        signal.pause()


if sys.argv[1] == "--be":
    if sys.argv[2] == "title":
        overwrite_environment()
    if sys.argv[2] == "chain":
        chain()
    while True:
        signal.pause()
main(int(sys.argv[1]), sys.argv[2:])
