"""The supervisor's record of one worker: a union of states, each with what is true only in it.

    Standby ──activated──► Booting ──serving──► Serving ──a save──► Retiring ──► Exited
                              └───── outdated, replaced, discarded ────▲

A worker of any state may exit. The states of a worker's own end are in worker/states.py.
"""


class Standby:
    """Forked ahead of a save; it waits before the project's first file."""

    __slots__ = ()


class Booting:
    __slots__ = ("began", "is_running", "is_settled", "overlapped", "passed_over", "saved_meanwhile")

    def __init__(self, is_running, began=0.0):
        self.began = began
        # False until a standby confirms that it runs the program: before that, its exit proves nothing
        self.is_running = is_running
        # it imports no more, and does not listen yet
        self.is_settled = False
        # a former worker had not gone when this one began
        self.overlapped = False
        # it may have read these before they were saved, in whatever way
        self.saved_meanwhile = set()
        # the last file whose save was no reason to begin again: it may have read it half written
        self.passed_over = None


class Serving:
    __slots__ = ("is_reported", "modules_known", "since")

    def __init__(self, since=0.0):
        self.since = since
        # it has reported what it imported
        self.modules_known = False
        # as what answers the save that it began for, or a start
        self.is_reported = False


class Retiring:
    __slots__ = ("children_accept", "has_stopped", "is_finishing")

    def __init__(self, has_stopped=False):
        # it accepts no more
        self.has_stopped = has_stopped
        # what it forked accepts too: it has stopped only when it has exited
        self.children_accept = False
        self.is_finishing = False


class Exited:
    __slots__ = ("former", "status")

    def __init__(self, former, status):
        # the state it was in
        self.former = former
        # as wait() has it; None where nothing could wait for it
        self.status = status


class FirstRequest:
    """How far its first request is: until it is answered, a fork may still turn out to hang."""

    __slots__ = ("is_answered", "seen_at")

    def __init__(self):
        self.seen_at = None
        self.is_answered = False


class WorkerHandle:
    __slots__ = (
        *("cause", "channel", "claimed", "files", "first_request", "is_connected", "number", "pid", "program_end"),
        *("prompt", "stacks", "state", "template", "waits_for"),
    )

    def __init__(self, number, channel, cause, template, state):
        self.number = number
        self.channel = channel
        self.is_connected = True
        # the save it answers; None for a start
        self.cause = cause
        # what forked it; None where that was the supervisor
        self.template = template
        self.state = state
        # known once it has reported
        self.pid = None
        # path → state of what it has read
        self.files = {}
        # keys of the listeners it accepts from, and the one it wants to bind
        self.claimed = set()
        self.waits_for = None
        # the prompt that it waits at (prompts.py)
        self.prompt = None
        self.first_request = FirstRequest()
        # where its stacks are written while it is a fork probe
        self.stacks = None
        # what it reported about its program's end: code, excerpt, package, busy
        self.program_end = {}

    @property
    def is_booting(self):
        return isinstance(self.state, Booting)

    @property
    def is_serving(self):
        return isinstance(self.state, Serving)

    @property
    def is_retiring(self):
        return isinstance(self.state, Retiring)

    @property
    def may_accept(self):
        """It was retired, and has not reported that it stopped accepting."""
        return self.is_retiring and bool(self.claimed) and not self.state.has_stopped
