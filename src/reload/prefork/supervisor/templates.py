"""The templates' processes: the one that workers are forked from, one that is loading, and former ones."""

import _signal

from ..shared import fork, signals
from ..shared.before_fork import settle
from ..shared.channel import pair
from ..shared.file_state import first_stale
from ..shared.messages import FromSupervisorToTemplate


class TemplateHandle:
    """The supervisor's record of one template."""

    __slots__ = ("channel", "compiled", "environment", "files", "is_gone", "is_proven", "left_out", "modules", "pid")

    def __init__(self, channel, modules, left_out, environment, compiled):
        self.channel = channel
        self.modules = set(modules)
        self.left_out = set(left_out)
        self.environment = environment
        # path → state of the project's files that it has compiled
        self.compiled = compiled
        self.pid = None
        # path → state of the libraries' files
        self.files = {}
        self.is_gone = False
        # a worker forked from it has answered
        self.is_proven = False

    def packages(self):
        return {name.partition(".")[0] for name in self.modules}

    def changed_library(self):
        """A file of a library that was edited in place, or installed again; None where all are as they were loaded."""
        return first_stale(self.files, lambda _: False)

    def close(self):
        self.is_gone = True
        self.channel.close()


class Templates:
    def __init__(self, options, leave_supervisor):
        self.options = options
        self.leave_supervisor = leave_supervisor
        # the one that workers are forked from
        self.current = None
        # one that is loading
        self.growing = None
        self.former = []

    def running(self):
        every = (self.current, self.growing, *self.former)
        return [template for template in every if template is not None and not template.is_gone]

    def fork(self, preloader, files):
        """`files`: the project's, to be compiled in it."""
        ours, theirs = pair()
        settings = preloader.settings(self.options, files)
        settle()
        template = TemplateHandle(ours, preloader.modules, preloader.left_out, preloader.environment, dict(files))
        template.pid = fork.fork(lambda: become_template(theirs, settings, self.leave_supervisor))
        theirs.close()
        self.growing = template
        return template

    def do_use_template(self, template):
        self.do_drop_template()
        self.growing = None
        self.current = template

    def do_drop_template(self):
        """Not used again; its workers go on, and it stays until they are gone: only it can wait for them."""
        template, self.current = self.current, None
        if template is not None:
            template.channel.send(FromSupervisorToTemplate.retire())
            self.former.append(template)

    def close(self, template):
        template.close()
        if template in self.former:
            self.former.remove(template)
        if template is self.current:
            self.current = None
        if template is self.growing:
            self.growing = None

    def retire_all(self):
        for template in self.running():
            template.channel.send(FromSupervisorToTemplate.retire())

    def kill(self, template):
        """It has nothing to end in order; one that is importing would not hear."""
        if not template.is_gone:
            signals.send(template.pid, _signal.SIGKILL)

    def kill_all(self):
        for template in self.running():
            self.kill(template)

    def close_channels(self):
        for template in self.running():
            template.channel.close()


def become_template(channel, settings, leave_supervisor):
    from ..template.template import Template  # it needs more than the supervisor

    leave_supervisor()
    Template(channel, settings).run()
