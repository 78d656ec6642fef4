"""What the program's servers have answered: reported a moment later, many at once, so that no answer waits for it."""

# now: gevent puts its own in its place, which would wait in the program's loop
from time import sleep

from ..shared.messages import FromWorkerToSupervisor
from . import own_threads

TOGETHER_SECONDS = 0.05
# A line to the engine has a limit, and so have its readers: what comes faster than this is left out.
MOST_TOGETHER = 20
MOST_WAITING = 500
LONGEST_PATH = 1024


class Answered:
    __slots__ = ("is_sending", "link", "waiting")

    def __init__(self, link):
        self.link = link
        self.waiting = []
        self.is_sending = False

    def note(self, method, path, route, status, began, seconds):
        """`began`: by the wall clock. From any thread, also an event loop's, whose next request waits."""
        if len(self.waiting) >= MOST_WAITING:
            return
        self.waiting.append((method, path, route, status, began, seconds))
        if not self.is_sending:
            self.is_sending = True
            try:
                own_threads.start(self.send_soon)
            except RuntimeError:
                # the interpreter ends, and sends it then
                self.is_sending = False

    def send_soon(self):
        sleep(TOGETHER_SECONDS)
        # before it looks: what is noted from now on has another thread
        self.is_sending = False
        self.send()

    def send(self):
        for together in iter(self.take, []):
            self.link.tell(FromWorkerToSupervisor.answered(requests=together))

    def take(self):
        """Another thread may take some at the same time."""
        together = []
        try:
            while len(together) < MOST_TOGETHER:
                together.append(described(*self.waiting.pop(0)))
        except IndexError:
            pass
        return together


def described(method, path, route, status, began, seconds):
    return {
        "method": str(method)[:32],
        "path": str(path)[:LONGEST_PATH],
        "route": route[:LONGEST_PATH] if isinstance(route, str) else None,
        "status": status,
        "began": round(began * 1000, 1),
        "ms": round(seconds * 1000, 2),
    }
