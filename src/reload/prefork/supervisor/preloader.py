"""Which libraries a template is to have, learned from the app: when another template is due, and what it is sent.

Pure: facts in, actions out.
"""

from ..shared.messages import AtStart, FromSupervisorToTemplate, FromSupervisorToWorker
from .actions import Action

# After a reload: the worker answers first, what is done ahead for the next one comes second.
POLITE_SECONDS = 0.05
# The first template waits for the session's other apps, which start meanwhile, at most so long.
HELD_SECONDS = 1.5
# An app that is only looked at by a port check is learned from without a request.
UNASKED_SECONDS = 2.0
MOST_TEMPLATES = 12
GREEN = ("gevent", "eventlet")
# They look after the threads of the process that imports them.
DEBUGGERS = ("debugpy", "pydevd", "_pydevd", "_pydev")
# Set by every worker for itself: shows nothing about what libraries read at import.
OWN_VARIABLES = ("WERKZEUG_SERVER_FD",)
PREPARE_SOON = Action.after(seconds=POLITE_SECONDS, action=Action.prepare())


class Preloader:
    def __init__(self, modules, left_out, is_off):
        # in the order in which they are to be imported
        self.modules = modules
        # package → why it is not preloaded
        self.left_out = left_out
        # what the project itself has set before it imported them
        self.environment = {}
        self.templates_forked = 0
        self.is_off = is_off
        # other apps of the session start, and nobody has saved: they need the processor more
        self.is_held = False

    def hold(self):
        """Until the engine says that the session has started, or a save comes."""
        self.is_held = True

    def release(self, worker):
        """`worker`: the current one. What it has put off until now it does."""
        was_held, self.is_held = self.is_held, False
        has_answered = worker is not None and worker.first_request.is_answered
        return [*([report_modules(worker)] if was_held and has_answered else []), PREPARE_SOON]

    def on_first_response(self, worker):
        """It has loaded what it needs, and its collector waits: not for this answer, nor for the apps that start."""
        return [] if self.is_held else [Action.after(seconds=POLITE_SECONDS, action=report_modules(worker))]

    def on_serving(self, worker, changed):
        self.set_environment(changed)
        return [
            Action.after(seconds=HELD_SECONDS, action=Action.begin_preloading()) if self.is_held else PREPARE_SOON,
            Action.after(seconds=UNASKED_SECONDS, action=Action.ask_modules(worker=worker)),
        ]

    def on_used_modules(self, modules):
        known = set(self.modules)
        fresh = [name for name in modules if name not in known and not name.startswith(DEBUGGERS)]
        self.modules = self.modules + fresh
        return [*([self.remember()] if fresh else []), PREPARE_SOON]

    def remember(self):
        return Action.remember_modules(modules=self.modules, left_out=self.left_out)

    def set_environment(self, changed):
        self.environment = {key: value for key, value in changed.items() if key not in OWN_VARIABLES}

    def leave_out(self, package, why):
        """It cannot be forked with this loaded: the next template goes without, and so does the next session."""
        self.left_out[package] = why
        return [
            self.remember(),
            PREPARE_SOON,
            Action.notice(text=f"{package} is imported again at every reload: it {why}"),
        ]

    def on_not_fork_safe(self, package, why):
        # one that ended at once does not count
        self.templates_forked -= 1
        return self.leave_out(package, why)

    def stop(self, why):
        if self.is_off:
            return []
        self.is_off = True
        notice = Action.notice(text=f"libraries are imported again at every reload: {why}")
        return [Action.drop_standby(), Action.drop_template(), notice]

    def prepare(self, worker, template, is_growing, is_short):
        """The next fork finds everything ready: the libraries in `template`, the project's files compiled in it.

        `worker` is the current one, `is_growing`: another template is loading, `is_short`: memory is.
        """
        if self.is_off or self.is_held or worker is None or not worker.is_serving or not self.modules:
            return []
        green = [name for name in GREEN if name in self.modules]
        if green:
            return self.stop(f"{green[0]} replaces what a fork relies on")
        actions = []
        if self.is_outdated(template) and not is_growing and self.templates_forked < MOST_TEMPLATES:
            self.templates_forked += 1
            actions.append(Action.fork_template())
        if template is not None:
            files = [path for path, state in worker.files.items() if template.compiled.get(path) != state]
            if files:
                template.compiled.update({path: worker.files[path] for path in files})
                compile_files = FromSupervisorToTemplate.compile(files=files)
                # a standby that was forked before would compile them again
                actions += [Action.tell(to=template, message=compile_files), Action.drop_standby()]
            actions.append(Action.drop_standby() if is_short else Action.prepare_standby())
        return actions

    def is_outdated(self, template):
        return (
            template is None
            or template.left_out != set(self.left_out)
            or bool(set(self.modules) - template.modules)
            or template.environment != self.environment
        )

    def settings(self, options, files):
        """Of a template that is forked now."""
        return AtStart.template(
            modules=self.modules,
            leave_out=[*self.left_out, *options.leave_out],
            environment=self.environment,
            project=list(files),
            program=options.program,
        )


def report_modules(worker):
    return Action.tell(to=worker, message=FromSupervisorToWorker.report_modules())
