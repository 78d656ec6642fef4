"""Boosts: a stream of who pushed what, and when."""

from __future__ import annotations

from collections import deque

REMEMBERED = 200


class InProcessBoosts:
    kind = "in-process stream"
    embedded = True
    where = "this process"

    def __init__(self) -> None:
        self._boosts: deque[dict] = deque(maxlen=REMEMBERED)

    def publish(self, boost: dict) -> None:
        self._boosts.append(boost)

    def recent(self) -> list[dict]:
        """Newest first."""
        return list(self._boosts)[::-1]

    def check(self) -> None:
        """Memory reads what it wrote."""

    def seed(self) -> None:
        """A stream starts empty."""
