"""The learned list on disk: for this interpreter, this command and these lock files. It never holds values of variables."""

import json
import os
import sys

LOCKS = (
    "uv.lock", "poetry.lock", "Pipfile.lock", "pdm.lock", "requirements.txt", "requirements-dev.txt", "pyproject.toml",
)  # fmt: skip


class Memory:
    def __init__(self, program):
        folder = os.environ.get("DEVPM_CACHE")
        self.key = json.dumps([sys.version, sys.prefix, os.getcwd(), program, locks()])
        self.path = folder and os.path.join(folder, "warm-%08x.json" % checksum([sys.prefix, os.getcwd(), program]))

    def read(self):
        """(names of modules, package → why it is left out)."""
        try:
            with open(self.path or "", encoding="utf-8") as file:
                found = json.load(file)
            if found["key"] == self.key:
                return list(found["modules"]), dict(found["leftOut"])
        except (OSError, ValueError, KeyError, TypeError):
            pass
        return [], {}

    def write(self, modules, left_out):
        if not self.path:
            return
        try:
            os.makedirs(os.path.dirname(self.path), exist_ok=True)
            fresh = "%s.%d" % (self.path, os.getpid())
            with open(fresh, "w", encoding="utf-8") as file:
                json.dump({"key": self.key, "modules": modules, "leftOut": left_out}, file)
            os.replace(fresh, self.path)
        except OSError:
            pass  # without it the next session learns again


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

    return zlib.crc32(json.dumps(value).encode())
