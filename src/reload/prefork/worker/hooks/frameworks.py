"""The frameworks' own reloaders, switched off, with the program none the wiser; what they print at each start, printed
once a session.
"""

import sys

from .. import lifecycle, plain_reloader
from ..import_hook import patch

# These ask whether they run in the reloader's child to decide what a child does: bind nothing, survive a failed import.
ASK_FOR_THEMSELVES = ("werkzeug.serving", "flask.cli")
USE_RELOADER = 3


@patch("werkzeug._reloader")
def patch_reloader(module):
    def run_without_reloader(main_func, extra_files=None, *_, **__):
        # by `run_simple`, or by Flask-SocketIO itself
        plain_reloader.ask("werkzeug")
        plain_reloader.watch(extra_files)
        main_func()

    module.run_with_reloader = run_without_reloader


@patch("werkzeug.serving")
def patch_run_simple(module):
    run_simple, is_child = module.run_simple, module.is_running_from_reloader

    def run_asked(*args, **kwargs):
        use_reloader = args[USE_RELOADER] if len(args) > USE_RELOADER else kwargs.get("use_reloader")
        plain_reloader.ask("werkzeug" if use_reloader else plain_reloader.NONE)
        run_simple(*args, **kwargs)

    def is_running_from_reloader():
        return is_child() and sys._getframe(1).f_globals.get("__name__") not in ASK_FOR_THEMSELVES

    module.run_simple, module.is_running_from_reloader = run_asked, is_running_from_reloader


@patch("bottle")
def patch_bottle(module):
    run = module.run

    def run_without_reloader(*args, **kwargs):
        plain_reloader.ask("bottle" if kwargs.get("reloader") else plain_reloader.NONE)
        run(*args, **dict(kwargs, reloader=False))

    module.run = run_without_reloader


@patch("tornado.autoreload")
def patch_tornado(module):
    """It would replace the worker by a python that knows nothing of this."""
    module.start = module.wait = lambda *_, **__: None


@patch("quart.app")
def patch_quart(module):
    """It would replace the worker too."""

    async def observe_nothing(_, shutdown_event):
        await shutdown_event.wait()

    module.observe_changes = observe_nothing


@patch("gunicorn.arbiter")
def patch_gunicorn(module):
    setup = module.Arbiter.setup

    def setup_without_reloader(self, app):
        if lifecycle.own_worker() is not None:
            app.cfg.set("reload", False)
        setup(self, app)

    module.Arbiter.setup = setup_without_reloader


def is_repeated():
    return lifecycle.current is not None and not lifecycle.current.is_first


@patch("flask.cli")
def patch_flask_banner(module):
    show = module.show_server_banner
    module.show_server_banner = lambda *args, **kwargs: None if is_repeated() else show(*args, **kwargs)
    loading = getattr(module, "DispatchingApp", None)
    if loading is not None:
        patch_lazy_loading(loading)


def patch_lazy_loading(loading):
    """Before 2.2 Flask imports the app in a thread where it is the reloader's child, and lives on if that fails."""
    init = loading.__init__

    def init_eager(self, loader, use_eager_loading=None):
        init(self, loader, use_eager_loading if use_eager_loading is not None else True)

    loading.__init__ = init_eager


@patch("werkzeug.serving")
def patch_werkzeug_banner(module):
    log = module._log

    def quiet_log(type, message, *args, **kwargs):
        if args or not (is_repeated() and "Press CTRL+C" in str(message)):
            log(type, message, *args, **kwargs)

    module._log = quiet_log
    # before 2.2 it is quiet_log alone that is called
    log_startup = getattr(module.BaseWSGIServer, "log_startup", None)
    if log_startup is not None:
        module.BaseWSGIServer.log_startup = lambda self: None if is_repeated() else log_startup(self)


@patch("werkzeug.debug")
def patch_debugger_banner(module):
    log = module._log

    def quiet_log(type, message, *args):
        if not (is_repeated() and message.startswith((" * Debugger is", " * Debugger PIN"))):
            log(type, message, *args)

    module._log = quiet_log


OLD_PAGE = b"<p>This page is of code that a save has replaced: reload the page.</p>"


@patch("werkzeug.debug")
def patch_old_pages(module):
    """The frames of a page are those of the worker that made it; another one would give the request to the program."""
    plain = module.DebuggedApplication.__call__

    def answer(self, environ, start_response):
        query = environ.get("QUERY_STRING", "")
        if "__debugger__=yes" not in query or not is_old(query, self.secret):
            return plain(self, environ, start_response)
        start_response("200 OK", [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(OLD_PAGE)))])
        return [OLD_PAGE]

    module.DebuggedApplication.__call__ = answer


def is_old(query, secret):
    """The request of a console, from a page with another secret than this worker's."""
    from urllib.parse import parse_qs

    sent = parse_qs(query)
    return "frm" in sent and "cmd" in sent and "s" in sent and sent["s"][-1] != secret


@patch("click.exceptions")
def patch_click(module):
    """An import error that a command line wraps into a message of its own is shown as what it is, and once."""
    for kind in (module.ClickException, module.UsageError):
        kind.show = noted_show(kind.show)


def noted_show(show):
    def noted(self, *args, **kwargs):
        worker = lifecycle.own_worker()
        if worker is not None:
            worker.hidden_error = self
            if worker.is_reported and (self.__cause__ or self.__context__) is not None:
                return
        show(self, *args, **kwargs)

    return noted


@patch("click.core")
def patch_click_abort(module):
    """Of the interrupt that ends a worker while it imports, because of a newer save, the command line says nothing."""
    echo = module.echo

    def echo_unless_replaced(*args, **kwargs):
        worker = lifecycle.own_worker()
        if worker is None or not worker.has_successor:
            echo(*args, **kwargs)

    module.echo = echo_unless_replaced


@patch("fastapi_cli.cli")
def patch_fastapi_banner(module):
    get_toolkit = module.get_rich_toolkit

    def quiet_toolkit(*args, **kwargs):
        toolkit = get_toolkit(*args, **kwargs)
        toolkit.console.quiet = is_repeated()
        return toolkit

    module.get_rich_toolkit = quiet_toolkit
