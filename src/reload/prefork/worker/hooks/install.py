"""Registers every hook, and has them applied: to what is imported from now on, and to what is loaded already."""

import sys

from ..import_hook import PATCHES, Finder, apply
from . import (  # noqa: F401
    debugger_hooks,
    django_hooks,
    frameworks,
    own_processes,
    prompt_hooks,
    queues,
    request_hooks,
    sockets,
    socketserver_hooks,
    twisted_hooks,
    uvicorn_hooks,
)


def install():
    sys.meta_path.insert(0, Finder())
    for name in PATCHES:
        if name in sys.modules:
            apply(sys.modules[name])
