import { describe, expect, test } from "vitest";
import { createMissing } from "../../../src/infra/create.ts";
import { InfraReporter } from "../../../src/infra/reporter.ts";
import { startAll } from "../../../src/infra/start.ts";
import { stopAll } from "../../../src/infra/stop.ts";
import { Usable } from "../../../src/infra/usable.ts";
import { removeAll } from "../../../src/infra/remove.ts";
import { ok, type Outcome } from "../../../src/diagnostics/outcome.ts";
import type { EngineFault } from "../../../src/system/docker/types.ts";
import { health } from "./build.ts";
import { simulate, type Given, type Simulation } from "./simulated.ts";

const refused = (detail: string): EngineFault => ({ kind: "answered", detail, status: 500 });
const TAKEN =
  "driver failed programming external connectivity on endpoint market-db-1 (0123456789ab): Bind for 127.0.0.1:5432 failed: port is already allocated";

async function prepared(given: Given, state: Record<string, "running" | "exited" | "paused">): Promise<Simulation> {
  const simulation = await simulate(given);
  for (const [service, one] of Object.entries(state))
    simulation.engine.set(service, { state: one, exitCode: one === "exited" ? 1 : 0 });
  await simulation.context.containers.refresh();
  simulation.engine.calls.length = 0;
  return simulation;
}

const verbs = ({ engine }: Simulation): string[] => engine.calls.filter((call) => call.includes(" "));

async function start(
  simulation: Simulation,
  usable: (service: string) => Promise<Outcome<void>> = () => Promise.resolve(ok(undefined)),
) {
  const started = startAll(simulation.context, usable);
  const all = await simulation.clock.run(
    Promise.all([...started].map(async ([service, one]) => [service, await one] as const)),
  );
  return Object.fromEntries(all);
}

describe("starting", () => {
  test("what runs is left alone, whatever its health", async () => {
    const simulation = await prepared(
      { services: [{ service: "db" }, { service: "cache" }] },
      { db: "running", cache: "running" },
    );
    simulation.engine.set("db", { health: health("unhealthy", 9, "no") });
    await simulation.context.containers.refresh();
    expect(await start(simulation)).toMatchObject({ db: { how: "nothing" }, cache: { how: "nothing" } });
    expect(verbs(simulation)).toEqual([]);
    expect(simulation.compose.calls).toEqual([]);
  });

  test("what is stopped is started, and what is paused is resumed, by the engine", async () => {
    const simulation = await prepared(
      { services: [{ service: "db" }, { service: "cache" }] },
      { db: "exited", cache: "paused" },
    );
    expect(await start(simulation)).toMatchObject({
      db: { how: "started", outcome: { ok: true } },
      cache: { how: "started", outcome: { ok: true } },
    });
    expect(verbs(simulation).toSorted()).toEqual(["start db", "unpause cache"]);
    expect(simulation.said().toSorted()).toEqual(["infra.progress cache", "infra.progress db"]);
  });

  test("what is missing is made by Compose in one go, and nothing else is recreated", async () => {
    const simulation = await prepared(
      { services: [{ service: "db" }, { service: "cache" }, { service: "kafka" }] },
      { kafka: "running" },
    );
    simulation.engine.images.add("postgres:17");
    simulation.compose.run = () => {
      for (const service of ["db", "cache"]) simulation.engine.set(service, { state: "running" });
      return {};
    };
    expect(await start(simulation)).toMatchObject({
      db: { how: "created" },
      cache: { how: "created" },
      kafka: { how: "nothing" },
    });
    expect(simulation.compose.calls).toEqual(["--profile * --progress plain up --detach --no-recreate db cache"]);
  });

  const chained = (required: boolean): Given => ({
    services: [
      { service: "cache" },
      { service: "db", dependsOn: [{ service: "cache", condition: "service_healthy", required }] },
    ],
  });

  test("waits for a dependency that has to be usable first", async () => {
    const simulation = await prepared(chained(true), { db: "exited", cache: "exited" });
    const asked: string[] = [];
    await start(simulation, (service) => {
      asked.push(`${service} after ${verbs(simulation).join(", ")}`);
      return Promise.resolve(ok(undefined));
    });
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatch(/^cache after/);
    expect(verbs(simulation)).toContain("start db");
  });

  test.each([
    [true, false],
    [false, true],
  ])("a dependency that failed, required: %s — started: %s", async (required, started) => {
    const simulation = await prepared(chained(required), { db: "exited", cache: "running" });
    await start(simulation, () => Promise.resolve({ ok: false, diagnostics: [] }));
    expect(verbs(simulation).includes("start db")).toBe(started);
  });

  test("a dependency that need only be started is not waited for", async () => {
    const given = chained(true);
    given.services![1]!.dependsOn![0]!.condition = "service_started";
    const simulation = await prepared(given, { db: "exited", cache: "exited" });
    const asked: string[] = [];
    await start(simulation, (service) => (asked.push(service), Promise.resolve(ok(undefined))));
    expect(asked).toEqual([]);
  });

  test("the engine's refusal is a diagnostic that names who has the port", async () => {
    const simulation = await prepared(
      { services: [{ service: "db" }, { service: "cache" }] },
      { db: "exited", cache: "running" },
    );
    simulation.engine.on.set("start db", () => refused(TAKEN.replaceAll("5432", "6379")));
    const { db } = await start(simulation);
    expect(db?.outcome).toMatchObject({
      ok: false,
      diagnostics: [
        {
          code: "DEVPM_SERVICE_PORT_HELD",
          summary: "db cannot publish port 6379: it is taken",
          evidence: [
            ["holder", ["market-cache-1 (postgres:17)"]],
            ["Docker says", expect.stringContaining("port is already allocated")],
          ],
        },
      ],
    });
  });
});

describe("making what is missing", () => {
  const make = async (simulation: Simulation, ...services: string[]) => {
    const made = createMissing(simulation.context, services);
    const outcomes = await simulation.clock.run(
      Promise.all(services.map(async (service) => [service, await made(service)] as const)),
    );
    return Object.fromEntries(outcomes);
  };

  test("without Compose fails once for all, with how to install it", async () => {
    const simulation = await prepared({ services: [{ service: "db" }, { service: "cache" }] }, {});
    simulation.context.system.compose.spelling = () => Promise.resolve(null);
    const { db, cache } = await make(simulation, "db", "cache");
    expect(db).toMatchObject({ ok: false, diagnostics: [{ code: "DEVPM_COMPOSE_MISSING" }] });
    expect(cache).toEqual(db);
  });

  test("an image that is not here is pulled first, and its progress is shown in megabytes", async () => {
    const simulation = await prepared({}, {});
    simulation.compose.run = (args, onLine) => {
      if (args.includes("pull")) {
        onLine(" 5a7813e071bf Downloading [>     ]  5MB/10MB");
        simulation.engine.images.add("postgres:17");
      } else simulation.engine.set("db", { state: "running" });
      return {};
    };
    expect((await make(simulation, "db")).db?.ok).toBe(true);
    expect(simulation.compose.calls.map((call) => call.replace("--profile * --progress plain ", ""))).toEqual([
      "pull db",
      "up --detach --no-recreate db",
    ]);
    expect(simulation.events).toContainEqual({
      event: "infra.progress",
      service: "db",
      detail: "pulling, 5.0 of 10 MB",
    });
  });

  test.each([
    ["built here", { build: "/p/db" }],
    ["never to be pulled", { pullPolicy: "never" }],
    ["without an image", { image: null }],
  ])("an image that is %s is not pulled", async (_, more) => {
    const simulation = await prepared({ services: [{ service: "db", ...more }] }, {});
    simulation.compose.run = () => (simulation.engine.set("db", { state: "running" }), {});
    await make(simulation, "db");
    expect(simulation.compose.calls.some((call) => call.includes("pull"))).toBe(false);
  });

  test("an image that cannot be pulled fails its service and what depends on it; the rest is made", async () => {
    const simulation = await prepared(
      {
        services: [
          { service: "secret", image: "r.example/secret:1" },
          { service: "api", dependsOn: [{ service: "secret", condition: "service_started", required: true }] },
          { service: "cache", image: "redis:8" },
        ],
      },
      {},
    );
    for (const image of ["postgres:17", "redis:8"]) simulation.engine.images.add(image);
    simulation.compose.run = (args, onLine) => {
      if (!args.includes("pull")) return (simulation.engine.set("cache", { state: "running" }), {});
      onLine("unauthorized: authentication required");
      return { exitCode: 1 };
    };
    const made = await make(simulation, "secret", "api", "cache");
    expect(made.secret).toMatchObject({ ok: false, diagnostics: [{ code: "DEVPM_IMAGE_UNAVAILABLE" }] });
    expect(made.api).toEqual(made.secret);
    expect(made.cache?.ok).toBe(true);
    expect(simulation.compose.calls.at(-1)).toMatch(/up --detach --no-recreate cache$/);
  });

  test("one that cannot be made does not block the others: they are tried again without it", async () => {
    const simulation = await prepared({ services: [{ service: "db" }, { service: "cache" }] }, {});
    simulation.engine.images.add("postgres:17");
    simulation.compose.run = (args, onLine) => {
      if (args.includes("db")) {
        simulation.engine.set("db", { state: "created", error: TAKEN });
        onLine(`Error response from daemon: ${TAKEN}`);
        return { exitCode: 1 };
      }
      simulation.engine.set("cache", { state: "running" });
      return {};
    };
    const made = await make(simulation, "db", "cache");
    expect(made.db).toMatchObject({ ok: false, diagnostics: [{ code: "DEVPM_SERVICE_PORT_HELD" }] });
    expect(made.cache?.ok).toBe(true);
  });

  test("a stack that another devpm makes at the same moment is tried again, and is then there", async () => {
    const simulation = await prepared({}, {});
    simulation.engine.images.add("postgres:17");
    let tries = 0;
    simulation.compose.run = (_, onLine) => {
      if (++tries < 3) {
        onLine(
          'Error response from daemon: Conflict. The container name "/market-db-1" is already in use by container "0123".',
        );
        return { exitCode: 1 };
      }
      simulation.engine.set("db", { state: "running" });
      return {};
    };
    expect((await make(simulation, "db")).db?.ok).toBe(true);
    expect(tries).toBe(3);
    expect(simulation.clock.monotonic()).toBe(1_000);
  });

  test("a conflict that does not end is reported after five tries", async () => {
    const simulation = await prepared({}, {});
    simulation.engine.images.add("postgres:17");
    simulation.compose.run = (_, onLine) => {
      onLine(
        'Error response from daemon: Conflict. The container name "/market-db-1" is already in use by container "0123".',
      );
      return { exitCode: 1 };
    };
    expect((await make(simulation, "db")).db?.ok).toBe(false);
    expect(simulation.compose.calls).toHaveLength(6);
  });
});

describe("stopping", () => {
  const services = [
    { service: "db" },
    { service: "cache" },
    { service: "api", dependsOn: [{ service: "db", condition: "service_started" as const, required: true }] },
  ];

  test("a database outlives what writes to it; what is stopped already is left alone", async () => {
    const simulation = await prepared({ services }, { db: "running", api: "running", cache: "exited" });
    expect(await stopAll(simulation.context, ["db", "cache", "api"])).toEqual({ ok: true, value: ["db", "api"] });
    expect(verbs(simulation)).toEqual(["stop api", "stop db"]);
  });

  test("one that cannot be stopped is reported, and the others are stopped", async () => {
    const simulation = await prepared({ services }, { db: "running", cache: "running" });
    simulation.engine.on.set("stop db", () => refused("cannot stop container"));
    expect(await stopAll(simulation.context, ["db", "cache"])).toMatchObject({
      ok: false,
      diagnostics: [{ summary: "db could not be stopped", state: "The others were." }],
    });
    expect(verbs(simulation)).toContain("stop cache");
  });

  test("a circle of dependencies is stopped all the same", async () => {
    const circle = ["a", "b"].map((service, index) => ({
      service,
      dependsOn: [{ service: ["b", "a"][index]!, condition: "service_started" as const, required: true }],
    }));
    const simulation = await prepared({ services: circle }, { a: "running", b: "running" });
    expect((await stopAll(simulation.context, ["a", "b"])).ok).toBe(true);
  });

  test("data is removed by Compose alone, and only after everything has stopped", async () => {
    const simulation = await prepared({ services: [{ service: "db" }] }, { db: "running" });
    simulation.compose.run = () => {
      expect(verbs(simulation)).toEqual(["stop db"]);
      return {};
    };
    expect((await removeAll(simulation.context)).ok).toBe(true);
    expect(simulation.compose.calls).toEqual(["--profile * down --volumes db"]);
  });

  test("nothing is removed where something could not be stopped", async () => {
    const simulation = await prepared({ services: [{ service: "db" }] }, { db: "running" });
    simulation.engine.on.set("stop db", () => refused("no"));
    expect((await removeAll(simulation.context)).ok).toBe(false);
    expect(simulation.compose.calls).toEqual([]);
  });
});

describe("what many apps wait for", () => {
  const usable = (
    simulation: Simulation,
    starts: Outcome<Map<string, Promise<{ how: "nothing"; outcome: Outcome<void> }>>> = ok(new Map()),
  ) => {
    const reporter = new InfraReporter(simulation.context.emit, simulation.context.project);
    return { reporter, usable: new Usable(reporter, Promise.resolve(starts)) };
  };

  test("is waited for once, and its failure is reported once", async () => {
    const simulation = await prepared({}, { db: "exited" });
    const { usable: shared } = usable(simulation);
    const [one, other] = await simulation.clock.run(
      Promise.all([shared.of(simulation.context, "db"), shared.of(simulation.context, "db")]),
    );
    expect(one).toBe(other);
    expect(one.ok).toBe(false);
    expect(simulation.said().filter((event) => event === "diagnostic")).toHaveLength(1);
  });

  test("an image that cannot be had is a fact, no failure, where no app needs the service or infra is not required", async () => {
    const failure = {
      code: "DEVPM_IMAGE_UNAVAILABLE",
      severity: "error",
      summary: "no image",
      evidence: [],
      fixes: [],
    } as const;
    const failing = ok(
      new Map([
        [
          "db",
          Promise.resolve({
            how: "nothing" as const,
            outcome: { ok: false as const, diagnostics: [{ ...failure, evidence: [], fixes: [] }] },
          }),
        ],
      ]),
    );
    const optional = await prepared({ required: false }, {});
    expect((await optional.clock.run(usable(optional, failing).usable.of(optional.context, "db"))).ok).toBe(true);
    const needless = await prepared({}, {});
    const made = usable(needless, failing);
    made.reporter.needed = new Set(["cache"]);
    expect((await needless.clock.run(made.usable.of(needless.context, "db"))).ok).toBe(true);
    const needed = await prepared({}, {});
    expect((await needed.clock.run(usable(needed, failing).usable.of(needed.context, "db"))).ok).toBe(false);
  });
});
