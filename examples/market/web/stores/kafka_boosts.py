from __future__ import annotations

import json
import threading
import time
import uuid
from collections import deque

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError, TopicAlreadyExistsError

from web.stores.boosts import REMEMBERED
from web.stores.unreachable import StoreUnreachable, unreachable

TOPIC = "market-boosts"
TIMEOUT_MS = 2000


class KafkaBoosts:
    kind = "Kafka"
    embedded = False

    def __init__(self, bootstrap: str):
        self.where = bootstrap
        self._partition = TopicPartition(TOPIC, 0)
        self._lock = threading.Lock()  # a consumer belongs to one thread at a time
        self._producer: KafkaProducer | None = None
        self._consumer: KafkaConsumer | None = None
        self._messages: deque[dict] = deque(maxlen=REMEMBERED)

    def publish(self, boost: dict) -> None:
        self._send(boost)

    def recent(self) -> list[dict]:
        """Newest first."""
        return [message for message in self._read() if "symbol" in message][::-1]

    def check(self) -> None:
        token = str(uuid.uuid4())
        self._send({"check": token})
        if not any(message.get("check") == token for message in self._read()):
            raise StoreUnreachable(self.kind, self.where, "it did not give back what was written")

    def seed(self) -> None:
        """A stream starts empty; its topic is made here."""
        with unreachable(self.kind, self.where, KafkaError):
            admin = KafkaAdminClient(bootstrap_servers=self.where, bootstrap_timeout_ms=TIMEOUT_MS)
            try:
                admin.create_topics({TOPIC: {"num_partitions": 1, "replication_factor": 1}}, timeout_ms=TIMEOUT_MS)
            except TopicAlreadyExistsError:
                pass
            finally:
                admin.close()

    def _send(self, message: dict) -> None:
        with self._lock, unreachable(self.kind, self.where, KafkaError):
            if self._producer is None:
                self.seed()
                self._producer = KafkaProducer(
                    bootstrap_servers=self.where,
                    bootstrap_timeout_ms=TIMEOUT_MS,
                    max_block_ms=TIMEOUT_MS,
                )
            sent = self._producer.send(TOPIC, json.dumps(message).encode(), partition=0)
            sent.get(timeout=TIMEOUT_MS / 1000)

    def _read(self) -> list[dict]:
        """All that is on the topic now, newest last: whoever just published finds it in here."""
        with self._lock, unreachable(self.kind, self.where, KafkaError):
            if self._consumer is None:
                self._consumer = self._follow()
            end = self._consumer.end_offsets([self._partition], timeout_ms=TIMEOUT_MS)[self._partition]
            deadline = time.monotonic() + TIMEOUT_MS / 1000
            while self._consumer.position(self._partition, timeout_ms=TIMEOUT_MS) < end:
                if time.monotonic() > deadline:
                    raise StoreUnreachable(self.kind, self.where, f"no messages within {TIMEOUT_MS} ms")
                for record in self._consumer.poll(timeout_ms=200).get(self._partition, []):
                    self._messages.append(json.loads(record.value))
            return list(self._messages)

    def _follow(self) -> KafkaConsumer:
        self.seed()
        consumer = KafkaConsumer(bootstrap_servers=self.where, bootstrap_timeout_ms=TIMEOUT_MS, group_id=None)
        consumer.assign([self._partition])
        end = consumer.end_offsets([self._partition], timeout_ms=TIMEOUT_MS)[self._partition]
        consumer.seek(self._partition, max(0, end - REMEMBERED))
        return consumer
