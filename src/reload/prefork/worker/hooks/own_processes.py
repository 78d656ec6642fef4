"""Servers that start further pythons, or reload themselves. Where one process does the same, the program gets that one;
else devpm's engine restarts the program, or leaves it alone where it reloads itself.
"""

from ..import_hook import patch
from ..lifecycle import own_worker


def gives_up(holder, name, reason):
    """Before it does its work. `reason`, given its first argument, returns (why, whether it reloads itself)."""
    plain = getattr(holder, name)

    def elsewhere(*args, **kwargs):
        worker = own_worker()
        if worker is not None:
            worker.is_unfit(*reason(*args[:1]))
        return plain(*args, **kwargs)

    setattr(holder, name, elsewhere)


def itself(why):
    return lambda *_: (why, True)


def starts(server, count):
    return f"{server} starts {count} workers, each a python of its own", False


@patch("uvicorn.supervisors.multiprocess")
def patch_uvicorn(module):
    gives_up(module.Multiprocess, "run", lambda self: starts("uvicorn", self.config.workers))


@patch("granian.server.common")
def patch_granian(module):
    def reason(self):
        own = self.reload_on_changes
        return ("granian's own reloader is on" if own else "granian's workers are pythons of their own"), own

    gives_up(module.AbstractServer, "serve", reason)


@patch("sanic.mixins.startup")
def patch_sanic(module):
    plain = module.StartupMixin.serve.__func__

    def serve(cls, *args, **kwargs):
        worker = own_worker()
        if worker is not None and cls.should_auto_reload():
            worker.is_unfit("sanic's own reloader is on", itself=True)
        elif worker is not None:
            worker.is_unfit("sanic starts each worker as a python of its own; with `single_process` it is warm")
        return plain(cls, *args, **kwargs)

    module.StartupMixin.serve = classmethod(serve)


@patch("watchfiles.run")
def patch_watchfiles(module):
    gives_up(module, "run_process", itself("watchfiles restarts it"))


@patch("hupper.reloader")
def patch_hupper(module):
    gives_up(module, "start_reloader", itself("hupper restarts it"))


@patch("streamlit.web.bootstrap")
def patch_streamlit(module):
    for name in ("run", "run_asgi_app"):
        if hasattr(module, name):
            gives_up(module, name, itself("streamlit runs a saved script again"))


@patch("gradio.cli.commands.reload")
def patch_gradio(module):
    gives_up(module, "_setup_config", itself("the command `gradio` reloads the app in its process"))


@patch("hypercorn.run")
def patch_hypercorn(module):
    """It starts a process even for one worker; with none it serves in its own."""
    plain = module.run

    def run(config):
        worker = own_worker()
        if worker is not None and config.workers > 1:
            worker.is_unfit(*starts("hypercorn", config.workers))
        elif worker is not None:
            config.workers, config.use_reloader = 0, False
        return plain(config)

    module.run = run


@patch("litestar.cli.commands.core")
def patch_litestar(module):
    """To have uvicorn reload, it starts uvicorn as a program of its own."""
    plain = module._run_uvicorn_in_subprocess

    def run(*, env, workers, certfile_path, keyfile_path, **options):
        worker, count = own_worker(), workers or 1
        if worker is not None and count > 1:
            worker.is_unfit(*starts("litestar", count))
        if worker is None or count > 1:
            plain(env=env, workers=workers, certfile_path=certfile_path, keyfile_path=keyfile_path, **options)
            return
        from importlib import import_module

        address = {name: options[name] for name in ("host", "port", "fd", "uds")}
        tls = {"ssl_certfile": certfile_path, "ssl_keyfile": keyfile_path}
        import_module("uvicorn").run(env.app_path, factory=env.is_app_factory, **address, **tls)

    module._run_uvicorn_in_subprocess = run
