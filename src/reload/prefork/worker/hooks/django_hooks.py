"""Django's own reloader, with devpm's watcher in the place of its loop.

It announces itself to the project, which names folders to watch: of templates and translations, and what its libraries
add. Of each change there the project is asked first: templates are read again without a reload.
"""

import _signal
import sys

from ...shared.messages import FromWorkerToSupervisor
from .. import lifecycle, plain_reloader
from ..import_hook import patch


@patch("django.utils.autoreload")
def patch_autoreload(module):
    def run_with_reloader(main_func, *args, **kwargs):
        _signal.signal(_signal.SIGTERM, lambda *_: sys.exit(0))
        plain_reloader.ask("django")
        announce(module)
        try:
            main_func(*args, **kwargs)
        except KeyboardInterrupt:
            pass

    module.run_with_reloader = run_with_reloader


def announce(module):
    """Before it serves: no template has been read by then. What fails here fails again, and is shown, where it runs."""
    worker = lifecycle.own_worker()
    if worker is None or getattr(module, "_exception", None) is not None:
        return
    reloader = module.BaseReloader()
    try:
        module.autoreload_started.send(sender=reloader)
    except Exception:
        return
    globs = [f"{folder}/{glob}" for folder, found in reloader.directory_globs.items() for glob in found]
    worker.judge = lambda path: in_thread(judge, module, reloader, path)
    worker.link.tell(
        FromWorkerToSupervisor.watch_also(judged=globs, reloads=[str(file) for file in reloader.extra_files])
    )


def judge(module, reloader, path):
    """Reloads for what no receiver has dealt with."""
    import pathlib

    answers = module.file_changed.send(sender=reloader, file_path=pathlib.Path(path))
    if not any(answer for _, answer in answers):
        lifecycle.current.link.tell(FromWorkerToSupervisor.reload_for(path=path))


def in_thread(work, *arguments):
    """One that Python knows: it runs the project's code."""
    import threading

    threading.Thread(target=work, args=arguments, name="django-autoreload", daemon=True).start()


@patch("django_extensions.management.commands.runserver_plus")
def patch_runserver_plus(module):
    """It has Werkzeug's reloader, which asks for Django's templates by itself."""
    inner_run = module.Command.inner_run

    def announced(self, options):
        if options["use_reloader"]:
            announce(sys.modules["django.utils.autoreload"])
        inner_run(self, options)

    module.Command.inner_run = announced
