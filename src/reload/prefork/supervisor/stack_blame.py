"""Reads from the stacks of a worker that hangs or has crashed which library it was in."""

import os
import re

from ..shared.paths import is_library, package_of

FRAME = re.compile(r'File "([^"]+)", line \d+ in ')
# Waiting for the outside is no sign of a fork gone wrong.
OUTSIDE = re.compile(r"[/\\](socket|ssl|selectors|subprocess|http[/\\]client)\.py$")


def blamed(record, modules, inside_project):
    """The library in which the app's own code is stuck; None where no stack shows one."""
    loaded = {name.partition(".")[0] for name in modules}
    text = os.pread(record, 400000, 0).decode("utf-8", "replace")
    stacks = [FRAME.findall(stack) for stack in re.split(r"\n(?=(?:Current thread|Thread) 0x)", text)]
    for stack in stacks:
        package = innermost(stack, loaded)
        if package and (not inside_project or any(not is_library(path) for path in stack)):
            return package
    return None


def innermost(stack, loaded):
    if not stack or OUTSIDE.search(stack[0]):
        return None
    for path in stack:
        package = package_of(path)
        if package is not None:
            return package if package in loaded else None
        if not is_library(path):
            return None
    return None
