import { describe, expect, test } from "vitest";
import { awaitRecovery, awaitUsable, type Starting } from "../../../src/infra/await.ts";
import { actionFor } from "../../../src/infra/actions.ts";
import { runOnce, serviceStatusOf } from "../../../src/infra/context.ts";
import { watchInfra } from "../../../src/infra/watch.ts";
import { completedContainers } from "../../../src/infra/completed.ts";
import type { Outcome } from "../../../src/diagnostics/outcome.ts";
import type { Diagnostic } from "../../../src/diagnostics/diagnostic.ts";
import { health } from "./build.ts";
import { simulate, type Simulation } from "./simulated.ts";

const done = (): Starting => ({ done: true, failure: null });

async function wait(simulation: Simulation, starting = done(), service = "db"): Promise<Outcome<void>> {
  await simulation.context.containers.refresh();
  return simulation.clock.run(awaitUsable(simulation.context, service, starting));
}

const problem = (outcome: Outcome<void>): Diagnostic => {
  if (outcome.ok || outcome.diagnostics.length !== 1) throw new Error(JSON.stringify(outcome));
  return outcome.diagnostics[0]!;
};

describe("a service is usable", () => {
  test("when its health check says so, at whatever moment that is", async () => {
    const simulation = await simulate();
    simulation.engine.set("db", { health: health("starting") });
    simulation.clock.at(7_000, () => simulation.engine.set("db", { health: health("healthy") }));
    expect(await wait(simulation)).toEqual({ ok: true, value: undefined });
    expect(simulation.clock.monotonic()).toBe(7_000);
    expect(simulation.said()).toEqual([]);
  });

  test("without a health check when it answers its own protocol", async () => {
    const simulation = await simulate();
    simulation.engine.set("db", { state: "running" });
    simulation.clock.at(3_000, () => simulation.answers.set(5432, { ok: true }));
    expect((await wait(simulation)).ok).toBe(true);
    expect(simulation.clock.monotonic()).toBeGreaterThanOrEqual(3_000);
    expect(simulation.clock.monotonic()).toBeLessThanOrEqual(3_400);
  });

  test("without a port when it has run for a second", async () => {
    const simulation = await simulate({ services: [{ service: "worker" }] });
    simulation.engine.set("worker", { state: "running", startedAt: simulation.clock.now().toISOString() });
    expect((await wait(simulation, done(), "worker")).ok).toBe(true);
    expect(simulation.clock.monotonic()).toBeGreaterThanOrEqual(1_000);
  });

  test("without a port at once where it has run for long, or where its machine's clock is ahead", async () => {
    for (const startedAt of ["2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"]) {
      const simulation = await simulate({ services: [{ service: "worker" }] });
      simulation.engine.set("worker", { state: "running", startedAt });
      expect((await wait(simulation, done(), "worker")).ok, startedAt).toBe(true);
      expect(simulation.clock.monotonic()).toBe(0);
    }
  });
});

describe("a service that runs once", () => {
  const services = [
    { service: "migrate" },
    {
      service: "db",
      dependsOn: [{ service: "migrate", condition: "service_completed_successfully" as const, required: true }],
    },
  ];

  test("is usable when it has ended with 0, not while it runs", async () => {
    const simulation = await simulate({ services });
    simulation.engine.set("migrate", { state: "running" });
    simulation.clock.at(5_000, () => simulation.engine.set("migrate", { state: "exited", exitCode: 0 }));
    expect((await wait(simulation, done(), "migrate")).ok).toBe(true);
    expect(simulation.clock.monotonic()).toBe(5_000);
  });

  test("fails when it ends with anything else", async () => {
    const simulation = await simulate({ services });
    simulation.engine.set("migrate", { state: "exited", exitCode: 3 });
    expect(problem(await wait(simulation, done(), "migrate"))).toMatchObject({
      code: "DEVPM_SERVICE_FAILED",
      summary: "migrate stopped",
    });
  });

  test("nothing waits for its end, and it publishes nothing: having ended with 0 is enough, and is remembered", async () => {
    const simulation = await simulate({ services: [{ service: "seed", mayComplete: true }] });
    simulation.engine.set("seed", { state: "exited", exitCode: 0 });
    expect((await wait(simulation, done(), "seed")).ok).toBe(true);
    expect(completedContainers(simulation.context.system, simulation.context.project.root)).toEqual(["id-seed"]);
  });

  test("one that ends with 0 after it counted as usable is not remembered: it may be a worker that gave up", async () => {
    const simulation = await simulate({ services: [{ service: "seed", mayComplete: true }] });
    const { context, engine, clock, said } = simulation;
    engine.set("seed", { state: "running", startedAt: clock.now().toISOString() });
    expect((await wait(simulation, done(), "seed")).ok).toBe(true);
    watchInfra(context);
    engine.set("seed", { state: "exited", exitCode: 0 });
    engine.event("die", "seed");
    await context.containers.refresh();
    const ended = serviceStatusOf(context, "seed");
    expect([ended.state, ended.reason, said()]).toEqual(["stopped", null, []]);
    expect(completedContainers(context.system, context.project.root)).toEqual([]);
    expect(actionFor(ended, runOnce(context), "")).toBe("start");
  });

  test("a server that ends with 0 has failed", async () => {
    const simulation = await simulate();
    simulation.engine.set("db", { state: "exited", exitCode: 0 });
    expect(problem(await wait(simulation)).code).toBe("DEVPM_SERVICE_FAILED");
  });
});

describe("a service that is not usable", () => {
  test("is waited for as long as its time allows, then explained by what it answered", async () => {
    const simulation = await simulate({ timeoutMs: 20_000 });
    simulation.engine.set("db", { state: "running" });
    simulation.engine.log.push("booting", "FATAL: out of shared memory");
    const diagnostic = problem(await wait(simulation));
    expect(simulation.clock.monotonic()).toBeGreaterThanOrEqual(20_000);
    expect(simulation.clock.monotonic()).toBeLessThan(21_000);
    expect(diagnostic).toMatchObject({
      code: "DEVPM_SERVICE_UNHEALTHY",
      summary: "db is running but does not answer",
      state: "api was not started: it waits for db.",
    });
    expect(diagnostic.evidence).toContainEqual(["probe", "postgres on 127.0.0.1:5432: ECONNREFUSED"]);
    expect(JSON.stringify(diagnostic.evidence)).toContain("FATAL: out of shared memory");
    expect(simulation.said()).toEqual(["infra.failed db"]);
  });

  test("and is unhealthy has thirty seconds to recover, not its whole time", async () => {
    const simulation = await simulate({ timeoutMs: 600_000 });
    simulation.engine.set("db", { health: health("unhealthy", 5, "no response") });
    expect(problem(await wait(simulation)).summary).toBe("db is running but unhealthy");
    expect(simulation.clock.monotonic()).toBeGreaterThanOrEqual(30_000);
    expect(simulation.clock.monotonic()).toBeLessThan(32_500);
  });

  test("and recovers in that time is reported as failed and as back, and the start goes on", async () => {
    const simulation = await simulate();
    simulation.engine.set("db", { health: health("unhealthy", 5, "no response") });
    simulation.clock.at(12_000, () => simulation.engine.set("db", { health: health("healthy") }));
    expect((await wait(simulation)).ok).toBe(true);
    expect(simulation.said()).toEqual(["infra.failed db", "infra.recovered db"]);
  });

  test("in a restart loop is given up after fifteen seconds; one or two restarts are no loop", async () => {
    const simulation = await simulate({ timeoutMs: 600_000 });
    simulation.engine.set("db", { state: "restarting", restartCount: 2 });
    simulation.clock.at(40_000, () => simulation.engine.set("db", { state: "restarting", restartCount: 3 }));
    expect(problem(await wait(simulation)).summary).toBe("db restarts again and again");
    expect(simulation.clock.monotonic()).toBeGreaterThanOrEqual(55_000);
    expect(simulation.clock.monotonic()).toBeLessThan(58_000);
  });

  test("is no failure while its start is not over: stopped, or missing", async () => {
    for (const exited of [true, false]) {
      const simulation = await simulate();
      if (exited) simulation.engine.set("db", { state: "exited", exitCode: 1 });
      const starting: Starting = { done: false, failure: null };
      simulation.clock.at(4_000, () =>
        simulation.engine.set("db", { state: "running", exitCode: 0, health: health("healthy") }),
      );
      expect((await wait(simulation, starting)).ok).toBe(true);
      expect(simulation.said()).toEqual([]);
    }
  });

  test("has no container once its start is over: how to make it", async () => {
    expect(problem(await wait(await simulate()))).toMatchObject({
      code: "DEVPM_SERVICE_FAILED",
      summary: "db has no container",
      fixes: [{ command: "devpm infra up" }],
    });
  });

  test("whose start failed is reported by why it failed, at once", async () => {
    const simulation = await simulate();
    const failure: Diagnostic = {
      code: "DEVPM_IMAGE_UNAVAILABLE",
      severity: "error",
      summary: "no",
      evidence: [],
      fixes: [],
    };
    expect(await wait(simulation, { done: true, failure: [failure] })).toEqual({ ok: false, diagnostics: [failure] });
    expect(simulation.clock.monotonic()).toBe(0);
  });

  test("is not waited for any more when the session ends, and that is no failure to report", async () => {
    const simulation = await simulate();
    simulation.engine.set("db", { health: health("starting") });
    simulation.clock.at(3_000, () => simulation.stopping.abort());
    expect(await wait(simulation)).toEqual({ ok: false, diagnostics: [] });
    expect(simulation.clock.monotonic()).toBe(3_000);
  });
});

test("an app that waits for a service the user mends waits however long it takes", async () => {
  const simulation = await simulate({ timeoutMs: 1_000 });
  simulation.engine.set("db", { state: "exited", exitCode: 1 });
  simulation.context.failing.add("db");
  simulation.clock.at(3_600_000, () => simulation.engine.set("db", { state: "running", health: health("healthy") }));
  await simulation.clock.run(awaitRecovery(simulation.context, "db"));
  expect(simulation.clock.monotonic()).toBe(3_600_000);
  expect(simulation.said()).toEqual(["infra.recovered db"]);
});

test("an app that waits for what runs once goes on when that has completed", async () => {
  const simulation = await simulate({ services: [{ service: "seed", mayComplete: true }] });
  const { engine, context, clock } = simulation;
  engine.set("seed", { state: "exited", exitCode: 1 });
  context.failing.add("seed");
  clock.at(60_000, () => {
    for (const action of ["start", "die"]) engine.event(action, "seed");
    engine.set("seed", { state: "exited", exitCode: 0 });
  });
  clock.at(120_000, () => simulation.stopping.abort());
  await clock.run(awaitRecovery(context, "seed"));
  expect(clock.monotonic()).toBe(60_000);
  expect(simulation.events.filter(({ event }) => event === "infra.recovered")).toMatchObject([
    { service: "seed", reason: "it has completed" },
  ]);
});
