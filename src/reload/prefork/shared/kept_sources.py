"""The compiled code of the project, kept from session to session. As in a fork, it is used for the same bytes alone.

Python would keep it beside the sources, and takes it for current by their time and size; devpm lets none write it.
"""

# importlib.machinery's own home: the package around it brings `warnings`
import _frozen_importlib_external as machinery
import _imp
import marshal
import os
import sys

from . import kept_file
from .file_state import KEY

# What of it, beside the version, decides how Python compiles.
SETTINGS = (sys.version, sys.flags.optimize, sorted(sys._xoptions), "PYTHONNODEBUGRANGES" in os.environ)
HEAD = repr((machinery.MAGIC_NUMBER, *SETTINGS)).encode("utf-8", "surrogateescape") + b"\n"


def place():
    """A file for each app: another command of it needs the same code."""
    cache = os.environ.get("DEVPM_CACHE")
    app = repr((sys.prefix, os.getcwd(), os.environ.get("DEVPM_APP"))).encode("utf-8", "surrogateescape")
    return cache and os.path.join(cache, f"code-{_imp.source_hash(KEY, app).hex()}")


def read():
    """path → (digest of the source, its code as bytes)."""
    path = place()
    return (path and kept_file.read(path, HEAD)) or {}


def keep(known, before):
    """`known`: path → (digest, code); `before`: what is kept now. What the project no longer loads is forgotten."""
    path = place()
    if path and digests(known) != digests(before):
        kept = {
            source: before[source] if is_same(before, source, digest) else (digest, marshal.dumps(code))
            for source, (digest, code) in known.items()
        }
        kept_file.write(path, HEAD, kept)


def digests(found):
    return {path: digest for path, (digest, _) in found.items()}


def is_same(before, path, digest):
    return path in before and before[path][0] == digest
