"""The market: what the three stores hold, put together."""

from __future__ import annotations

import time

from web.hype import change_percent, hype_score, price_at
from web.stores import Stores, StoreUnreachable


class UnknownSymbol(Exception):
    def __init__(self, symbol: str):
        super().__init__(f"nothing called {symbol!r} is traded here")


class Market:
    def __init__(self, stores: Stores):
        self._stores = stores

    def quotes(self, now: float) -> list[dict]:
        quotes = []
        for listing in self._stores.listings.all():
            price = price_at(listing["opening"], listing["symbol"], now)
            quotes.append({**listing, "price": price, "change": change_percent(listing["opening"], price)})
        return quotes

    def hype(self, now: float) -> tuple[list[dict], list[dict]]:
        """Every symbol with its score, and the boosts that went into it, newest first."""
        fans = self._stores.fans.by_symbol()
        boosts = self._stores.boosts.recent()
        symbols = []
        for quote in self.quotes(now):
            behind = fans.get(quote["symbol"], [])
            ages = [now - boost["at"] for boost in boosts if boost["symbol"] == quote["symbol"]]
            score = hype_score(quote["change"], [fan["weight"] for fan in behind], ages)
            symbols.append({**quote, "score": score, "fans": behind})
        return symbols, boosts

    def boost(self, symbol: str, now: float) -> None:
        """One boost is counted with the listing, makes its fans keener, and goes out on the stream."""
        if not self._stores.listings.count_boost(symbol):
            raise UnknownSymbol(symbol)
        self._stores.fans.cheer(symbol)
        self._stores.boosts.publish({"symbol": symbol, "at": now})

    def check_stores(self) -> list[dict]:
        return [self._check(role, store) for role, store in self._stores.by_role().items()]

    def _check(self, role: str, store) -> dict:
        report = {"role": role, "kind": store.kind, "where": store.where, "embedded": store.embedded}
        started = time.perf_counter()
        try:
            store.check()
        except StoreUnreachable as error:
            return {**report, "ok": False, "ms": None, "error": error.reason}
        return {**report, "ok": True, "ms": round((time.perf_counter() - started) * 1000, 1), "error": None}
