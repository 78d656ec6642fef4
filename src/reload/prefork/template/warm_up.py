"""What the machine answers to every worker alike, asked once: the system and libraries keep the answers."""

import _socket
import os
import sys


def warm_up():
    load_resolver()
    if sys.platform == "linux" and "werkzeug.debug" in sys.modules:
        identify_machine(sys.modules["werkzeug.debug"])


def load_resolver():
    """With the first look-up of a name: 2 to 20 ms that no worker needs to spend."""
    try:
        _socket.getaddrinfo("127.0.0.1", 80, 0, _socket.SOCK_STREAM, _socket.IPPROTO_TCP)
        _socket.gethostbyaddr("127.0.0.1")
    except OSError:
        pass


def identify_machine(debug):
    """Flask's debugger makes its PIN of the user's name and two numbers of the machine: a tenth of a reload."""
    import pwd
    import uuid

    try:
        pwd.getpwuid(os.getuid())
        debug.get_machine_id()
        if uuid._node is None:
            uuid._node = ask_in_fork(uuid.getnode)
    except (AttributeError, KeyError, OSError, ValueError):
        pass  # then each worker asks


def ask_in_fork(question):
    """A number. libuuid keeps a file open, and the workers must not share it."""
    reads, writes = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.write(writes, b"%d" % question())
        finally:
            os._exit(0)
    os.close(writes)
    with open(reads, "rb") as answer:
        number = int(answer.read())
    os.waitpid(pid, 0)
    return number
