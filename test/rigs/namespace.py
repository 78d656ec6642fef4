"""Process 1 of a namespace that a test made for itself: reaps what is re-parented to it, ends with its input.
Prints "ready" once the loopback interface is up. Everything in the namespace ends with it."""

import fcntl
import os
import signal
import socket
import struct
import sys

SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
    request = fcntl.ioctl(control, SIOCGIFFLAGS, struct.pack("16sH14x", b"lo", 0))
    flags = struct.unpack("16sH14x", request)[1]
    fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", flags | IFF_UP))

signal.signal(signal.SIGCHLD, lambda *_: None)
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)


def reap(*_):
    while True:
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                return
        except ChildProcessError:
            return


signal.signal(signal.SIGCHLD, reap)
sys.stdout.write("ready\n")
sys.stdout.flush()
while os.read(0, 1):
    pass
