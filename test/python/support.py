"""The facts that the policies are given, and what they answer with."""

from _devpm_prefork.supervisor.cause import Cause
from _devpm_prefork.supervisor.worker_handle import Booting, Exited, Retiring, Serving, WorkerHandle


class Channel:
    """Keeps what is sent to it."""

    def __init__(self, is_open=True):
        self.sent = []
        self.is_open = is_open

    def send(self, message, fds=()):
        if self.is_open:
            self.sent.append((message["kind"], {key: value for key, value in message.items() if key != "kind"}, fds))
        return self.is_open

    def kinds(self):
        return [kind for kind, _, _ in self.sent]


class Template:
    is_gone = False

    def __init__(self, modules=("numpy.core",), environment=None, left_out=()):
        self.modules = set(modules)
        self.environment = environment or {}
        self.left_out = set(left_out)
        self.compiled = {}
        self.is_proven = False
        self.channel = Channel()

    def packages(self):
        return {name.partition(".")[0] for name in self.modules}


def save(path="/app/routes.py", saved=1000.0):
    return Cause(path, saved, saved + 1)


def worker(state=None, files=("/app/routes.py",), template=None, number=1, pid=100, cause=None):
    made = WorkerHandle(number, Channel(), cause, template, state or Serving())
    made.pid = pid
    made.files = {path: [1, 2, 3, 4] for path in files}
    return made


def booting(is_running=True, overlapped=False, saved=(), **fields):
    state = Booting(is_running=is_running)
    state.overlapped = overlapped
    state.saved_meanwhile.update(saved)
    return worker(state, **fields)


def retiring(has_stopped=False, **fields):
    return worker(Retiring(has_stopped), **fields)


def exited(former, status=256, **fields):
    """`status` as wait() has it: 256 is exit code 1, 9 is SIGKILL."""
    return worker(Exited(former, status), **fields)


def kinds(actions):
    return [action["kind"] for action in actions]


def of(actions, kind):
    """The fields of the only action of this kind."""
    found = [action for action in actions if action["kind"] == kind]
    assert len(found) == 1, f"{kind} in {kinds(actions)}"
    return found[0]


def later(actions):
    """(seconds, kind) of each action that is to be performed later."""
    return [(round(action["seconds"], 3), action["action"]["kind"]) for action in actions if action["kind"] == "after"]
