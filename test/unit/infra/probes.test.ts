import { describe, expect, test } from "vitest";
import { probeFor } from "../../../src/infra/probes.ts";
import { body } from "./build.ts";

const chosen = (image: string, ...published: number[]): string | null => {
  const probe = probeFor(body({ image }), published);
  return probe && `${probe.kind} ${probe.port}`;
};

test.each([
  ["postgres:17", [5432], "postgres 5432"],
  ["docker.io/library/postgres@sha256:abc", [5432], "postgres 5432"],
  ["postgis/postgis:16", [5433], "postgres 5433"],
  ["neo4j:5", [7474, 7687], "bolt 7687"],
  ["neo4j:5", [7474], "bolt 7474"],
  ["apache/kafka:4.1.0", [9092], "kafka 9092"],
  ["docker.redpanda.com/redpandadata/redpanda:v24", [9092, 9644], "kafka 9092"],
  ["valkey/valkey:8", [6379], "redis 6379"],
  ["registry.example:5000/team/own-database:1", [5432], "postgres 5432"],
  ["minio/minio", [9000, 9001], "http 9000"],
  ["rabbitmq:4", [5672], "tcp 5672"],
  ["mailpit", [1025, 8025], "tcp 1025"],
  ["worker", [], null],
])("%s publishing %j is asked as %s", (image, ports, expected) => {
  expect(chosen(image, ...ports)).toBe(expected);
});

describe("answers", () => {
  const judge = (image: string, port: number, answer: string | Buffer) =>
    probeFor(body({ image }), [port])?.judge(Buffer.from(answer as string, "latin1"));
  const error = (code: string): string => {
    const fields = `SFATAL\0C${code}\0Mwords\0\0`;
    return `E\0\0\0${String.fromCharCode(fields.length + 4)}${fields}`;
  };

  test.each([
    ["postgres", 5432, "R\0\0\0\x0c", "usable"],
    ["postgres", 5432, error("28000"), "usable"],
    ["postgres", 5432, error("57P03"), "not yet"],
    ["postgres", 5432, error("57P03").slice(0, 9), "more"],
    ["postgres", 5432, "HTTP/1.1", "not yet"],
    ["neo4j", 7687, "\0\0\x04\x05", "usable"],
    ["neo4j", 7687, "HTTP", "not yet"],
    ["neo4j", 7687, "\0\0", "more"],
    ["kafka", 9092, "\0\0\0\x0a\0\0\0\x07\0\0\0\0", "usable"],
    ["kafka", 9092, "\0\0\0\x0a\0\0\0\x07\0\x23\0\0", "not yet"],
    ["kafka", 9092, "\0\0\0\x0a", "more"],
    ["redis", 6379, "+PONG\r\n", "usable"],
    ["redis", 6379, "-NOAUTH Authentication required.\r\n", "usable"],
    ["redis", 6379, "-LOADING Redis is loading\r\n", "not yet"],
    ["web", 8080, "HTTP/1.1 404 Not Found\r\n", "usable"],
    ["web", 8080, "HTTP/1.1 503 Service Unavailable\r\n", "not yet"],
    ["web", 8080, "HT", "more"],
  ] as const)("%s:%d %j is %s", (image, port, answer, expected) => {
    expect(judge(image, port, answer)).toBe(expected);
  });
});
