import { expect, test } from "vitest";
import { advertisesElsewhere } from "../../../src/infra/advertised.ts";
import { details, summary } from "./build.ts";

const judged = (image: string, advertised: string, port: number, host = "127.0.0.1") => {
  const definition = {
    name: "m",
    folder: "/p",
    files: ["/p/compose.yml"],
    services: [],
    from: "compose" as const,
    version: "",
  };
  const context = { definition, service: "kafka", waiting: [], now: new Date(0) };
  const ports = [{ container: 9092, host: port }];
  const status = {
    service: "kafka",
    container: "m-kafka-1",
    state: "healthy" as const,
    exitCode: null,
    drift: false,
    reason: null,
    ports,
  };
  const seen = { container: summary({ image }), details: details({ env: { KAFKA_ADVERTISED_LISTENERS: advertised } }) };
  return advertisesElsewhere(context, status, seen, host);
};

test.each([
  ["apache/kafka:4.1.0", "PLAINTEXT://127.0.0.1:9092", 9092, "127.0.0.1"],
  ["apache/kafka:4.1.0", "PLAINTEXT://localhost:9092", 9092, "127.0.0.1"],
  ["apache/kafka:4.1.0", "INTERNAL://kafka:19092,EXTERNAL://localhost:9092", 9092, "127.0.0.1"],
  ["apache/kafka:4.1.0", "PLAINTEXT://build.lan:9092", 9092, "build.lan"],
  ["apache/kafka:4.1.0", "", 9092, "127.0.0.1"],
  ["postgres:17", "PLAINTEXT://nowhere:1", 9092, "127.0.0.1"],
])("%s advertising %j on port %d of %s is fine", (image, advertised, port, host) => {
  expect(judged(image, advertised, port, host)).toBeNull();
});

test.each([
  ["a port Docker chose", "PLAINTEXT://localhost:9092", 32768, "127.0.0.1"],
  ["another machine's engine", "PLAINTEXT://localhost:9092", 9092, "build.lan"],
  ["only its own network", "PLAINTEXT://kafka:9092", 9092, "127.0.0.1"],
])("%s is said, with what to write", (_what, advertised, port, host) => {
  const warning = judged("apache/kafka:4.1.0", advertised, port, host);
  expect(warning).toMatchObject({ code: "DEVPM_KAFKA_ADVERTISES_ELSEWHERE", severity: "warning" });
  expect(warning?.fixes[0]?.label).toContain(
    `ports: ["${port}:9092"], KAFKA_ADVERTISED_LISTENERS: PLAINTEXT://${host}:${port}`,
  );
});
