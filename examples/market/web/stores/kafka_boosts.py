from __future__ import annotations

import json
import threading
import time
import uuid
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError, TopicAlreadyExistsError
from web.stores.boosts import REMEMBERED
from web.stores.unreachable import StoreUnreachable, unreachable

TOPIC = "market-boosts"
PARTITION = TopicPartition(TOPIC, 0)
TIMEOUT_MS = 2000


class KafkaBoosts:
    kind = "Kafka"
    embedded = False

    def __init__(self, bootstrap: str):
        self.where = bootstrap
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
        with self._connected():
            sent = self._producer.send(TOPIC, json.dumps(message).encode(), partition=PARTITION.partition)
            sent.get(timeout=2 * TIMEOUT_MS / 1000)  # the delivery's own timeout comes first

    def _read(self) -> list[dict]:
        """The end of the topic as it is now, newest last: whoever just published finds it in here."""
        with self._connected():
            end = self._consumer.end_offsets([PARTITION], timeout_ms=TIMEOUT_MS)[PARTITION]
            deadline = time.monotonic() + TIMEOUT_MS / 1000
            while (at := self._consumer.position(PARTITION, timeout_ms=TIMEOUT_MS)) != end:
                if at > end:
                    raise StoreUnreachable(self.kind, self.where, "its topic was emptied")
                if time.monotonic() > deadline:
                    raise StoreUnreachable(self.kind, self.where, f"message {end} did not come within {TIMEOUT_MS} ms")
                for record in self._consumer.poll(timeout_ms=200).get(PARTITION, []):
                    self._messages.append(json.loads(record.value))
            return list(self._messages)

    @contextmanager
    def _connected(self) -> Iterator[None]:
        """A producer and a consumer for the block. What fails is dropped, so that the next block starts afresh."""
        with self._lock, unreachable(self.kind, self.where, KafkaError):
            try:
                if self._consumer is None:
                    self.seed()
                    self._producer = self._open_producer()
                    self._consumer = self._open_consumer()
                yield
            except (KafkaError, StoreUnreachable):
                self._disconnect()
                raise

    def _open_producer(self) -> KafkaProducer:
        return KafkaProducer(
            bootstrap_servers=self.where,
            bootstrap_timeout_ms=TIMEOUT_MS,
            max_block_ms=TIMEOUT_MS,
            request_timeout_ms=TIMEOUT_MS,
            delivery_timeout_ms=TIMEOUT_MS,  # what was reported as failed must not arrive later
        )

    def _open_consumer(self) -> KafkaConsumer:
        consumer = KafkaConsumer(bootstrap_servers=self.where, bootstrap_timeout_ms=TIMEOUT_MS, group_id=None)
        consumer.assign([PARTITION])
        end = consumer.end_offsets([PARTITION], timeout_ms=TIMEOUT_MS)[PARTITION]
        consumer.seek(PARTITION, max(0, end - REMEMBERED))
        return consumer

    def _disconnect(self) -> None:
        producer, consumer = self._producer, self._consumer
        self._producer = self._consumer = None
        self._messages.clear()
        with suppress(KafkaError):  # there may be nobody to say goodbye to
            if producer is not None:
                producer.close(timeout=0)
        with suppress(KafkaError):
            if consumer is not None:
                consumer.close(timeout_ms=0)
