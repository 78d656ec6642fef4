"""A worker's end of its channel: what it tells the supervisor, and the questions its own threads ask."""

import _thread
import os

from ..shared.messages import STAND_DOWN, deliver


class StandDown(SystemExit):
    """Raised where this worker has read files that were saved again meanwhile: another one takes over."""


class Link:
    __slots__ = ("answer", "answered", "asking", "channel", "pid")

    def __init__(self, channel):
        self.channel = channel
        self.pid = os.getpid()
        # one question at a time
        self.asking = _thread.allocate_lock()
        self.answered = _thread.allocate_lock()
        self.answered.acquire()
        self.answer = None

    def is_ours(self):
        """False in a process that the program forked."""
        return os.getpid() == self.pid

    def tell(self, message, fds=()):
        if self.is_ours():
            self.channel.send(message, fds)

    def ask(self, message):
        """Waits for the decision; returns the descriptors that come with it."""
        with self.asking:
            self.tell(message)
            self.answered.acquire()
            decision, fds = self.answer
        if decision == STAND_DOWN:
            raise StandDown(0)
        return fds

    def decided(self, decision, fds):
        self.answer = (decision, fds)
        self.answered.release()

    def listen(self, receiver):
        """Returns when the supervisor is gone."""
        while True:
            messages = self.channel.receive()
            if messages is None:
                return
            for message, fds in messages:
                survive(deliver, receiver, message, fds)


def survive(action, *arguments):
    """A mistake of ours, or an event loop that has ended, must not leave the worker deaf."""
    try:
        return action(*arguments)
    except Exception:
        import traceback

        traceback.print_exc()
