"""devpm's own threads in the program's process: made below `threading`, so that the program neither sees them nor waits
for them, and deaf, so that a signal interrupts what the program's main thread waits for, as it does without them.
"""

import _signal

# now: gevent puts its own in its place, which would run in the program's loop, and be seen among its threads
from _thread import start_new_thread

# What comes from outside; a crash of the thread itself must not be hidden from faulthandler.
CRASHES = {
    getattr(_signal, name)
    for name in ("SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGABRT", "SIGTRAP", "SIGSYS")
    if hasattr(_signal, name)
}


def start(work, *arguments):
    start_new_thread(deaf, (work, arguments))


def deaf(work, arguments):
    _signal.pthread_sigmask(_signal.SIG_BLOCK, _signal.valid_signals() - CRASHES)
    work(*arguments)
