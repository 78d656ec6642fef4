"""The list of libraries on disk, for this interpreter, command and lock files. It holds no values of variables.

A line for what it is the list of, and then one for each module; for a package that is left out, with the reason.
"""

import os
import sys

LOCKS = (
    "uv.lock", "poetry.lock", "Pipfile.lock", "pdm.lock", "requirements.txt", "requirements-dev.txt", "pyproject.toml",
)  # fmt: skip


SEPARATOR = "\t"


class ModuleList:
    def __init__(self, program):
        folder = os.environ.get("DEVPM_CACHE")
        self.key = repr([sys.version, sys.prefix, os.getcwd(), program, locks()])
        self.path = folder and os.path.join(folder, f"warm-{checksum(repr([sys.prefix, os.getcwd(), program])):08x}")

    def read(self):
        """(names of modules, package → why it is left out)."""
        try:
            with open(self.path or "", encoding="utf-8") as file:
                key, *lines = file.read().splitlines()
        except (OSError, ValueError):
            return [], {}
        if key != self.key:
            return [], {}
        found = [line.split(SEPARATOR) for line in lines]
        return [line[0] for line in found if len(line) == 1], dict(line for line in found if len(line) == 2)

    def do_remember_modules(self, modules, left_out):
        if not self.path:
            return
        fresh = f"{self.path}.{os.getpid()}"
        try:
            os.makedirs(os.path.dirname(self.path), exist_ok=True)
            with open(fresh, "w", encoding="utf-8") as file:
                left = (package + SEPARATOR + why for package, why in left_out.items())
                file.writelines(line + "\n" for line in (self.key, *modules, *left))
            os.replace(fresh, self.path)
        except OSError:
            forget(fresh)  # a full disk: without it the next session learns again


def forget(path):
    try:
        os.unlink(path)
    except OSError:
        pass


def locks():
    found = []
    for name in LOCKS:
        try:
            stat = os.stat(name)
        except OSError:
            continue
        found.append([name, stat.st_mtime_ns, stat.st_size])
    return found


def checksum(value):
    import zlib

    return zlib.crc32(value.encode())
