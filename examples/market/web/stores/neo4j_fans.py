from __future__ import annotations

import threading
import uuid
from urllib.parse import urlsplit

from neo4j import GraphDatabase
from neo4j.exceptions import DriverError, Neo4jError
from web.seed import FANS
from web.stores.fans import CROWD, KEENEST
from web.stores.unreachable import StoreUnreachable, unreachable


class Neo4jFans:
    kind = "Neo4j"
    embedded = False

    def __init__(self, uri: str, auth: str | None):
        self._uri = uri
        self._auth = tuple(auth.split("/", 1)) if auth and "/" in auth else None
        self._lock = threading.Lock()
        self._driver = None
        self._seeded = False
        self.where = urlsplit(uri).netloc

    def by_symbol(self) -> dict[str, list[dict]]:
        symbols: dict[str, list[dict]] = {}
        for record in self._run(
            "MATCH (fan:Fan)-[hypes:HYPES]->(listing:Listing)"
            " RETURN listing.symbol AS symbol, fan.name AS fan, hypes.weight AS weight ORDER BY weight DESC, fan"
        ):
            symbols.setdefault(record["symbol"], []).append({"fan": record["fan"], "weight": record["weight"]})
        self._seeded = bool(symbols)  # a database that was made anew is seeded at the next call
        return symbols

    def cheer(self, symbol: str) -> None:
        self._run(
            "MERGE (fan:Fan {name: $fan}) MERGE (listing:Listing {symbol: $symbol})"
            " MERGE (fan)-[hypes:HYPES]->(listing)"
            " SET hypes.weight = CASE WHEN coalesce(hypes.weight, 0) < $most"
            " THEN coalesce(hypes.weight, 0) + 1 ELSE $most END",
            fan=CROWD,
            symbol=symbol,
            most=KEENEST,
        )

    def check(self) -> None:
        token = str(uuid.uuid4())
        self._run("MERGE (check:Check {id: 1}) SET check.token = $token", token=token)
        [record] = self._run("MATCH (check:Check {id: 1}) RETURN check.token AS token")
        if record["token"] != token:
            raise StoreUnreachable(self.kind, self.where, "it did not give back what was written")

    def seed(self) -> None:
        self._execute(
            "UNWIND $fans AS row MERGE (fan:Fan {name: row[0]}) MERGE (listing:Listing {symbol: row[1]})"
            " MERGE (fan)-[hypes:HYPES]->(listing) ON CREATE SET hypes.weight = row[2]",
            fans=[list(row) for row in FANS],
        )

    def _run(self, query: str, **values: object) -> list:
        with self._lock:
            if not self._seeded:
                self.seed()
                self._seeded = True
        try:
            return self._execute(query, **values)
        except StoreUnreachable:
            self._seeded = False  # it may come back empty
            raise

    def _execute(self, query: str, **values: object) -> list:
        with unreachable(self.kind, self.where, DriverError, Neo4jError):
            if self._driver is None:
                self._driver = GraphDatabase.driver(
                    self._uri,
                    auth=self._auth,
                    connection_timeout=2,
                    max_transaction_retry_time=2,
                    notifications_min_severity="OFF",
                )
            return self._driver.execute_query(query, values, database_="neo4j").records
