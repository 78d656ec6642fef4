"""The supervisor's view of one worker."""


class WorkerHandle:
    def __init__(self, number, channel, cause, template, standby=False):
        self.number = number
        self.channel = channel
        self.cause = cause
        self.template = template
        self.pid = None
        self.state = "booting"
        self.files = {}
        self.listens = False
        self.claimed = set()
        self.stopped = False
        self.finishing = False
        # what it forked accepts too: it has stopped only when it is gone
        self.draining_children = False
        self.waits_for = None
        # its end of the line is closed
        self.silent = False
        # and it was seen to run all the same
        self.missed = False
        # how the process ended, as wait() tells it
        self.status = None
        # what it said of its own end
        self.ended = None
        # its libraries are known
        self.taught = False
        self.asked_at = None
        self.answered = False
        # where its stacks are written while it is the probe of a new template
        self.stacks = None
        self.forked_at = 0.0
        # it runs the program: before that, its death says nothing of it
        self.went = not standby
        # the former worker had not gone when it began
        self.overlapped = False
        # saved while it was booting: it may have read them before, in whatever way
        self.saved_during_boot = set()
        self.timers = []
