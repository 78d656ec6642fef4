"""Whether memory is short: then no worker is forked ahead of a save, and the save waits for its fork."""

import os

from ..shared.text_file import text_of

PROC = "/proc"
CGROUPS = "/sys/fs/cgroup"
# From this share of all on the system swaps, or ends processes.
LEAST_SHARE = 0.1


def is_short():
    """Of the machine, or of a container or service that this runs in. Never where the system does not show it."""
    return any(free < LEAST_SHARE * whole for whole, free in (machine(), *groups()) if whole)


def machine():
    """(all, free) in kB."""
    fields = numbers(os.path.join(PROC, "meminfo"))
    return fields.get("MemTotal", 0), fields.get("MemAvailable", 0)


def groups():
    """(limit, free) in bytes: of the control group, and of those above it. Files that can be read again are free."""
    folder = own_group()
    while folder is not None:
        limits = [one for one in map(limit, (f"{folder}/memory.max", f"{folder}/memory.high")) if one is not None]
        used = limit(f"{folder}/memory.current")
        if limits and used is not None:
            kinds = numbers(f"{folder}/memory.stat")
            files = kinds.get("inactive_file", 0) + kinds.get("active_file", 0)
            yield min(limits), min(limits) - used + files
        folder = None if folder == CGROUPS else os.path.dirname(folder)


def own_group():
    """Its folder; None without control groups of version 2."""
    for line in text_of(os.path.join(PROC, "self/cgroup")).splitlines():
        path = line[len("0::") :]
        if line.startswith("0::/") and "/.." not in path:
            return os.path.normpath(CGROUPS + path)
    return None


def limit(path):
    """None where there is none: `max`, or no such file."""
    text = text_of(path).strip()
    return int(text) if text.isdigit() else None


def numbers(path):
    """name → number, in lines as `MemTotal:  24 kB` and `inactive_file 24`."""
    lines = [line.replace(":", " ").split() for line in text_of(path).splitlines()]
    return {line[0]: int(line[1]) for line in lines if len(line) > 1 and line[1].isdigit()}
