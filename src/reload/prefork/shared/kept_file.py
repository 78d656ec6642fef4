"""What is kept in devpm's cache from start to start: read only where it is whole, and for what it was made of.

The cache is the instance's own, which only its user can write to.
"""

import _imp
import _io
import marshal
import os

KEY = 0
DIGEST_BYTES = 8


def read(path, head):
    """What `write` was given for the same head; None where that is not there."""
    try:
        with _io.FileIO(path) as file:
            content = file.readall()
    except OSError:
        return None
    start = len(head) + DIGEST_BYTES
    body = content[start:]
    if content[:start] != head + digest(body):
        return None
    return marshal.loads(body)


def write(path, head, value):
    """`head` ends with a line break."""
    body = marshal.dumps(value)
    beside = f"{path}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(path), 0o700, exist_ok=True)
        with _io.FileIO(beside, "x") as file:
            file.write(head + digest(body) + body)
        os.replace(beside, path)
    except OSError:
        forget(beside)  # a full disk: it is made each time


def forget(path):
    try:
        os.unlink(path)
    except OSError:
        pass


def digest(body):
    return _imp.source_hash(KEY, body)
