"""Whether the next session of the app may begin with a template, and fork its first worker from it. That worker will
find its libraries loaded before its program begins, so this session has to show that the program cannot tell.

The first worker shows what it had loaded when it had answered, and which variables its program had set. A template
with these libraries shows that importing them leaves no thread, descriptor or output (template/preload.py). What
then turns out otherwise begins again as in a first session, and is not tried again. Pure: facts in, actions out.
"""

from ..shared.signals import exit_of
from .actions import Action
from .fork_safety import CRASH_SIGNALS
from .preloader import DEBUGGERS, programs_own
from .worker_handle import Booting

# What frameworks set from the command before they import the program. Libraries may read them at import, so their
# values are kept; no other variable's is, and none of a program that sets another one.
KEPT_VARIABLES = ("DJANGO_SETTINGS_MODULE", "FLASK_APP", "FLASK_DEBUG", "FLASK_ENV", "FLASK_RUN_FROM_CLI", "TZ")


class StartProof:
    def __init__(self):
        # what the session has begun with, if it has begun with a template
        self.known = []
        # what the first worker had loaded
        self.modules = []

    def on_used_modules(self, worker, modules):
        if worker.number == 1 and worker.cause is None:
            self.modules = [*self.known, *modules]

    def steps(self, worker, template, environment):
        """Of the current worker and the template of the next ones."""
        is_shown = (
            bool(self.modules)
            and worker is not None
            and worker.is_serving
            and worker.number == 1
            # its server bound a listener where it could be asked before
            and bool(worker.claimed)
            and template is not None
            and template.is_plain
            and template.modules.issuperset(self.modules)
            and template.environment == environment
            and set(environment).issubset(KEPT_VARIABLES)
            and not any(name.startswith(DEBUGGERS) for name in self.modules)
        )
        if not is_shown:
            return []
        failed = [name for name in self.modules if name in template.failed]
        keep = Action.keep_start(modules=self.modules, failed=failed, environment=environment, files=worker.files)
        return [keep]

    def is_begun(self, worker):
        """This worker is the first, and a template was to fork it."""
        return worker.number == 1 and worker.template is not None and bool(self.known)

    def on_vain(self, worker):
        """What a template was to do for the first worker, it could not do."""
        return [Action.refuse_start()] if self.is_begun(worker) else []

    def on_checkpoint(self, worker, changed):
        """None where it has set the variables with which its libraries were imported; else it begins again without."""
        if changed is None or not self.is_begun(worker) or programs_own(changed) == worker.template.environment:
            return None
        return [Action.refuse_start(), Action.drop_template(), Action.begin_again(worker=worker)]

    def on_exit(self, worker):
        """A crash while it begins may be due to the fork."""
        is_crash = isinstance(worker.state.former, Booting) and exit_of(worker.state.status)[1] in CRASH_SIGNALS
        if not is_crash or not self.is_begun(worker):
            return []
        again = Action.start_worker(cause=worker.cause, use_template=False)
        return [Action.refuse_start(), Action.drop_template(), again]
