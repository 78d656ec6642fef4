from __future__ import annotations

from urllib.parse import urlsplit

import psycopg
from web.stores.listings import Listings
from web.stores.unreachable import unreachable


class PostgresListings(Listings):
    kind = "Postgres"
    embedded = False

    def __init__(self, url: str):
        super().__init__()
        self._url = url
        self.where = urlsplit(url).netloc.rpartition("@")[2]

    def _execute(self, statement: str, *values: object) -> list[tuple]:
        with unreachable(self.kind, self.where, psycopg.Error), self._connect() as connection:
            cursor = connection.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []

    def _connect(self) -> psycopg.Connection:
        # the encoding, because text from a server whose locale is C would come as bytes
        return psycopg.connect(self._url, connect_timeout=2, autocommit=True, client_encoding="utf8")
