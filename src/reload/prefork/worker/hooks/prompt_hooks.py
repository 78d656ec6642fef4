"""Debuggers that read the terminal: how long they keep the program stopped; and the answer of a request given up."""

import os
import sys

from ..abandoned import Abandoned
from ..import_hook import patch
from ..lifecycle import own_worker

NO_TERMINAL = "pudb draws on a whole terminal, which an app has none of (PUDB_TTY names one): pdb takes its place"


@patch("pdb")
def patch_pdb(module):
    """Its subclasses (ipdb's) come through here too."""
    interaction = module.Pdb.interaction

    def interaction_of_session(self, *args, **kwargs):
        worker = own_worker()
        if worker is None:
            return interaction(self, *args, **kwargs)
        worker.prompts.stop()
        try:
            return interaction(self, *args, **kwargs)
        finally:
            worker.prompts.go_on()

    module.Pdb.interaction = interaction_of_session


@patch("pudb")
def patch_pudb(module):
    """It would wait for ever for the keys of a terminal; PUDB_TTY names one."""
    stop = module.set_trace

    def set_trace(*args, **kwargs):
        if own_worker() is None or "PUDB_TTY" in os.environ:
            return stop(*args, **kwargs)
        import pdb

        sys.stderr.write(f"devpm: {NO_TERMINAL}\n")
        return pdb.Pdb().set_trace(sys._getframe(1))

    module.set_trace = set_trace


@patch("django.core.handlers.exception")
def patch_django(module):
    respond = module.response_for_exception

    def respond_to_abandoned(request, exc):
        if not isinstance(exc, Abandoned):
            return respond(request, exc)
        return sys.modules["django.http"].HttpResponse(str(exc), status=503, content_type="text/plain; charset=utf-8")

    module.response_for_exception = respond_to_abandoned
