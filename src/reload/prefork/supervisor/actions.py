"""What a policy may ask of the supervisor: every action with its fields. `Supervisor.do_<action>` performs it."""

from ..shared.messages import Message


class Action:
    # `to`: a worker or a template
    tell = Message("to", "message")
    # to devpm's engine
    report = Message("what", "fields")
    # the same with the next one, so that the engine, which takes a core for a moment, leaves it to a worker that begins
    report_with_next = Message("what", "fields")
    # once the request that waits for this worker is answered, where one does
    report_after_response = Message("what", "fields")
    send_held = Message()
    # it cannot be kept warm; `worker` asks whether it is to go on as it is
    give_up = Message("worker", "reason", "itself")
    # to the user
    notice = Message("text")
    # performs another action later
    after = Message("seconds", "action")

    # the current worker retires, and another one begins
    replace_worker = Message("cause")
    # `use_template`: it may be forked with the libraries loaded
    start_worker = Message("cause", "use_template")
    # once no other worker runs
    start_when_alone = Message("cause")
    # what this worker was to do is done by another one, from the start
    begin_again = Message("worker")
    retire_current = Message()
    retire = Message("worker", "number")
    finish_retiring = Message()
    finish = Message("worker", "number")
    note_stopped = Message("worker")
    kill = Message("worker")
    # it is retired, and had its time
    cut_short = Message("worker")
    note_exit = Message("pid", "status")
    # how a worker ended is looked at again
    confirm_exit = Message("worker")

    # it waits at a prompt of the program's
    note_prompt = Message("worker", "file", "line", "request")
    note_going_on = Message("worker")
    # it has gone on, unless another prompt has followed
    close_prompt = Message("worker", "prompt")

    # what was saved until now, before its question whether it may serve is answered
    answer_checkpoint = Message("worker")
    # the reload at the end of a burst, in place of one that was due before; None: none is due any more
    reload_at_end = Message("seconds")
    # what runs is outdated
    reload_stale = Message()
    # it serves; `times`: of its start, `saved`: while it began
    note_serving = Message("worker", "times", "seconds", "saved")
    # `suspected`: a saved file that it may have read without noting it
    check_files = Message("worker", "suspected")
    # no one has saved what may be the app's own writing
    end_pause = Message()
    # gone, or put back unnoticed: its folder may have gone with it
    look_again = Message("path")
    check_interpreter = Message()
    # more than a fork is needed
    report_cold = Message("reason")
    watch_files = Message("files")
    # files and globs that the program has named to its own reloader
    watch_also = Message("reloads", "judged")
    # one of them was saved, and the program has not dealt with it by itself
    note_save = Message("path")

    grant_listeners = Message()
    keep_listener = Message("worker", "fd", "wanted")
    # the app binds without asking: nothing may be in its way
    bypass = Message()
    drop_unclaimed = Message("worker")
    keep_idle = Message("fds")
    give_idle = Message()
    show_page = Message()
    hide_page = Message()
    # a connection to the page
    admit = Message("listener")

    # a look at a probe that may hang in what it inherited
    check_probe = Message("worker", "phase", "since")
    end_probe = Message("worker")
    # another worker without libraries in the place of this one, to compare
    start_control = Message("worker")
    leave_out = Message("package", "why")
    stop_preloading = Message("why")

    # what the next fork is to find ready
    prepare = Message()
    # the session's other apps have started, or take too long
    begin_preloading = Message()
    ask_modules = Message("worker")
    # its template was to have forked it by now
    check_fork = Message("worker")
    remember_modules = Message("modules", "left_out")
    fork_template = Message()
    use_template = Message("template")
    drop_template = Message()
    close_template = Message("template")
    prepare_standby = Message()
    drop_standby = Message()
