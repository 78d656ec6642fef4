"""What the exit of the current worker means, and when a crashed app is started again.

Pure: facts in, actions out. Times are seconds of the supervisor's clock.
"""

import os

from ..shared.paths import display_path
from ..shared.signals import exit_of
from .actions import Action
from .worker_handle import Booting, Serving

# After a crash the next request starts the app once more, but not one that crashes at every request.
RESTART_SECONDS = 3.0
# A signal of the terminal or of PM2 reaches the worker and the supervisor in any order.
SIGNAL_SECONDS = 0.1
# What saves a file empties it first; on a busy machine it can be kept from writing it for this long.
HALF_SAVED_SECONDS = 0.5
ADVICE = {
    "import": "It reloads on your next save.",
    "run": "It starts again with the next request or save.",
}


class Crash:
    """What the page shows and the engine receives."""

    __slots__ = ("advice", "cause", "code", "during", "excerpt", "file", "said", "signal", "title")

    def __init__(self, worker, app):
        self.code, self.signal = exit_of(worker.state.status)
        # what was killed while it was importing may come again with the next request
        former = worker.state.former
        is_import = isinstance(former, Booting) and (bool(worker.program_end) or bool(self.code))
        self.during = "import" if is_import else "run"
        # a save that was reported as live has not failed because the program ends later
        was_live = isinstance(former, Serving) and former.is_reported
        self.cause = None if was_live else worker.cause
        self.file = display_path(self.cause.file) if self.cause else None
        said = worker.program_end.get("excerpt")
        self.excerpt = said or [how_it_ended(self.code, self.signal)]
        # how a program ended that had been running is in the engine's own words
        self.said = self.excerpt if is_import else said or []
        name = app or os.path.basename(os.getcwd())
        self.title = f"{name} stopped: its code does not import" if is_import else f"{name} stopped while it ran"
        self.advice = ADVICE[self.during]


class CrashPolicy:
    def __init__(self, app, timing):
        self.app = app
        self.timing = timing
        # why no worker serves; None while one does, or is about to
        self.crash = None
        self.may_restart_at = 0.0

    def on_exit(self, worker, now, quiet_at, is_stale):
        """It has run the program, and was not retired. `quiet_at`: when the burst of saves is over."""
        former = worker.state.former
        is_booting = isinstance(former, Booting)
        if is_stale or (is_booting and former.saved_meanwhile):
            return [Action.reload_stale()]
        # once: where it writes the file itself, the next one would end as this one
        passed_over = former.passed_over if is_booting else None
        if passed_over is not None and not (worker.cause and worker.cause.file == passed_over):
            return [Action.check_files(worker=worker, suspected=passed_over)]
        settled_at = quiet_at + HALF_SAVED_SECONDS if was_half_saved(worker) else quiet_at
        if is_booting and now < settled_at:
            return [Action.after(seconds=settled_at - now, action=Action.confirm_exit(worker=worker))]
        if exit_of(worker.state.status)[1] in ("SIGTERM", "SIGINT"):
            return [Action.after(seconds=SIGNAL_SECONDS, action=Action.confirm_exit(worker=worker))]
        return self.crashed(worker)

    def on_confirmed(self, worker, is_replaced, is_stale):
        """`is_replaced`: another worker runs or is due, or the supervisor is ending."""
        if is_replaced:
            return []
        return [Action.reload_stale()] if is_stale else self.crashed(worker)

    def crashed(self, worker):
        self.crash = Crash(worker, self.app)
        fields = self.timing.failed(self.crash)
        return [Action.report(what="crashed", fields=fields), Action.show_page()]

    def on_connection(self, listener, now):
        """A request after a crash at run time starts the app again, and is answered by it."""
        if self.crash is None:
            return []
        if self.crash.during == "run" and now >= self.may_restart_at:
            self.may_restart_at = now + RESTART_SECONDS
            return [Action.hide_page(), Action.start_worker(cause=None, use_template=True)]
        return [Action.admit(listener=listener)]


def was_half_saved(worker):
    """It has read the file of its save while that was empty: the content is likely to follow."""
    read = worker.files.get(worker.cause.file) if worker.cause else None
    return read is not None and read[1] == 0


def on_early_exit(worker, has_stand_in):
    """An exit that proves nothing about the program: it is started again."""
    former = worker.state.former
    if not isinstance(former, Booting):
        return []
    if worker.pid is None or not former.is_running:
        return [Action.start_worker(cause=worker.cause, use_template=worker.pid is not None)]
    if has_stand_in and worker.program_end.get("busy"):
        # its server binds outside of Python, and the page had its port
        return [Action.bypass(), Action.start_worker(cause=worker.cause, use_template=True)]
    if former.overlapped and worker.program_end.get("busy"):
        # what it needed may still have been held by the former worker, a moment longer than it could wait
        return [Action.start_when_alone(cause=worker.cause)]
    return []


def how_it_ended(code, signal_name):
    if signal_name:
        return f"ended by {signal_name}"
    return "ended" if code is None else f"ended with exit code {code}"
