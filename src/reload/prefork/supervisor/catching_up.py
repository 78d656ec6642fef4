"""Whether what was saved so far is what answers: the engine asks where somebody waits for that.

Its clock and the times of files cannot tell: a save may be no reason to reload, or have come while a worker began. Here
it is known of each save what follows from it, so the answer comes as soon as nothing does any more.
"""

# of those that are named, so that it is one line
MOST_UNREAD = 100


class CatchingUp:
    def __init__(self, workers, policies, watcher, prompts, saves, engine):
        self.workers = workers
        self.policies = policies
        self.watcher = watcher
        self.prompts = prompts
        self.saves = saves
        self.engine = engine

    def answer(self):
        """To all that was asked before what was saved so far was looked at."""
        engine = self.engine
        if engine.answered < engine.asked and self.is_done():
            engine.answered = engine.asked
            # what it has imported after it wrote it is read
            unread = [path for path in self.policies.boot_writes.unread if not self.saves.is_read(path)]
            engine.send("caught_up", asked=engine.asked, unread=unread[:MOST_UNREAD])

    def is_done(self):
        """No reload is under way or due: what serves has read it all, or it has crashed."""
        current, policies = self.workers.current, self.policies
        is_to_come = self.saves.vanished or self.watcher.is_walking() or self.watcher.is_cold
        is_due = policies.reload.is_waiting or policies.boot_writes.waiting or self.prompts.due
        if is_to_come or is_due:
            return False
        if current is None:
            return policies.crash.crash is not None
        return current.is_serving and current.state.is_reported
