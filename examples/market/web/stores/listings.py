"""Listings: what is traded, in SQL. The statements are the same for SQLite and Postgres."""

from __future__ import annotations

import sqlite3
import threading
import uuid
from contextlib import closing
from pathlib import Path

from web.seed import LISTINGS
from web.stores.unreachable import StoreUnreachable, unreachable

DATABASE = Path(__file__).resolve().parents[2] / ".data" / "market.db"

TABLES = """
CREATE TABLE IF NOT EXISTS market_listings (
    symbol  VARCHAR(12) PRIMARY KEY,
    name    VARCHAR(80) NOT NULL,
    opening DOUBLE PRECISION NOT NULL,
    boosts  INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS market_checks (
    id    INTEGER PRIMARY KEY,
    token VARCHAR(36) NOT NULL
)"""


class Listings:
    """One connection per call: a service that was restarted is simply there again at the next one."""

    def __init__(self) -> None:
        self._seeding = threading.Lock()
        self._seeded = False

    def all(self) -> list[dict]:
        rows = self._run("SELECT symbol, name, opening, boosts FROM market_listings ORDER BY symbol")
        return [
            {"symbol": symbol, "name": name, "opening": opening, "boosts": boosts}
            for symbol, name, opening, boosts in rows
        ]

    def count_boost(self, symbol: str) -> bool:
        """False: nothing of that name is listed."""
        listed = self._run("SELECT 1 FROM market_listings WHERE symbol = %s", symbol)
        self._run("UPDATE market_listings SET boosts = boosts + 1 WHERE symbol = %s", symbol)
        return bool(listed)

    def check(self) -> None:
        token = str(uuid.uuid4())
        self._run(
            "INSERT INTO market_checks (id, token) VALUES (1, %s)"
            " ON CONFLICT (id) DO UPDATE SET token = excluded.token",
            token,
        )
        if self._run("SELECT token FROM market_checks WHERE id = 1") != [(token,)]:
            raise StoreUnreachable(self.kind, self.where, "it did not give back what was written")

    def seed(self) -> None:
        for table in TABLES.split(";"):
            self._execute(table)
        for listing in LISTINGS:
            self._execute(
                "INSERT INTO market_listings (symbol, name, opening) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                *listing,
            )

    def _run(self, statement: str, *values: object) -> list[tuple]:
        with self._seeding:
            if not self._seeded:
                self.seed()
                self._seeded = True
        try:
            return self._execute(statement, *values)
        except StoreUnreachable:
            self._seeded = False  # it may come back empty
            raise

    def _execute(self, statement: str, *values: object) -> list[tuple]:
        raise NotImplementedError


class SqliteListings(Listings):
    kind = "SQLite"
    embedded = True
    where = str(DATABASE)

    def _execute(self, statement: str, *values: object) -> list[tuple]:
        with unreachable(self.kind, self.where, sqlite3.Error, OSError):
            DATABASE.parent.mkdir(exist_ok=True)
            with closing(sqlite3.connect(DATABASE, timeout=2)) as connection, connection:
                return connection.execute(statement.replace("%s", "?"), values).fetchall()
