"""The holder's view of one worker."""


class Hand:
    def __init__(self, number, channel, cause, nursery, poised=False):
        self.number = number
        self.channel = channel
        self.cause = cause
        self.nursery = nursery
        self.pid = None
        self.state = "booting"
        self.files = {}
        self.listens = False
        self.claimed = set()
        self.stopped = False
        self.finishing = False
        # what it forked accepts too: it has stopped only when it is gone
        self.lingers = False
        self.stood_down = False
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
        # where its stacks are written while it is the probe of a new nursery
        self.trial = None
        self.forked_at = 0.0
        # it runs the program: before that, its death says nothing of it
        self.went = not poised
        # the former worker had not gone when it began
        self.had_elder = False
        # saved while it was booting: it may have read them before, in whatever way
        self.doubted = set()
        self.timers = []
