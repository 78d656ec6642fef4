"""Fans: who stands behind what, and how keenly."""

from __future__ import annotations

import threading

from web.seed import FANS

CROWD = "The crowd"
KEENEST = 12


class InProcessFans:
    kind = "in-process graph"
    embedded = True
    where = "this process"

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._weights: dict[tuple[str, str], int] = {}
        self.seed()

    def by_symbol(self) -> dict[str, list[dict]]:
        symbols: dict[str, list[dict]] = {}
        with self._lock:
            keenest_first = sorted(self._weights.items(), key=lambda item: (-item[1], item[0]))
        for (fan, symbol), weight in keenest_first:
            symbols.setdefault(symbol, []).append({"fan": fan, "weight": weight})
        return symbols

    def cheer(self, symbol: str) -> None:
        with self._lock:
            self._weights[CROWD, symbol] = min(KEENEST, self._weights.get((CROWD, symbol), 0) + 1)

    def check(self) -> None:
        """Memory reads what it wrote."""

    def seed(self) -> None:
        for fan, symbol, weight in FANS:
            self._weights.setdefault((fan, symbol), weight)
