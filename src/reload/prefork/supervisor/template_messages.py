"""What the templates tell, a method for each message: it notes facts, and yields what is to be done."""

from .actions import Action
from .worker_messages import note_pid


class TemplateMessages:
    def __init__(self, workers, policies):
        self.workers = workers
        self.policies = policies

    def on_ready(self, template, files, count, ms):
        template.files = files
        yield Action.drop_standby()
        yield Action.use_template(template=template)
        if self.policies.preloader.is_off:
            yield Action.drop_template()
        elif set(self.policies.preloader.left_out) - template.left_out:
            # one of its libraries was found not to survive a fork while it loaded
            yield Action.drop_template()
            yield Action.prepare()
        else:
            yield Action.report(what="preloaded", fields={"modules": count, "ms": ms})
            yield Action.prepare()

    def on_not_fork_safe(self, template, package, why):
        yield Action.close_template(template=template)
        yield from self.policies.preloader.on_not_fork_safe(package, why)
        yield Action.prepare()

    def on_forked(self, _, number, pid):
        for worker in self.workers.everyone():
            if worker.number == number and worker.pid is None:
                yield from note_pid(worker, pid)

    def on_exited(self, _, pid, status):
        yield Action.note_exit(pid=pid, status=status)
