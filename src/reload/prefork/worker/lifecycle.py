"""A worker from its fork to its end: obeys the supervisor in a thread of its own, and tells it how far it has come.

The thread is one of those that the program does not see (own_threads.py).
"""

import _signal
import os
import sys
import time

# now: gevent puts its own in its place, which would wait in the program's loop
from time import sleep

from ..shared import project_sources
from ..shared.messages import FromWorkerToSupervisor
from . import gc_pause, opened_files, own_threads, used_modules
from .adoption import Adoption
from .answered import Answered
from .link import survive
from .prompts import Prompts
from .shutdown import Shutdown
from .states import Booting, Finishing, Retiring, Serving, Standby

LISTEN_SECONDS = 0.03
SETTLE_SECONDS = 1.0
UNUSUAL_SECONDS = 5.0
MOST_TIMED_MODULES = 40

# The worker's own, once it is one.
current = None


def own_worker():
    """None in a process that the program forked, and in the template."""
    worker = current
    return worker if worker is not None and worker.link.is_ours() else None


class Lifecycle:
    def __init__(self, link, settings):
        self.link = link
        self.port = settings["port"]
        self.is_first = settings["first"]
        # the engine shows what goes wrong: the program need not print it
        self.is_reported = settings["is_reported"]
        self.state = Standby() if settings["standby"] else Booting()
        self.shutdown = Shutdown()
        self.adoption = Adoption()
        self.prompts = Prompts(link)
        self.answered = Answered(link)
        # a template has loaded libraries before it was forked
        self.is_preloaded = settings["preloaded"]
        # the one whose child the program takes itself for (plain_reloader.py)
        self.reloader = None
        # asked what a change means that is the program's own to judge
        self.judge = None
        # set where this worker shows whether its libraries survive a fork
        self.probe = None
        self.request_seen = False
        self.response_seen = False
        # it has forked: others may accept from its listeners; it is one of them that says when the program is up
        self.has_children, self.is_up_in_child = False, False
        # the exception that a command line has turned into a message and an exit code
        self.hidden_error = None

    @property
    def is_standby(self):
        return isinstance(self.state, Standby)

    @property
    def is_retiring(self):
        return isinstance(self.state, Retiring)

    @property
    def is_finishing(self):
        return isinstance(self.state, Finishing)

    @property
    def has_successor(self):
        return isinstance(self.state, Retiring) and self.state.has_successor

    def start(self):
        own_threads.start(self.obey)
        if not self.is_standby:
            own_threads.start(self.settle)

    def settle(self):
        """Up is what never listens when it imports no more, and what no hook knows when it listens."""
        started = self.state.started if isinstance(self.state, Booting) else time.time()
        sleep(SETTLE_SECONDS if self.port is None else UNUSUAL_SECONDS)
        while project_sources.current.nested:
            sleep(0.1)
        gc_pause.resume()  # perhaps no request ever comes
        # what was imported before the fork does not count
        since = max(project_sources.current.last or started, started)
        if self.port is None:
            project_sources.current.after_last = self.tell_later_files
        if self.port is None and not self.is_up_in_child:
            self.serves(since)
        elif self.port is not None:
            from . import listening

            self.serves(listening.await_listener(self, since))

    # -- what the supervisor wants ---------------------------------------------------------------------------------

    def obey(self):
        self.link.listen(self)
        self.orphaned()

    def orphaned(self):
        """The supervisor is gone: nothing could end this worker any more."""
        if not self.is_standby:
            self.on_retire((), successor=False)
            self.on_finish((), signal=_signal.SIGTERM)
            sleep(1)
        os.kill(self.link.pid, _signal.SIGKILL)

    def on_decide(self, fds, decision):
        self.link.decided(decision, fds)

    def on_activate(self, _, is_reported):
        standby, self.is_reported = self.state, is_reported
        self.state = Booting()
        self.link.tell(FromWorkerToSupervisor.activated())
        if self.probe:
            self.probe.limit()
        # also where it has not come so far that it waits
        survive(standby.output.release)
        standby.activation.release()
        own_threads.start(self.settle)

    def on_print_errors(self, _):
        self.is_reported = False

    def on_retire(self, _, successor):
        """Stops accepting; its end can wait until the next worker serves."""
        if not successor:
            self.prompts.close()
        if self.is_retiring:
            self.state.has_successor = successor
        else:
            self.state = Retiring(successor)
            self.shutdown.run_retire()
        if self.has_children and not self.shutdown.finish:
            self.link.tell(FromWorkerToSupervisor.children_accept())
            self.on_finish((), signal=_signal.SIGTERM)
        else:
            self.link.tell(FromWorkerToSupervisor.stopped_accepting())

    def on_finish(self, _, signal):
        if not self.is_finishing:
            self.state = Finishing(self.has_successor)
            if not self.shutdown.run_finish():
                os.kill(self.link.pid, signal)

    def on_input(self, _, what, text):
        self.prompts.give(what, text)

    def on_cut(self, _, everything):
        """Not the connection that somebody at a prompt is looking at."""
        if self.prompts.is_open and self.has_successor:
            return
        self.link.tell(FromWorkerToSupervisor.connections_cut(names=self.shutdown.run_cut(everything)))

    def on_report_modules(self, _):
        """Nobody waits for what it does now."""
        used_modules.report(self.link)
        gc_pause.resume()

    def on_report_files(self, _):
        self.tell_files_read(project_sources.current.take())

    def on_report_writes(self, _, paths):
        opened_files.current.report(self.link, paths)

    def on_changed(self, _, path):
        if self.judge is not None:
            self.judge(path)

    def on_adopt(self, fds):
        if not self.is_retiring:
            return self.adoption.take(fds)
        for fd in fds:
            self.link.tell(FromWorkerToSupervisor.idle_connection(), [fd])
            os.close(fd)

    def on_release_unclaimed(self, _):
        self.adoption.close()

    # -- how far it has come ---------------------------------------------------------------------------------------

    def await_activation(self):
        """Called wherever the project comes in, or something could be seen from outside."""
        state = self.state
        if isinstance(state, Standby) and self.link.is_ours():
            with state.activation:
                sys.path_importer_cache.clear()

    def checkpoint(self):
        """Before it is allowed to serve: is what was read still what is on disk?"""
        self.await_activation()
        state = self.state
        if isinstance(state, Booting):
            state.imported = state.imported or self.time_of_reload()
        self.link.ask(FromWorkerToSupervisor.checkpoint(files=project_sources.current.take()))

    def is_unfit(self, reason, itself=False):
        """Where an engine listens, it ends this worker and starts the program in another way; else it goes on."""
        self.await_activation()
        self.link.ask(FromWorkerToSupervisor.unfit(reason=reason, itself=itself))

    def wants_reloader(self, name):
        """It has run as in another process of that reloader: another worker runs it as it would be run there."""
        self.link.ask(FromWorkerToSupervisor.wants_reloader(name=name))

    def time_of_reload(self):
        """Without the time for which the program was kept at a prompt or a breakpoint."""
        return time.time() - self.prompts.pauses.seconds()

    def serves_soon(self):
        """It listens; where no hook sees that its server accepts, a moment later it is taken to."""
        now = self.time_of_reload()

        def wait():
            sleep(LISTEN_SECONDS)
            self.serves(now)

        own_threads.start(wait)

    def serves(self, since=None):
        """It accepts from now on."""
        booting = self.state
        if not isinstance(booting, Booting):
            return
        self.state = Serving()
        if self.probe:
            self.probe.passed()
        now = since or self.time_of_reload()
        spent = sorted(project_sources.current.spent.items(), key=lambda item: -item[1])[:MOST_TIMED_MODULES]
        self.link.tell(
            FromWorkerToSupervisor.serving(
                files=project_sources.current.take(),
                forked=booting.started,
                imported=booting.imported or now,
                answering=now,
                spent=dict(spent),
                changed=used_modules.environment_changes(),
            )
        )

    def when_retired(self, retire):
        """Registers it; called at once where a server begins after its worker was retired."""
        if retire not in self.shutdown.retire:
            self.shutdown.retire.append(retire)
            if self.is_retiring:
                survive(retire)

    def sees_request(self):
        """Its first request has come."""
        if not self.request_seen:
            self.request_seen = True
            self.link.tell(FromWorkerToSupervisor.first_request())
            if self.probe:
                self.probe.limit()

    def sees_response(self):
        """Its first request is answered: by now it has loaded what it needs."""
        if self.response_seen:
            return
        self.response_seen = True
        self.link.tell(FromWorkerToSupervisor.first_response())
        if self.probe:
            self.probe.over()
            self.probe = None
        project_sources.current.after_last = self.tell_later_files

    def sees_response_soon(self):
        """For a server that no hook knows, once it has accepted."""

        def wait():
            sleep(SETTLE_SECONDS)
            if not self.request_seen:  # else a hook sees the response too
                self.sees_response()

        own_threads.start(wait)

    def tell_later_files(self):
        """What a later request imports is to be watched too."""
        files = project_sources.current.take()
        if files:
            self.tell_files_read(files)

    def tell_files_read(self, files):
        self.link.tell(FromWorkerToSupervisor.files_read(files=files))
