"""The code of this program, kept from start to start: to compile it takes longer than to load what it starts.

devpm lets no Python write bytecode beside sources, and the folder that it is installed in may be another user's. What
is kept lies in the instance's own cache, a file a module. It is used for exactly the file, path included, that it was
made of.
"""

# importlib.machinery's own home: the package around it brings `warnings`
import _frozen_importlib_external as machinery
import os
import sys

from .shared import kept_file


def keep(folders, cache):
    """What is imported from these folders comes from `cache`, where it is there; None: there is none."""
    if not cache:
        return
    kept = os.path.join(cache, "prefork", sys.implementation.cache_tag)

    class KeptLoader(machinery.SourceFileLoader):
        def source_to_code(self, data, path):
            """Without texts for its reader: 60 kB beside each app."""
            return compile(data, path, "exec", dont_inherit=True, optimize=2)

        def get_code(self, fullname):
            return code_of(self, os.path.join(kept, fullname))

    for folder in folders:
        sys.path_importer_cache[folder] = machinery.FileFinder(folder, (KeptLoader, [".py"]))


def code_of(loader, kept):
    head = head_of(loader.path)
    code = kept_file.read(kept, head)
    if code is None:
        code = loader.source_to_code(loader.get_data(loader.path), loader.path)
        kept_file.write(kept, head, code)
    return code


def head_of(path):
    """From before it is read: an mtime can be set, a ctime cannot."""
    stat = os.stat(path)
    state = (machinery.MAGIC_NUMBER, path, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)
    return repr(state).encode("utf-8", "surrogateescape") + b"\n"
