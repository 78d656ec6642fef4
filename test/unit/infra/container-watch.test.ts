import { describe, expect, test } from "vitest";
import { watchContainers } from "../../../src/infra/container-watch.ts";
import { statusesOf } from "../../../src/infra/context.ts";
import { watchInfra } from "../../../src/infra/watch.ts";
import { health } from "./build.ts";
import { LOST, simulate, simulatedEngine } from "./simulated.ts";
import { virtualClock } from "../virtual-clock.ts";

function following() {
  const engine = simulatedEngine();
  const clock = virtualClock();
  const seen = watchContainers({ engine, clock, project: "market", services: ["db"], initial: null });
  let looks = 0;
  const stop = seen.onLook(() => looks++);
  return {
    engine,
    clock,
    watch: seen,
    stop,
    looks: () => looks,
    asked: () => engine.calls.filter((call) => call === "containers").length,
  };
}

describe("what is known of the containers", () => {
  test("is nothing before the first look, and what the engine lists after it", async () => {
    const { engine, watch: seen } = following();
    engine.set("db", { state: "running" });
    expect(seen.snapshot()).toBeNull();
    await seen.refresh();
    expect(seen.snapshot()?.get("db")?.details?.state).toBe("running");
  });

  test("follows the engine's events", async () => {
    const { engine, clock, watch: seen } = following();
    seen.follow();
    await clock.pass(0);
    engine.set("db", { state: "running" });
    await clock.pass(0);
    expect(seen.snapshot()?.get("db")?.details?.state).toBe("running");
    engine.remove("db");
    await clock.pass(0);
    expect(seen.snapshot()?.size).toBe(0);
  });

  test("is looked at once more for all that happens during a look", async () => {
    const { engine, clock, watch: seen, asked } = following();
    seen.follow();
    await clock.pass(0);
    const before = asked();
    for (let n = 0; n < 20; n++) engine.event("start");
    await clock.pass(0);
    expect(asked() - before).toBe(2);
  });

  test.each(["exec_create: sh", "exec_start: sh", "exec_die", "top", "attach"])(
    "is not looked at for what every health check makes: %s",
    async (action) => {
      const { engine, clock, watch: seen, asked } = following();
      seen.follow();
      await clock.pass(0);
      const before = asked();
      engine.event(action);
      await clock.pass(0);
      expect(asked()).toBe(before);
    },
  );

  test("stays as it was while the engine is away, with why; and is looked at when it is back", async () => {
    const { engine, clock, watch: seen } = following();
    engine.set("db", { state: "running" });
    seen.follow();
    await clock.pass(0);
    engine.fail(LOST);
    engine.hangUp();
    await clock.pass(10_000);
    expect(seen.lost()).toEqual(LOST);
    expect(seen.snapshot()?.has("db")).toBe(true);
    engine.fail(null);
    engine.remove("db");
    await clock.pass(2_000);
    expect(seen.lost()).toBeNull();
    expect(seen.snapshot()?.has("db")).toBe(false);
  });

  test("is asked for less and less often while the engine is away, and at least every two seconds", async () => {
    const { engine, clock, watch: seen, looks } = following();
    engine.fail(LOST);
    seen.follow();
    await clock.pass(0);
    const counts: number[] = [];
    for (let second = 0; second < 12; second++) {
      const before = looks();
      await clock.pass(1_000);
      counts.push(looks() - before);
    }
    expect(counts[0]).toBeGreaterThanOrEqual(counts.at(-1) ?? 0);
    expect(counts.slice(-4).reduce((sum, n) => sum + n, 0)).toBe(2);
  });

  test("is no longer reported to a listener that has left, nor after the end", async () => {
    const { engine, clock, watch: seen, stop, looks } = following();
    seen.follow();
    seen.follow();
    await clock.pass(0);
    const before = looks();
    stop();
    engine.event("start");
    await clock.pass(0);
    expect(looks()).toBe(before);
    let late = 0;
    seen.onLook(() => late++);
    seen.close();
    engine.event("start");
    await clock.pass(60_000);
    expect(late).toBe(0);
  });
});

describe("what is reported while a session runs", () => {
  async function watching(given?: Parameters<typeof simulate>[0]) {
    const simulation = await simulate(given);
    const [service = ""] = simulation.context.services;
    simulation.engine.set(service, { state: "running", health: given ? null : health("healthy") });
    await simulation.context.containers.refresh();
    watchInfra(simulation.context);
    await simulation.clock.pass(0);
    return simulation;
  }

  test("a service that fails, and that it is back: once each", async () => {
    const { engine, clock, said } = await watching();
    engine.set("db", { health: health("unhealthy", 3, "no response") });
    engine.set("db", { health: health("unhealthy", 4, "no response") });
    await clock.pass(0);
    engine.set("db", { health: health("healthy") });
    await clock.pass(0);
    expect(said()).toEqual(["infra.failed db", "infra.recovered db"]);
  });

  const SEED = { services: [{ service: "seed", mayComplete: true }] };

  test("what may complete and ends with 0 by itself is done; that it failed is said", async () => {
    const { engine, clock, context, said } = await watching(SEED);
    engine.event("die", "seed");
    engine.set("seed", { state: "exited", exitCode: 0 });
    await clock.pass(0);
    expect(said()).toEqual([]);
    expect(statusesOf(context)).toMatchObject([{ state: "stopped", exitCode: 0, reason: null }]);
    engine.event("start", "seed");
    engine.set("seed", { state: "running" });
    await clock.pass(0);
    engine.event("die", "seed");
    engine.set("seed", { state: "exited", exitCode: 1 });
    await clock.pass(0);
    expect(said()).toEqual(["infra.failed seed"]);
  });

  test("what is stopped by somebody has failed, also where it ends with 0", async () => {
    const { engine, clock, context, said } = await watching(SEED);
    engine.event("kill", "seed");
    engine.event("die", "seed");
    engine.set("seed", { state: "exited", exitCode: 0 });
    await clock.pass(0);
    expect(said()).toEqual(["infra.failed seed"]);
    expect(statusesOf(context)).toMatchObject([{ state: "stopped", reason: "it exited with code 0" }]);
  });

  test("its end that is seen before it is told of is taken back", async () => {
    const { engine, clock, said } = await watching(SEED);
    engine.set("seed", { state: "exited", exitCode: 0 });
    await clock.pass(0);
    engine.event("die", "seed");
    await clock.pass(0);
    expect(said()).toEqual(["infra.failed seed", "infra.recovered seed"]);
  });

  test("a restart that is on its way is nothing yet", async () => {
    const { engine, clock, said } = await watching();
    engine.set("db", { health: health("starting") });
    await clock.pass(0);
    expect(said()).toEqual([]);
  });

  test("an engine that goes away and comes back, in one line each, and what became of the services meanwhile", async () => {
    const { engine, clock, events } = await watching();
    engine.fail(LOST);
    engine.hangUp();
    await clock.pass(5_000);
    engine.set("db", { state: "exited", exitCode: 1, health: null });
    engine.fail(null);
    await clock.pass(5_000);
    expect(events.map((event) => ("text" in event ? event.text : event.event))).toEqual([
      "Docker went away (unix:///var/run/docker.sock: connection reset); db cannot be reached until it is back",
      "Docker answers again",
      "infra.failed",
    ]);
  });
});
