from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class StoreUnreachable(Exception):
    """A service is configured but does not answer. Never papered over with the embedded store: data would split."""

    def __init__(self, kind: str, where: str, reason: str):
        super().__init__(f"{kind} at {where}: {reason}")
        self.reason = reason


@contextmanager
def unreachable(kind: str, where: str, *errors: type[Exception]) -> Iterator[None]:
    """Turns a client's own errors into the one the routes know."""
    try:
        yield
    except errors as error:
        [reason, *_] = str(error).splitlines() or [type(error).__name__]
        raise StoreUnreachable(kind, where, reason.rstrip(": ")) from error
