"""The code of this program, kept from start to start: to compile it takes longer than to load what it starts.

devpm lets no Python write bytecode beside sources, and the folder that it is installed in may be another user's. What
is kept lies in the instance's own cache, which only its user can write to, a file a module. It is used for exactly the
file, path included, that it was made of, and where no part of it is lost.
"""

# importlib.machinery's own home: the package around it brings `warnings`
import _frozen_importlib_external as machinery
import _imp
import _io
import marshal
import os
import sys

KEY = 0
DIGEST_BYTES = 8


def keep(folders, cache):
    """What is imported from these folders comes from `cache`, where it is there; None: there is none."""
    if not cache:
        return
    version = f"{sys.implementation.cache_tag}-{sys.flags.optimize}"
    kept = os.path.join(cache, "prefork", version)

    class KeptLoader(machinery.SourceFileLoader):
        def get_code(self, fullname):
            return code_of(self, os.path.join(kept, fullname))

    for folder in folders:
        sys.path_importer_cache[folder] = machinery.FileFinder(folder, (KeptLoader, [".py"]))


def code_of(loader, kept):
    head = head_of(loader.path)
    code = read(kept, head)
    if code is None:
        code = loader.source_to_code(loader.get_data(loader.path), loader.path)
        write(kept, head, marshal.dumps(code))
    return code


def head_of(path):
    """From before it is read: an mtime can be set, a ctime cannot."""
    stat = os.stat(path)
    state = (machinery.MAGIC_NUMBER, path, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)
    return repr(state).encode("utf-8", "surrogateescape") + b"\n"


def read(kept, head):
    try:
        with _io.FileIO(kept) as file:
            content = file.readall()
    except OSError:
        return None
    start = len(head) + DIGEST_BYTES
    body = content[start:]
    if content[:start] != head + digest(body):
        return None
    return marshal.loads(body)


def write(kept, head, body):
    beside = f"{kept}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(kept), 0o700, exist_ok=True)
        with _io.FileIO(beside, "x") as file:
            file.write(head + digest(body) + body)
        os.replace(beside, kept)
    except OSError:
        forget(beside)  # a full disk: it is compiled each time


def forget(path):
    try:
        os.unlink(path)
    except OSError:
        pass


def digest(body):
    return _imp.source_hash(KEY, body)
