"""The frameworks' own reloaders, switched off; what they print at each start, printed once a session."""

from .. import lifecycle
from ..import_hook import patch


@patch("werkzeug._reloader")
def patch_reloader(module):
    def run_without_reloader(main_func, *_, **__):
        main_func()

    module.run_with_reloader = run_without_reloader


@patch("django.utils.autoreload")
def patch_django(module):
    def run_without_reloader(main_func, *args, **kwargs):
        main_func(*args, **kwargs)

    module.run_with_reloader = run_without_reloader


@patch("bottle")
def patch_bottle(module):
    run = module.run
    module.run = lambda *args, **kwargs: run(*args, **dict(kwargs, reloader=False))


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


@patch("werkzeug.serving")
def patch_werkzeug_banner(module):
    log, log_startup = module._log, module.BaseWSGIServer.log_startup

    def quiet_log(type, message, *args, **kwargs):
        if args or not (is_repeated() and "Press CTRL+C" in str(message)):
            log(type, message, *args, **kwargs)

    module._log = quiet_log
    module.BaseWSGIServer.log_startup = lambda self: None if is_repeated() else log_startup(self)


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


@patch("fastapi_cli.cli")
def patch_fastapi_banner(module):
    get_toolkit = module.get_rich_toolkit

    def quiet_toolkit(*args, **kwargs):
        toolkit = get_toolkit(*args, **kwargs)
        toolkit.console.quiet = is_repeated()
        return toolkit

    module.get_rich_toolkit = quiet_toolkit
