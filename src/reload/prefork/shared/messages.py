"""Every message between the processes: a group for each sender and receiver, and the fields of each message.

A message is made by calling it with exactly its fields, and arrives at the method `on_<name>` of its receiver, with the
same fields as keyword arguments. File descriptors travel beside it (see channel.py). README.md has this as tables, and
test/rigs/python_rules.py holds that each is sent by the one and handled by the other.
"""


class Message:
    __slots__ = ("name",)

    def __init__(self, *fields):
        """`fields` are for the reader, and for the rules, which look at each call: none is kept."""

    def __set_name__(self, _, name):
        self.name = name

    def __call__(self, **values):
        values["kind"] = self.name
        return values


def deliver(receiver, message, *context):
    """Calls the method of `receiver` that is for this message."""
    fields = dict(message)
    return getattr(receiver, "on_" + fields.pop("kind"))(*context, **fields)


class FromSupervisorToWorker:
    # stop accepting; `successor`: another worker follows
    retire = Message("successor")
    # shut down in the program's own way; by this signal where it has none
    finish = Message("signal")
    # close what is still open: event streams and WebSockets, or everything
    cut = Message("everything")
    # a standby begins; `is_reported`: the engine shows what goes wrong, so the program need not print it
    activate = Message("is_reported")
    # the same for the first worker, where no engine listens
    print_errors = Message()
    # answered by `used_modules`, and by `files_read`
    report_modules = Message()
    report_files = Message()
    # each time that it opens one of them for writing: `opened_for_writing`
    report_writes = Message("paths")
    # beside it: an idle connection of the former worker
    adopt = Message()
    # every server listens by now: close idle connections that none of them wants
    release_unclaimed = Message()
    # a change that only the program can judge, as it has asked for with `watch_also`
    changed = Message("path")
    # answers `checkpoint`, `bind`, `wants_reloader` and `shadows`, with one of the decisions below
    decide = Message("decision")
    # for the program that waits at a prompt: one of the four below; `text`: the line, or why it is given up
    input = Message("what", "text")


SERVE, STAND_DOWN = "serve", "stand down"
# beside it: the listener that the supervisor kept
USE_LISTENER = "use listener"
BIND_YOURSELF = "bind yourself"
LINE, INTERRUPT, END, GIVE_UP = "line", "interrupt", "end", "give up"


class FromWorkerToSupervisor:
    # forked by a template
    started = Message("pid")
    # a standby has begun to run the project
    activated = Message()
    # a question: may it serve what it has read?
    checkpoint = Message("files")
    # a question: `wanted` is [family, host, port] as the program asked for it
    bind = Message("wanted")
    # a question: the project has a module of its own by the name of one that is loaded
    shadows = Message("name")
    # a question: the program asks for this reloader, and has not run as its child would
    wants_reloader = Message("name")
    # beside it: the listener, bound by the worker
    listening = Message("wanted")
    # as `report_writes` asks for
    opened_for_writing = Message("path")
    # a question that the engine answers, by another start: `reason` why a fork cannot keep this program; `itself`: it
    # reloads itself
    unfit = Message("reason", "itself")
    # it imports no more, and does not listen on its port yet
    settled = Message("files")
    # it accepts; times are seconds of the wall clock, `spent` ms for each module, `changed` environment variables
    serving = Message("files", "forked", "imported", "answering", "spent", "changed")
    # absolute files and globs of any kind, named to the program's own reloader: `judged` ones are sent to it
    watch_also = Message("reloads", "judged")
    reload_for = Message("path")
    first_request = Message()
    first_response = Message()
    files_read = Message("files")
    used_modules = Message("modules", "changed", "files")
    # sent by a process that the program forked, over the same line
    child_modules = Message("modules", "files")
    # beside it: a connection between two requests
    idle_connection = Message()
    stopped_accepting = Message()
    # its child processes still accept: it has stopped when it has ended
    children_accept = Message()
    connections_cut = Message("names")
    # it waits for a line of its terminal's; `file`, `line`: in which code of the project, `request`: for a request
    prompt = Message("file", "line", "request")
    went_on = Message()
    # what its servers answered: with method, path, route, status, began and ms each, times in milliseconds
    answered = Message("requests")
    # how the program ended; `package`: whose code raised it, `busy`: the system refused it something
    program_ended = Message("code", "excerpt", "package", "busy", "files")


class FromSupervisorToTemplate:
    # beside it: the worker's end of its channel, and where its stacks are written while it is a fork probe
    fork = Message("settings")
    compile = Message("files")
    # fork no more, and end when the last worker has
    retire = Message()


class FromTemplateToSupervisor:
    ready = Message("files", "count", "ms")
    # `package` does at import what a fork does not survive: this template has ended
    not_fork_safe = Message("package", "why")
    forked = Message("number", "pid")
    exited = Message("pid", "status")


class AtStart:
    """What a worker or a template begins with: handed over in memory by a fork, or inside `fork`."""

    worker = Message(
        *("number", "program", "port", "first", "is_reported", "standby", "probe_seconds", "reloader", "preloaded")
    )
    template = Message("modules", "leave_out", "environment", "project", "program")
