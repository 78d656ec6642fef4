import { describe, expect, test } from "vitest";
import { age, serviceFailed } from "../../../src/infra/diagnose-service.ts";
import { failureIn } from "../../../src/infra/failure.ts";
import { PullProgress, stepIn } from "../../../src/infra/progress.ts";
import { tellingLines } from "../../../src/infra/reasons.ts";
import { transition } from "../../../src/infra/watch.ts";
import { verdict } from "../../../src/infra/verdict.ts";
import { body, details, summary } from "./build.ts";
import type { ServiceStatus } from "../../../src/model/service-status.ts";

describe("what the engine's refusals mean", () => {
  test.each([
    [
      "Error response from daemon: driver failed programming external connectivity on endpoint m-db-1 (0123456789ab): Bind for 0.0.0.0:5432 failed: port is already allocated",
      { kind: "port", port: 5432 },
    ],
    [
      "Error response from daemon: failed to set up container networking: driver failed programming external connectivity on endpoint m-db-1 (0123456789ab): Error starting userland proxy: listen tcp4 127.0.0.1:5432: bind: address already in use",
      { kind: "port", port: 5432 },
    ],
    [
      "Error response from daemon: Ports are not available: exposing port TCP 127.0.0.1:6379 -> 0.0.0.0:0: listen tcp 127.0.0.1:6379: bind: address already in use",
      { kind: "port", port: 6379 },
    ],
    ["rootlessport listen tcp 0.0.0.0:80: bind: permission denied", { kind: "other" }],
    [
      "Error response from daemon: manifest for postgres:99 not found: manifest unknown: manifest unknown",
      { kind: "image", why: "unknown" },
    ],
    [
      "Error response from daemon: pull access denied for secret/db, repository does not exist or may require 'docker login': denied",
      { kind: "image", why: "unknown" },
    ],
    [
      'Error response from daemon: Get "https://registry.example/v2/": dial tcp: lookup registry.example on 10.0.0.1:53: no such host',
      { kind: "image", why: "offline" },
    ],
    [
      'Error response from daemon: Get "http://127.0.0.1:9/v2/": dial tcp 127.0.0.1:9: connect: connection refused',
      { kind: "image", why: "offline" },
    ],
    [
      'Error response from daemon: Get "https://r.example/v2/": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)',
      { kind: "image", why: "offline" },
    ],
    ["toomanyrequests: You have reached your pull rate limit.", { kind: "image", why: "limit" }],
    ["Error response from daemon: unauthorized: authentication required", { kind: "image", why: "denied" }],
    ["no matching manifest for linux/arm64/v8 in the manifest list entries", { kind: "image", why: "platform" }],
    ["exec /docker-entrypoint.sh: exec format error", { kind: "platform" }],
    ["write /var/lib/docker/tmp/x: no space left on device", { kind: "disk" }],
    ["dependency failed to start: container m-db-1 is unhealthy", { kind: "dependency", container: "m-db-1" }],
    ["Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?", { kind: "lost" }],
    ["Error response from daemon: network shop_net not found", { kind: "network", network: "shop_net" }],
    ["network shop.net declared as external, but could not be found", { kind: "network", network: "shop.net" }],
    ["Error response from daemon: network 0123456789ab0123456789ab not found", { kind: "other" }],
    ["something else entirely", { kind: "other" }],
    ["", { kind: "other" }],
  ])("%s", (text, expected) => {
    expect(failureIn(text)).toMatchObject(expected);
  });

  test("of a whole output the telling line, without the prefixes of the layers above", () => {
    const output =
      " Container m-db-1  Starting\nError response from daemon: Bind for 127.0.0.1:5432 failed: port is already allocated\n";
    expect(failureIn(output).words).toBe("Bind for 127.0.0.1:5432 failed: port is already allocated");
  });
});

describe("progress", () => {
  test.each([
    [" Container market-kafka-1  Started", { subject: "market-kafka-1", detail: "started" }],
    [" Network market_default  Created", null],
    [" kafka Pulling ", { subject: "kafka", detail: "pulling" }],
    ["time=… level=warning msg=…", null],
  ])("%s", (line, expected) => {
    expect(stepIn(line)).toEqual(expected);
  });

  test("the layers of a pull are one sum, said in tenths", () => {
    const progress = new PullProgress();
    const said = [
      " 5a7813e071bf Pulling fs layer ",
      " 5a7813e071bf Downloading [>     ]  100kB/10MB",
      " 5a7813e071bf Downloading [>     ]  200kB/10MB",
      " 0000000000aa Downloading [==>   ]  5MB/10MB",
      " 5a7813e071bf Download complete ",
      " 0000000000aa Downloading [====> ]  9MB/10MB",
      " 0000000000aa Pull complete ",
      " 5a7813e071bf Pull complete ",
      " kafka Pulled ",
    ].map((line) => progress.take(line));
    expect(said).toEqual([
      null,
      "pulling, 0.1 of 10 MB",
      null,
      "pulling, 5.2 of 20 MB",
      "pulling, 15 of 20 MB",
      "pulling, 19 of 20 MB",
      "pulling, 20 of 20 MB",
      null,
      null,
    ]);
  });
});

test("where the compose file has changed since a container was made that ends, the first fix makes it anew", () => {
  const definition = {
    ...{ name: "shop", folder: "/p", files: ["/p/compose.yml"], services: [body()] },
    ...({ from: "compose", version: "2.40.0" } as const),
  };
  const context = { definition, service: "db", waiting: [], now: new Date(0) };
  const seen = { container: summary(), details: details({ state: "exited", exitCode: 1 }) };
  const firstFix = (drift: boolean) =>
    serviceFailed(context, { ...verdict(body(), seen, "2.40.0", new Date(0)), drift }, seen, []).fixes[0]?.command;
  expect(firstFix(false)).toBe("docker compose -f /p/compose.yml logs db");
  expect(firstFix(true)).toBe("docker compose -f /p/compose.yml up -d db && devpm dev");
});

test("of a log the lines that sound like a cause, once each", () => {
  expect(
    tellingLines(["booting", "FATAL: no", "FATAL: no", "bye", "  ", "Error: x", "could not: denied", "panic: y"]),
  ).toEqual(["Error: x", "could not: denied", "panic: y"]);
  expect(tellingLines(["one", "two", "three", "four"])).toEqual(["two", "three", "four"]);
  expect(tellingLines([])).toEqual([]);
  const ends = ["[main] ERROR broker - cannot register", "[x] INFO queue - unable to go on", "DEBUG not permitted"];
  expect(tellingLines(ends)).toEqual(["[main] ERROR broker - cannot register"]);
});

describe("what a change is worth saying", () => {
  const status = (state: ServiceStatus["state"], reason: string | null = null): ServiceStatus => ({
    service: "db",
    container: "x",
    state,
    exitCode: null,
    drift: false,
    reason,
    ports: [],
  });

  test.each([
    ["healthy", "unhealthy", false, "infra.failed"],
    ["running", "stopped", false, "infra.failed"],
    ["healthy", "missing", false, "infra.failed"],
    ["unhealthy", "stopped", true, undefined],
    ["healthy", "starting", false, undefined],
    ["stopped", "starting", true, undefined],
    ["starting", "healthy", true, "infra.recovered"],
    ["starting", "healthy", false, undefined],
    ["stopped", "running", true, "infra.recovered"],
  ] as const)("%s → %s (failing: %s): %s", (before, now, failing, event) => {
    expect(transition(status(before), status(now, "because"), failing)?.event).toBe(event);
  });

  test("failed with its reason, or in words", () => {
    expect(transition(status("healthy"), status("stopped", "it exited with code 1"), false)?.reason).toBe(
      "it exited with code 1",
    );
    expect(transition(status("healthy"), status("missing"), false)?.reason).toBe("it is missing");
  });
});

test("ages as people say them", () => {
  const now = new Date("2026-01-03T00:00:00Z");
  expect(
    ["2026-01-02T23:59:19Z", "2026-01-02T23:50:00Z", "2026-01-02T20:00:00Z", "2025-12-25T00:00:00Z"].map((at) =>
      age(at, now),
    ),
  ).toEqual(["41 s", "10 min", "4 h", "9 days"]);
});
