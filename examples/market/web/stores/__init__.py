"""Where the market keeps things: a real service where its address is set, else something embedded.

    DATABASE_URL      postgresql://user:password@host:port/database     else a SQLite file
    NEO4J_URI         bolt://host:port, with NEO4J_AUTH user/password   else in this process
    KAFKA_BOOTSTRAP   host:port                                         else in this process

Opening connects to nothing: each store connects, and seeds itself, when it is first used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from web.stores.unreachable import StoreUnreachable

__all__ = ["StoreUnreachable", "Stores", "open_stores"]


@dataclass(frozen=True)
class Stores:
    listings: Any
    fans: Any
    boosts: Any

    def by_role(self) -> dict[str, Any]:
        return {"listings": self.listings, "fans": self.fans, "boosts": self.boosts}


def open_stores(environ: Mapping[str, str]) -> Stores:
    return Stores(
        listings=_listings(environ.get("DATABASE_URL")),
        fans=_fans(environ.get("NEO4J_URI"), environ.get("NEO4J_AUTH")),
        boosts=_boosts(environ.get("KAFKA_BOOTSTRAP")),
    )


# A client is imported only where it is used: without its service, it costs nothing at a reload.


def _listings(url: str | None):
    if url:
        from web.stores.postgres_listings import PostgresListings

        return PostgresListings(url)
    from web.stores.listings import SqliteListings

    return SqliteListings()


def _fans(uri: str | None, auth: str | None):
    if uri:
        from web.stores.neo4j_fans import Neo4jFans

        return Neo4jFans(uri, auth)
    from web.stores.fans import InProcessFans

    return InProcessFans()


def _boosts(bootstrap: str | None):
    if bootstrap:
        from web.stores.kafka_boosts import KafkaBoosts

        return KafkaBoosts(bootstrap)
    from web.stores.boosts import InProcessBoosts

    return InProcessBoosts()
