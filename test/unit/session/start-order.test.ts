import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { createStartOrder, type StartOrder } from "../../../src/session/apps/start-order.ts";
import { sampleApp } from "../plan/sample.ts";
import { sessionRoom } from "./session-room.ts";

const app = (name: string, ...after: string[]) =>
  sampleApp({ name, dependsOn: { apps: after, services: [], tasks: [] } });

/** The apps of a project, and what its last session kept. */
function orderOf(apps: ReturnType<typeof app>[], kept?: string) {
  const room = sessionRoom();
  const file = path.join(room.instance.cache, "start-times.json");
  const project = { apps } as never;
  const open = (): StartOrder => createStartOrder(room.system, { ...room, project });
  if (kept !== undefined) void room.system.files.write(file, kept);
  return { ...room, open, kept: () => JSON.parse(readFileSync(file, "utf8")) as unknown };
}

/** Those that ask at once, in the order in which they get their turn. */
async function inTurn(order: StartOrder, names: readonly string[]): Promise<string[]> {
  const begun: string[] = [];
  await Promise.all(names.map((name) => order.turn(name).then(() => begun.push(name))));
  return begun;
}

const ready = (name: string, ms: number) => ({ event: "app.ready", app: name, url: null, ms }) as const;

test("an app is hardly ready within a share of what its starts took before; of another one nothing is known", async () => {
  const order = orderOf([app("web"), app("api")], `{ "web": 300 }`).open();
  await inTurn(order, ["web", "api"]);
  expect([order.unlikelyMs("web"), order.unlikelyMs("api")]).toEqual([180, 0]);
});

describe("of apps that are started at once", () => {
  const project = [app("api"), app("web"), app("admin")];

  test("the one that took longest in the last session goes first", async () => {
    const { open, stream } = orderOf(project);
    const order = open();
    expect(await inTurn(order, ["api", "web", "admin"])).toEqual(["api", "web", "admin"]);
    for (const [name, ms] of [
      ["api", 120],
      ["web", 340],
      ["admin", 230],
    ] as const)
      stream.emit(ready(name, ms));
    await order.keep();
    expect(await inTurn(open(), ["api", "web", "admin"])).toEqual(["web", "admin", "api"]);
  });

  test("those of which nothing is known keep the order of the config", async () => {
    const { open } = orderOf(project, `{ "admin": 200 }`);
    expect(await inTurn(open(), ["api", "web", "admin"])).toEqual(["admin", "api", "web"]);
  });

  test.each(["", "[1]", "null", `{"web":"long"}`, `{"__proto__":{"web":9}}`])(
    "what was kept as %j orders nothing",
    async (kept) => {
      const { open } = orderOf(project, kept);
      expect(await inTurn(open(), ["api", "web", "admin"])).toEqual(["api", "web", "admin"]);
    },
  );

  test("one that others wait for takes as long as it and they together", async () => {
    const { open } = orderOf(
      [app("web"), app("token"), app("api", "token")],
      `{ "web": 300, "token": 50, "api": 260 }`,
    );
    expect(await inTurn(open(), ["web", "token"])).toEqual(["token", "web"]);
  });

  test("each has its turn when the one before it has come to something that it waits for", async () => {
    const { open } = orderOf(project, `{ "web": 2, "api": 1 }`);
    const order = open();
    const steps: string[] = [];
    const prepare = async (name: string): Promise<void> => {
      await order.turn(name);
      for (let step = 0; step < 20; step++) await Promise.resolve();
      steps.push(name);
    };
    await Promise.all([prepare("api"), prepare("web")]);
    expect(steps).toEqual(["web", "api"]);
  });

  test("one that asks later does not wait for those that were started before", async () => {
    const { open } = orderOf(project, `{ "web": 9 }`);
    const order = open();
    expect(await inTurn(order, ["api"])).toEqual(["api"]);
    expect(await inTurn(order, ["admin", "web"])).toEqual(["web", "admin"]);
  });
});

describe("how long each took", () => {
  const project = [app("api"), app("web")];

  test("is that of its start, not that of a port which is open again", async () => {
    const { open, stream, kept } = orderOf(project);
    const order = open();
    stream.emit(ready("api", 120));
    stream.emit(ready("api", 4));
    await order.keep();
    expect(kept()).toEqual({ api: 120 });
  });

  test("is a mean with those of before, so that one slow start changes no order", async () => {
    const { open, stream, kept } = orderOf(project, `{ "api": 100, "web": 300 }`);
    const order = open();
    stream.emit(ready("api", 380));
    stream.emit(ready("web", 310));
    await order.keep();
    expect(kept()).toEqual({ api: 240, web: 305 });
  });

  test("is kept of those that were off, and not of those that are gone", async () => {
    const { open, stream, kept } = orderOf(project, `{ "web": 300, "old": 9 }`);
    const order = open();
    stream.emit(ready("api", 120));
    await order.keep();
    expect(kept()).toEqual({ api: 120, web: 300 });
  });
});
