"""A worker's link to the holder: a thread that obeys it, and questions the app's own threads ask it.

The thread is made below the `threading` module, so that the app neither sees it nor waits for it.
"""

import _signal
import _thread
import os
import sys
import time

from ..shared import project_sources
from . import adoption, gc_pause, held_output, used_modules

LISTEN_SECONDS = 0.03
SETTLE_SECONDS = 1.0
UNUSUAL_SECONDS = 5.0

current = None


class StandDown(SystemExit):
    """This worker has read files that were saved again meanwhile: another one takes over."""


class Link:
    def __init__(self, channel, order):
        self.pid = os.getpid()
        self.channel = channel
        self.port = order["port"]
        self.first = order["first"]
        self.told = order["told"]
        # runs ahead up to where it would read the project's first file, and waits there for a save
        self.standby = order["standby"]
        self.word = _thread.allocate_lock()
        self.word.acquire()
        self.muted = held_output.HeldOutput() if self.standby else None
        self.started = time.time()
        self.imported = None
        self.serving = False
        self.asked = False
        self.answered = False
        # set where this worker shows whether its libraries can be forked
        self.probe = None
        self.retiring = False
        # it has forked: others may accept from its sockets
        self.has_children = False
        # another worker follows
        self.has_successor = False
        self.adoption = adoption.Adoption()
        self.finishing = False
        # its time is over: what is open now is broken off
        self.was_cut = False
        # the error a command line has turned into a message and an exit code
        self.last_words = None
        # called once each, in the agent's thread, when this worker is to stop accepting
        self.retirers = []
        # called once each when it is to end: True where the program will come to its end by itself
        self.finishers = []
        # called when the bound has passed: each cuts what is still open and returns the names
        self.cutters = []
        self.busy = _thread.allocate_lock()
        self.replied = _thread.allocate_lock()
        self.replied.acquire()
        self.reply = None

    def start(self):
        _thread.start_new_thread(self.obey, ())
        if not self.standby:
            _thread.start_new_thread(self.settle, ())

    def settle(self):
        """A program that never listens is up when it imports no more."""
        time.sleep(SETTLE_SECONDS if self.port is None else UNUSUAL_SECONDS)
        while project_sources.current.nested:
            time.sleep(0.1)
        self.serves(project_sources.current.last or self.started)
        # nobody may ask it anything
        gc_pause.restore()

    def mine(self):
        """False in a process the app forked."""
        return os.getpid() == self.pid

    def tell(self, what, fds=(), **fields):
        if self.mine():
            self.channel.send(dict(fields, m=what), fds)

    def ask(self, what, **fields):
        with self.busy:
            self.tell(what, **fields)
            self.replied.acquire()
            return self.reply

    def obey(self):
        while True:
            messages = self.channel.receive()
            if messages is None:
                return self.orphaned()
            for message, fds in messages:
                if "reply" in message:
                    self.reply = (message["reply"], fds)
                    self.replied.release()
                else:
                    self.survive(getattr(self, "do_" + message["do"]), message, fds)

    def survive(self, action, *arguments):
        """A mistake of ours, or of an event loop that is over, must not leave the worker deaf."""
        try:
            return action(*arguments)
        except Exception:
            import traceback

            traceback.print_exc()

    def orphaned(self):
        """The holder is gone: nobody could end this worker any more."""
        self.do_retire({"successor": False})
        self.do_finish({"signal": _signal.SIGTERM})
        time.sleep(1)
        os.kill(self.pid, _signal.SIGKILL)

    def do_retire(self, message, _=()):
        """Stops accepting; its end can wait until the next worker serves."""
        self.has_successor = message["successor"]
        first, self.retiring = not self.retiring, True
        for retire in list(self.retirers) if first else ():
            self.survive(retire)
        if self.has_children and not self.finishers:
            self.tell("draining_children")
            self.do_finish({"signal": _signal.SIGTERM})
        else:
            self.tell("stopped")

    def on_retire(self, retire):
        """Also of a server that begins when its worker has been told to end."""
        if retire not in self.retirers:
            self.retirers.append(retire)
            if self.retiring:
                self.survive(retire)

    def do_finish(self, message, _=()):
        if self.finishing:
            return
        self.finishing = True
        if not any([self.survive(finish) for finish in list(self.finishers)]):
            os.kill(self.pid, message["signal"])

    def do_activate(self, message, _):
        self.told = message["told"]
        self.started = time.time()
        self.standby = False
        self.tell("activated")
        if self.probe:
            self.probe.limit()
        # also where it has not come so far that it waits for the word
        self.survive(self.muted.release)
        self.word.release()
        _thread.start_new_thread(self.settle, ())

    def await_activation(self):
        """Called wherever the project comes in, or something could be seen from outside."""
        if self.standby and self.mine():
            with self.word:
                sys.path_importer_cache.clear()

    def do_cut(self, message, _):
        self.was_cut = message["all"]
        names = [name for cut in self.cutters for name in cut(message["all"])]
        self.tell("cut", names=names)

    def do_speak(self, *_):
        self.told = False

    def do_learn(self, *_):
        used_modules.report(self)

    def do_check(self, *_):
        self.tell("loaded", files=project_sources.current.take())

    def do_adopt(self, _, fds):
        if self.retiring:
            self.tell("idle", fds=fds)
            for fd in fds:
                os.close(fd)
        else:
            self.adoption.take(fds)

    def do_release_unclaimed(self, *_):
        """What it binds is known by now."""
        self.adoption.close()

    def checkpoint(self):
        """Before it is allowed to serve: is what was read still what is on disk?"""
        self.await_activation()
        self.imported = self.imported or time.time()
        reply = self.ask("checkpoint", files=project_sources.current.take())
        if reply[0] == "stand down":
            raise StandDown(0)

    def serves_soon(self):
        """It listens; where its framework does not tell that it accepts, it is taken for granted a moment later."""
        now = time.time()

        def wait():
            time.sleep(LISTEN_SECONDS)
            self.serves(now)

        _thread.start_new_thread(wait, ())

    def answers_soon(self):
        def wait():
            time.sleep(SETTLE_SECONDS)
            if not self.asked:  # else its framework tells when it has answered
                self.answers()

        _thread.start_new_thread(wait, ())

    def serves(self, since=None):
        """It accepts from now on."""
        if self.serving or self.retiring:
            return
        self.serving = True
        if self.probe:
            self.probe.passed()
        now = since or time.time()
        spent = sorted(project_sources.current.spent.items(), key=lambda item: -item[1])[:40]
        self.tell(
            "serving",
            files=project_sources.current.take(),
            forked=self.started,
            imported=self.imported or now,
            answering=now,
            spent=dict(spent),
            changed=used_modules.environment_changes(),
        )

    def is_asked(self):
        """Its first request has come."""
        if not self.asked:
            self.asked = True
            self.tell("asked")
            if self.probe:
                self.probe.limit()

    def answers(self):
        """Its first request is answered: by now it has loaded what it needs."""
        if self.answered:
            return
        self.answered = True
        gc_pause.restore()
        self.tell("answered")
        if self.probe:
            self.probe.over()
            self.probe = None
        project_sources.current.after_last = self.tell_loaded
        _thread.start_new_thread(used_modules.report, (self,))

    def tell_loaded(self):
        """What a later request imports is to be watched too."""
        files = project_sources.current.take()
        if files:
            self.tell("loaded", files=files)
