"""What to keep loaded is learned from the app, and kept in a template that is replaced when the list has grown."""

import _signal

from ..shared import fork, signals
from ..shared.channel import pair
from ..shared.file_state import first_stale
from ..shared.messages import AtStart, FromSupervisorToTemplate, FromSupervisorToWorker, deliver
from . import module_list

# After a reload: the worker answers first, what is done ahead for the next one comes second.
POLITE_SECONDS = 0.05
# An app that is only looked at by a port check is learned from without a request.
UNASKED_SECONDS = 2.0
BORN_SECONDS = 2.0
MOST_GROWTHS = 12
GREEN = ("gevent", "eventlet")
# Set anew by every worker: says nothing about what libraries read at import.
OWN_VARIABLES = ("WERKZEUG_SERVER_FD",)


class TemplateHandle:
    """The supervisor's view of one template."""

    def __init__(self, channel, modules, environment):
        self.channel = channel
        self.modules = set(modules)
        self.environment = environment
        self.left_out = set()
        self.pid = None
        self.files = {}
        self.told = {}
        self.gone = False
        # a worker forked from it has answered
        self.proven = False

    def packages(self):
        return {name.partition(".")[0] for name in self.modules}


class Preloader:
    def __init__(self, supervisor):
        self.supervisor = supervisor
        self.template = None
        self.growing = None
        self.former = []
        self.memory = module_list.ModuleList(supervisor.options.program)
        self.modules, self.left_out = self.memory.read()
        self.environment = {}
        self.growths = 0
        self.off = not supervisor.options.preload

    def homes(self):
        return [
            template
            for template in (self.template, self.growing, *self.former)
            if template is not None and not template.gone
        ]

    def sources(self):
        for template in self.homes():
            yield template.channel, lambda template=template: self.hear(template)

    # -- learning --------------------------------------------------------------------------------------------------

    def served(self, worker, changed):
        self.set_environment(changed)
        self.supervisor.after(POLITE_SECONDS, self.prepare)
        self.supervisor.after(UNASKED_SECONDS, lambda: self.ask(worker))

    def ask(self, worker):
        if worker is self.supervisor.workers.current and not worker.taught:
            worker.channel.send(FromSupervisorToWorker.report_modules())

    def learn(self, worker, modules, changed):
        worker.taught = True
        self.set_environment(changed)
        self.add(modules)

    def add(self, modules):
        known = set(self.modules)
        fresh = [name for name in modules if name not in known]
        if fresh:
            self.modules = self.modules + fresh
            self.memory.write(self.modules, self.left_out)
        self.supervisor.after(POLITE_SECONDS, self.prepare)

    def turn_off(self, why):
        if not self.off:
            self.off = True
            self.drop(self.template)
            self.supervisor.report.notice(f"libraries are imported anew at each reload: {why}")

    def set_environment(self, changed):
        self.environment = {key: value for key, value in changed.items() if key not in OWN_VARIABLES}

    def prepare(self):
        """The next fork finds everything ready: the libraries in a template, the project's files compiled in it."""
        current = self.supervisor.workers.current
        if self.supervisor.ending or self.off or current is None or current.state != "serving" or not self.modules:
            return
        # also where an earlier session has learned it
        green = [name for name in GREEN if name in self.modules]
        if green:
            return self.turn_off(f"{green[0]} replaces what a fork relies on")
        template = self.template
        if template is None or template.left_out != set(self.left_out) or set(self.modules) - template.modules:
            self.grow()
        elif self.environment != template.environment:
            self.grow()
        if template is not None:
            files = [path for path, noted in current.files.items() if template.told.get(path) != noted]
            if files:
                template.told.update({path: current.files[path] for path in files})
                template.channel.send(FromSupervisorToTemplate.compile(files=files))
                # one that was forked before would compile them again
                self.supervisor.workers.drop_standby()
            self.supervisor.workers.poise()

    # -- nurseries -------------------------------------------------------------------------------------------------

    def grow(self):
        if self.growing is not None or self.growths >= MOST_GROWTHS:
            return
        self.growths += 1
        ours, theirs = pair()
        current = self.supervisor.workers.current
        settings = AtStart.template(
            modules=self.modules,
            leave_out=[*self.left_out, *self.supervisor.options.leave_out],
            environment=self.environment,
            project=list(current.files),
            program=self.supervisor.options.program,
        )
        self.growing = TemplateHandle(ours, self.modules, self.environment)
        self.growing.left_out = set(self.left_out)
        self.growing.told = dict(current.files)
        self.growing.pid = fork.fork(lambda: self.become(theirs, settings))
        self.supervisor.workers.children.add(self.growing.pid)
        theirs.close()

    def become(self, channel, settings):
        from ..template.template import Template  # it needs more than the supervisor

        self.supervisor.close_all()
        Template(channel, settings).run()

    def hear(self, template):
        messages = template.channel.receive()
        if messages is None:
            return self.lost(template)
        for message, _ in messages:
            deliver(self, message, template)

    def on_ready(self, template, files, count, ms):
        template.files = files
        self.drop(self.template)
        self.growing = None
        if self.off:
            return self.retire(template)
        self.template = template
        self.supervisor.report.send("preloaded", modules=count, ms=ms)
        self.prepare()

    def on_not_fork_safe(self, template, package, why):
        """It could not be forked with this loaded: the next one goes without, and so does the next session."""
        self.growing = None
        self.close_home(template)
        self.leave_out(package, why)
        self.growths -= 1
        self.prepare()

    def leave_out(self, package, why):
        self.left_out[package] = why
        self.memory.write(self.modules, self.left_out)
        self.supervisor.after(POLITE_SECONDS, self.prepare)
        self.supervisor.report.notice(f"{package} is imported anew at each reload: it {why}")

    def on_forked(self, template, number, pid):
        for worker in self.supervisor.workers.all_workers():
            if worker.number == number and worker.pid is None:
                self.supervisor.workers.heard.on_started(worker, (), pid)

    def on_exited(self, template, pid, status):
        self.supervisor.workers.exited(pid, status)

    def retire(self, template):
        """It stays until its workers are gone: only it can wait for them."""
        if template is not None:
            template.channel.send(FromSupervisorToTemplate.retire())
            self.former.append(template)

    def lost(self, template):
        self.close_home(template)
        if template in self.former:
            self.former.remove(template)
        if template is self.template:
            self.template = None
        if template is self.growing:
            self.growing = None
        self.supervisor.workers.template_lost(template)
        self.supervisor.after(POLITE_SECONDS, self.prepare)

    def close_home(self, template):
        template.gone = True
        template.channel.close()

    def drop(self, template):
        """Not trusted any more; its workers go on."""
        self.supervisor.workers.drop_standby()
        if template is not None and template is self.template:
            self.template = None
            self.retire(template)

    def verify(self, worker):
        """A library that was edited in place, or installed anew, has to be imported again."""
        if worker.template is None:
            return True
        path = first_stale(worker.template.files, lambda _: False)
        if path is None:
            self.supervisor.after(BORN_SECONDS, lambda: self.expect_birth(worker))
            return True
        self.drop(worker.template)
        self.supervisor.report.notice(f"{path} changed: libraries are imported anew")
        return False

    def expect_birth(self, worker):
        template = worker.template
        if worker.pid is None and template is not None and not template.gone:
            signals.send(template.pid, _signal.SIGKILL)

    def close(self):
        for template in self.homes():
            template.channel.send(FromSupervisorToTemplate.retire())

    def kill(self):
        """They have nothing to end in order; one that is importing would not hear."""
        for template in self.homes():
            signals.send(template.pid, _signal.SIGKILL)

    def close_channels(self):
        for template in self.homes():
            template.channel.close()
