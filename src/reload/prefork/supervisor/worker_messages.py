"""What the workers tell, a method for each message: it notes facts, and yields what is to be done."""

from ..shared.messages import SERVE, STAND_DOWN, FromSupervisorToWorker
from .actions import Action
from .reload_policy import unnoted_save
from .retirement import on_stopped
from .worker_handle import Booting, Serving

UNCLAIMED_SECONDS = 1.0


class WorkerMessages:
    def __init__(self, workers, policies, clock):
        self.workers = workers
        self.policies = policies
        self.clock = clock

    def on_started(self, worker, _, pid):
        return note_pid(worker, pid)

    def on_activated(self, worker, _):
        if worker.is_booting:
            worker.state.is_running = True
        return ()

    def on_checkpoint(self, worker, _, files):
        worker.files.update(files)
        yield Action.answer_checkpoint(worker=worker)

    def on_bind(self, worker, _, wanted):
        worker.waits_for = tuple(wanted)
        yield Action.grant_listeners()

    def on_unfit(self, worker, _, reason, itself):
        yield Action.give_up(worker=worker, reason=reason, itself=itself)

    def on_wants_reloader(self, worker, _, name):
        """Begun again once: a program that asks for another one each time goes on as it is."""
        if worker is not self.workers.current or self.workers.was_begun_again:
            yield decide(worker, SERVE)
            return
        self.workers.reloader = name
        self.workers.was_begun_again = True
        yield Action.drop_standby()
        yield Action.begin_again(worker=worker)

    def on_shadows(self, worker, _, name):
        """Nothing is loaded ahead then: what the libraries find must be the project's module, too."""
        why = f"the project's own module {name} takes the place of Python's"
        yield from self.policies.preloader.stop(why)
        if worker is self.workers.current:
            yield Action.begin_again(worker=worker)

    def on_listening(self, worker, fds, wanted):
        yield Action.keep_listener(worker=worker, fd=fds[0], wanted=tuple(wanted))

    def on_idle_connection(self, _, fds):
        yield Action.keep_idle(fds=fds)

    def on_settled(self, worker, _, files):
        """From now on a save begins it again, as it would one that serves: its start may take minutes."""
        worker.files.update(files)
        booting = worker.state
        if worker is self.workers.current and isinstance(booting, Booting):
            booting.is_settled = True
            yield Action.watch_files(files=worker.files)
            yield Action.check_files(worker=worker, suspected=unnoted_save(worker, booting))

    def on_serving(self, worker, _, files, changed, **times):
        worker.files.update(files)
        booting = worker.state
        if worker is not self.workers.current or not isinstance(booting, Booting):
            return
        worker.state = Serving(since=self.clock())
        self.workers.was_begun_again = False
        seconds = self.clock() - booting.began
        yield Action.after(seconds=UNCLAIMED_SECONDS, action=Action.drop_unclaimed(worker=worker))
        yield Action.watch_files(files=worker.files)
        yield Action.finish_retiring()
        yield Action.give_idle()
        yield from self.policies.fork_safety.on_serving(worker, seconds)
        saved = booting.saved_meanwhile
        yield Action.note_serving(worker=worker, times=times, seconds=seconds, saved=saved)
        yield Action.check_files(worker=worker, suspected=unnoted_save(worker, booting))
        yield from self.policies.preloader.on_serving(worker, changed)
        yield from self.policies.own_saves.on_serving(worker)

    def on_watch_also(self, worker, _, reloads, judged):
        if worker is self.workers.current:
            yield Action.watch_also(reloads=reloads, judged=judged)

    def on_reload_for(self, worker, _, path):
        if worker is self.workers.current:
            yield Action.note_save(path=path)

    def on_opened_for_writing(self, _, __, path):
        self.policies.own_saves.opened[path] = self.clock()
        return ()

    def on_first_request(self, worker, _):
        yield from self.policies.fork_safety.on_first_request(worker, self.clock())

    def on_first_response(self, worker, _):
        yield Action.send_held()
        yield from self.policies.fork_safety.on_first_response(worker, self.clock())
        yield from self.policies.preloader.on_first_response(worker)

    def on_files_read(self, worker, _, files):
        worker.files.update(files)
        if worker is self.workers.current:
            yield Action.watch_files(files=files)
            yield Action.check_files(worker=worker, suspected=None)

    def on_used_modules(self, worker, fds, modules, changed, files):
        yield from self.on_files_read(worker, fds, files)
        if worker.is_serving:
            worker.state.modules_known = True
        self.policies.preloader.set_environment(changed)
        yield from self.policies.preloader.on_used_modules(modules)

    def on_child_modules(self, worker, fds, modules, files):
        yield from self.on_files_read(worker, fds, files)
        yield from self.policies.preloader.on_used_modules(modules)
        # requests come to what it has forked, which lives
        if worker.is_serving:
            yield from self.policies.fork_safety.on_first_response(worker, self.clock())

    def on_stopped_accepting(self, worker, _):
        yield from on_stopped(worker)

    def on_children_accept(self, worker, _):
        if worker.is_retiring:
            worker.state.children_accept = True
        return ()

    def on_connections_cut(self, _, __, names):
        if names:
            many = "connection" if len(names) == 1 else "connections"
            text = f"cut {len(names)} open {many} of the former worker: {', '.join(sorted(names))}"
            yield Action.notice(text=text)

    def on_prompt(self, worker, _, file, line, request):
        yield Action.note_prompt(worker=worker, file=file, line=line, request=request)

    def on_went_on(self, worker, _):
        yield Action.note_going_on(worker=worker)

    def on_answered(self, _, __, requests):
        yield Action.report(what="answered", fields={"requests": requests})

    def on_program_ended(self, worker, _, files, **program_end):
        worker.files.update(files)
        worker.program_end = program_end
        # wherever they lie: the save that mends it has to be seen
        yield Action.watch_files(files=worker.files)


def note_pid(worker, pid):
    worker.pid = pid
    # where it was discarded before it could be killed
    is_discarded = worker.is_retiring and worker.state.has_stopped and not worker.claimed
    return [Action.kill(worker=worker)] if is_discarded else []


def answer_checkpoint(worker, current, is_stale):
    """One that serves already binds another port: it keeps serving, and is replaced where it is stale."""
    if worker is not current:
        return [decide(worker, STAND_DOWN)]
    check = Action.check_files(worker=worker, suspected=None)
    if worker.is_serving:
        return [decide(worker, SERVE), check]
    return [decide(worker, STAND_DOWN), check] if is_stale else [decide(worker, SERVE)]


def decide(worker, decision):
    return Action.tell(to=worker, message=FromSupervisorToWorker.decide(decision=decision))
