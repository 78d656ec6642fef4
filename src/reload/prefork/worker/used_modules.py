"""What an app has loaded that is not its own: what the next workers are to find loaded already."""

import itertools
import os
import sys

from ..shared import project_sources
from ..shared.messages import FromWorkerToSupervisor
from ..shared.paths import is_project

SOME = 50

start_environment = {}
# loaded already, some of it for devpm's own use: every fork has it
start_modules = set()


def before_program():
    start_environment.update(os.environ)
    note_modules()


def note_modules():
    """In a template too: each of its workers would copy the pages on which the names lie, half a megabyte."""
    start_modules.update(newest(0))


def report(link):
    """In a thread of its own, after the first response."""
    link.tell(
        FromWorkerToSupervisor.used_modules(
            modules=libraries(), changed=environment_changes(), files=project_sources.current.take()
        )
    )


def libraries():
    """Names in the order in which their import began, so that preloading repeats it."""
    found = []
    for name in newest(SOME):
        module = sys.modules.get(name)
        spec = getattr(module, "__spec__", None)
        if name in start_modules or name == "__main__" or name.startswith("_devpm_prefork"):
            continue
        if spec is None or spec.name != name:
            continue
        origin = spec.origin if spec.has_location else None
        if origin is None and spec.loader is None:
            continue  # a namespace package: its parts bring it along
        if origin is None or not is_project(origin):
            found.append(name)
    return found


def newest(more):
    """They stand at the end: to look at each module would make the fork copy what it shares, a megabyte of it. So many
    more than have come, for some that were there may have been removed.
    """
    count = len(sys.modules) - len(start_modules) + more
    return reversed(list(itertools.islice(reversed(sys.modules), max(more, count))))


def environment_changes():
    """What the project itself set before it imported libraries: they may have read it at import."""
    now = dict(os.environ)
    changed = {key: value for key, value in now.items() if start_environment.get(key) != value}
    changed.update({key: None for key in start_environment if key not in now})
    return changed
