"""What the program reads from its terminal: lines that the session sends, asked for where the program waits for one.

The program's thread waits in `read`; devpm's own thread hands over what comes (`give`). A debugger's prompts belong
together: between two of them the program has not gone on. Of several threads that ask at once each has its turn.
"""

import sys

# now: gevent puts its own in their place, which would wait in the program's loop
from _thread import allocate_lock, get_ident
from time import monotonic, sleep

from ..shared.messages import END, GIVE_UP, INTERRUPT, FromWorkerToSupervisor
from ..shared.paths import display_path, is_project
from . import abandoned
from .pauses import Pauses

ENDING = "The app was ended while it waited at a prompt."

# A debugger that steps asks again sooner; one that computes a value may need what another thread does.
STEPS_SECONDS = 0.3
COMPUTES_SECONDS = 5.0
LOOK_AGAIN_SECONDS = 0.05


class Prompts:
    def __init__(self, link):
        self.link = link
        self.pauses = Pauses()
        # (what, text) that came and was not read
        self.given = []
        self.arrived = allocate_lock()
        self.arrived.acquire()
        # how many debuggers have stopped the program
        self.stopped = 0
        # the thread that asks, or asked last, and when it did
        self.asking = None
        self.asked_at = 0.0
        self.turns = allocate_lock()
        self.is_waiting = False
        # the supervisor knows of a prompt, and not yet that the program has gone on
        self.is_open = False
        # the worker ends: nothing comes any more
        self.is_closed = False

    def read(self):
        """The next line with its end; an empty text where the input ends. Raises what interrupts the wait."""
        if not self.take_turn() or (self.is_closed and not self.given):
            return ""
        frame = sys._getframe(1)
        if not self.given:
            self.ask(frame)
        self.pauses.begin()
        try:
            while not self.given:
                self.arrived.acquire()
        finally:
            self.pauses.end()
            self.is_waiting = False
            self.asked_at = monotonic()
            self.went_on()
        what, text = self.given.pop(0)
        if what == INTERRUPT:
            raise KeyboardInterrupt
        if what == GIVE_UP:
            raise abandoned.error(abandoned.caller(frame), text)
        return "" if what == END else text + "\n"

    def ask(self, frame):
        file, line = place(frame)
        is_request = abandoned.caller(frame) is not None
        self.is_waiting = self.is_open = True
        self.link.tell(FromWorkerToSupervisor.prompt(file=file, line=line, request=is_request))

    def give(self, what, text):
        self.given.append((what, text))
        if self.arrived.locked():
            self.arrived.release()

    def close(self):
        """A request that waits is answered, anything else is interrupted: the program ends."""
        if not self.is_closed:
            self.is_closed = True
            if self.is_waiting:
                self.give(GIVE_UP, ENDING)

    def stop(self):
        """A debugger has stopped the program; what it prints comes when it is its turn."""
        self.pauses.begin()
        self.take_turn()
        self.stopped += 1

    def go_on(self):
        self.stopped -= 1
        self.asked_at = monotonic()
        self.pauses.end()
        self.went_on()

    def take_turn(self):
        """False where the worker ends before: what comes then is for the thread that waits."""
        while True:
            with self.turns:
                if not self.is_of_another():
                    self.asking, self.asked_at = get_ident(), monotonic()
                    return True
            if self.is_closed:
                return False
            sleep(LOOK_AGAIN_SECONDS)

    def is_of_another(self):
        if self.asking in (None, get_ident()):
            return False
        limit = COMPUTES_SECONDS if self.stopped else STEPS_SECONDS
        return self.is_waiting or monotonic() - self.asked_at < limit

    def went_on(self):
        if self.is_open and not self.stopped and not self.is_waiting:
            self.is_open = False
            self.link.tell(FromWorkerToSupervisor.went_on())


def place(frame):
    """(file, line) of the innermost frame of the project's own code; (None, None) where there is none."""
    while frame is not None:
        path = frame.f_code.co_filename
        if is_project(path):
            return display_path(path), frame.f_lineno
        frame = frame.f_back
    return None, None
