import { describe, expect, test } from "vitest";
import { actionFor } from "../../../src/infra/actions.ts";
import { LABELS } from "../../../src/infra/observation.ts";
import { verdict } from "../../../src/infra/verdict.ts";
import type { ContainerDetails, ContainerSummary } from "../../../src/system/docker/types.ts";
import { body, details, health, summary } from "./build.ts";

const NOW = new Date("2026-01-01T01:00:00Z");
const judged = (container: Partial<ContainerSummary>, more: Partial<ContainerDetails> | null, definition = body()) =>
  verdict(definition, { container: summary(container), details: more && details(more) }, "2.26.1", NOW);

describe("states", () => {
  test("no container", () => {
    expect(verdict(body(), null, "", NOW)).toEqual({
      service: "db",
      container: null,
      state: "missing",
      exitCode: null,
      drift: false,
      reason: null,
      ports: [],
    });
  });

  test.each([
    ["running", {}, { health: health("healthy") }, "healthy"],
    ["running", {}, { health: health("starting") }, "starting"],
    ["running", {}, {}, "running"],
    ["running", { status: "Up 2 seconds (health: starting)" }, null, "starting"],
    ["running", { status: "Up 2 seconds (healthy)" }, null, "healthy"],
    ["paused", {}, { state: "paused" }, "paused"],
    ["restarting", {}, { state: "restarting" }, "restarting"],
    ["removing", {}, { state: "removing" }, "missing"],
    ["dead", {}, { state: "dead" }, "stopped"],
  ] as const)("%s with %j %j is %s", (state, container, more, expected) => {
    expect(judged({ state, ...container }, more).state).toBe(expected);
  });

  test("the inspection is newer than the listing", () => {
    expect(judged({ state: "restarting" }, { state: "running" }).state).toBe("running");
  });

  test("a container that has restarted and lives for seconds only is in a loop; one that lives on is not", () => {
    const loop = { restartCount: 4, startedAt: "2026-01-01T00:59:58Z" };
    expect(judged({}, loop)).toMatchObject({ state: "restarting", reason: "restarted 4 times" });
    expect(judged({}, { ...loop, restartCount: 1 }).state).toBe("running");
    expect(judged({}, { ...loop, startedAt: "2026-01-01T00:59:00Z" }).state).toBe("running");
    expect(judged({}, { ...loop, health: health("healthy") }).state).toBe("healthy");
  });
});

describe("why", () => {
  test.each([
    [{ exitCode: 3 }, 3, "it exited with code 3"],
    [{ exitCode: 137 }, 137, "it was killed (exit code 137)"],
    [{ exitCode: 143 }, 143, "it was stopped (exit code 143)"],
    [{ exitCode: 137, oomKilled: true }, 137, "it ran out of memory and was killed by the kernel"],
  ])("stopped: %j", (more, exitCode, reason) => {
    expect(judged({ state: "exited" }, { state: "exited", ...more })).toMatchObject({
      state: "stopped",
      exitCode,
      reason,
    });
  });

  test("stopped, from the listing alone", () => {
    expect(judged({ state: "exited", status: "Exited (2) 5 minutes ago" }, null)).toMatchObject({ exitCode: 2 });
  });

  test("made and never started: what the engine said, without its prefixes", () => {
    const error =
      "driver failed programming external connectivity on endpoint market-db-1 (0f12ab34cd56): Bind for 127.0.0.1:5432 failed: port is already allocated";
    expect(judged({ state: "created" }, { state: "created", error })).toMatchObject({
      state: "stopped",
      exitCode: null,
      reason: "Bind for 127.0.0.1:5432 failed: port is already allocated",
    });
    expect(judged({ state: "created" }, { state: "created" }).reason).toBe("it was never started");
  });

  test("unhealthy: how often, and its last output", () => {
    expect(judged({}, { health: health("unhealthy", 5, "older", "first\nno response\n") }).reason).toBe(
      'its health check failed 5 times in a row, with the last output "no response"',
    );
    expect(judged({}, { health: health("unhealthy", 1, "") }).reason).toBe(
      "its health check failed once (exit code 1)",
    );
  });
});

describe("ports", () => {
  test("one for both address families, in order", () => {
    const port = (container: number, host: number, address: string) => ({ container, host, address, protocol: "tcp" });
    const ports = [port(7687, 2, "0.0.0.0"), port(7474, 1, "0.0.0.0"), port(7474, 1, "::")];
    expect(judged({ ports }, {}).ports).toEqual([
      { container: 7474, host: 1 },
      { container: 7687, host: 2 },
    ]);
  });
});

describe("drift", () => {
  const made = (hash: string, version = "2.26.1") => ({ labels: { [LABELS.hash]: hash, [LABELS.version]: version } });

  test("the definition changed", () => {
    expect(judged(made("old"), {}, body({ hash: "new" }))).toMatchObject({
      state: "running",
      drift: true,
      reason: "its definition in the compose file has changed",
    });
    expect(judged(made("same"), {}, body({ hash: "same" })).drift).toBe(false);
  });

  test("another image is named", () => {
    const seen = judged({ ...made("old"), image: "postgres:16" }, {}, body({ hash: "new" }));
    expect(seen.reason).toBe("its definition in the compose file has changed: it runs postgres:16");
  });

  test("another Compose may hash differently, so it proves nothing", () => {
    expect(judged(made("old", "2.40.0"), {}, body({ hash: "new" })).drift).toBe(false);
  });

  test("the image's name has moved on", () => {
    const image = `sha256:${"a".repeat(64)}`;
    expect(judged({ image }, {})).toMatchObject({ drift: true, reason: "it runs an older postgres:17" });
  });

  test("why it does not work comes before that it has changed", () => {
    const seen = judged({ ...made("old"), state: "paused" }, { state: "paused" }, body({ hash: "new" }));
    expect(seen).toMatchObject({ drift: true, reason: "it is paused" });
  });
});

describe("what is done about it", () => {
  test.each([
    ["missing", "create"],
    ["stopped", "start"],
    ["paused", "unpause"],
    ["healthy", "nothing"],
    ["running", "nothing"],
    ["starting", "nothing"],
    ["unhealthy", "nothing"],
    ["restarting", "nothing"],
  ] as const)("%s: %s", (state, action) => {
    const exitCode = state === "stopped" ? 0 : null;
    const status = { service: "db", container: "x", state, exitCode, drift: true, reason: null, ports: [] };
    expect(actionFor(status, new Set(), "")).toBe(action);
  });

  test.each([
    [true, "port 5432 is taken", "create"],
    [true, "", "start"],
    [false, "port 5432 is taken", "start"],
  ])("what never ran, and whose definition has changed: %s, refused as %j: %s", (drift, refused, action) => {
    const status = {
      service: "db",
      container: "x",
      state: "stopped" as const,
      exitCode: null,
      reason: null,
      ports: [],
    };
    expect(actionFor({ ...status, drift }, new Set(), refused)).toBe(action);
  });

  test("what ran once and succeeded is done; what failed is run again", () => {
    const status = {
      service: "setup",
      container: "x",
      state: "stopped" as const,
      drift: false,
      reason: null,
      ports: [],
    };
    expect(actionFor({ ...status, exitCode: 0 }, new Set(["setup"]), "")).toBe("nothing");
    expect(actionFor({ ...status, exitCode: 1 }, new Set(["setup"]), "")).toBe("start");
    expect(actionFor({ ...status, exitCode: 0 }, new Set(), "")).toBe("start");
  });
});
