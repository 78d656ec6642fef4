"""What happens to a worker that is retired, and when. Pure: facts in, actions out."""

from ..shared.messages import FromSupervisorToWorker
from .actions import Action

# Its end takes processor time from the next worker's start; but what only one can hold has to come free.
FINISH_SECONDS = 0.06
# By then it is taken to accept no more: it may hang.
STOPPED_SECONDS = 0.25
# What is left for lifespan and atexit once the last request was cut.
END_SECONDS = 1.0


def steps(worker, number, options, is_ending, has_listeners):
    """`number`: the signal that ends a program which has no end of its own."""
    finish = Action.finish(worker=worker, number=int(number))
    # the next worker can only begin where this one has gone, if no listener is kept
    at_once = [finish] if is_ending or not has_listeners else []
    # at the supervisor's own end, which is bound by the grace, time is left for the program's shutdown
    patience = options.grace - min(END_SECONDS, options.grace / 2) if is_ending else options.grace
    return [
        tell(worker, FromSupervisorToWorker.retire(successor=not is_ending)),
        *at_once,
        Action.after(seconds=FINISH_SECONDS, action=finish),
        Action.after(seconds=options.stream, action=tell(worker, FromSupervisorToWorker.cut(everything=False))),
        Action.after(seconds=patience, action=tell(worker, FromSupervisorToWorker.cut(everything=True))),
        Action.after(seconds=options.grace + END_SECONDS, action=Action.cut_short(worker=worker)),
        Action.after(seconds=STOPPED_SECONDS, action=Action.note_stopped(worker=worker)),
    ]


def tell(worker, message):
    return Action.tell(to=worker, message=message)


def on_stopped(worker):
    if worker.is_retiring and not worker.state.children_accept:
        worker.state.has_stopped = True
        return [Action.grant_listeners()]
    return []
