import { expect, test } from "vitest";
import { createPortFinder, type PortFinderOptions } from "../../../src/readiness/port-finder.ts";

interface Rig {
  listens: number[];
  prints: string[];
  http: number[];
  asked: number[];
  look(at: number): Promise<number | null>;
}

function rig(given: Partial<PortFinderOptions> = {}): Rig {
  let now = 0;
  const self: Rig = { listens: [], prints: [], http: [], asked: [], look: () => Promise.resolve(null) };
  const finder = createPortFinder({
    clock: {
      monotonic: () => now,
      cpu: () => 0,
      waited: () => 0,
      now: () => new Date(0),
      sleep: () => Promise.resolve(),
      turn: () => Promise.resolve(),
      within: (work) => work,
    },
    network: {
      connects: () => Promise.resolve(true),
      request: () => Promise.resolve({ error: "not asked for", refused: true, late: false }),
      speaksTls: () => Promise.resolve(false),
      beginsTls: () => Promise.resolve(false),
      statuses: () => Promise.resolve([]),
      status(port) {
        self.asked.push(port);
        return Promise.resolve(self.http.includes(port) ? 404 : null);
      },
    },
    own: { holds: () => true, sockets: () => [], ports: () => self.listens, on: () => [], wasSeen: () => true },
    claimed: 5173,
    taken: new Set(),
    before: null,
    lines: () => self.prints,
    ...given,
  });
  self.look = (at) => {
    now = at;
    return finder.look(5173);
  };
  return self;
}

test("a port that the output names is taken once it has lasted", async () => {
  const app = rig();
  app.listens = [3000];
  app.prints = ["http://localhost:3000/"];
  expect(await app.look(500)).toBeNull();
  expect(await app.look(1_400)).toBeNull();
  expect(await app.look(1_700)).toBe(3000);
  expect(app.asked).toEqual([]);
});

test("nothing is looked at while an app boots as fast as most do", async () => {
  let looks = 0;
  const app = rig({
    own: { holds: () => true, on: () => [], wasSeen: () => true, sockets: () => [], ports: () => [(looks += 1)] },
  });
  await app.look(0);
  await app.look(499);
  expect(looks).toBe(0);
  await app.look(500);
  expect(looks).toBe(1);
});

test("one that is not named has to answer HTTP, and is asked once", async () => {
  const app = rig();
  app.listens = [3000];
  await app.look(500);
  expect(await app.look(3_600)).toBeNull();
  app.http = [3001];
  app.listens = [3000, 3001];
  await app.look(3_900);
  expect(await app.look(7_000)).toBe(3001);
  expect(app.asked).toEqual([3000, 3001]);
});

test.each([
  ["the claimed port is open too", [5173, 3000], {}],
  ["another app claims it", [3000], { taken: new Set([3000]) }],
  ["it is a debugger's", [5678, 9229], {}],
  ["the kernel picked it", [40_001], {}],
] satisfies [string, number[], Partial<PortFinderOptions>][])(
  "nothing is taken where %s",
  async (_, listens, given) => {
    const app = rig(given);
    app.listens = listens;
    app.http = listens;
    app.prints = "taken" in given ? ["http://localhost:3000"] : [];
    await app.look(500);
    expect(await app.look(10_000)).toBeNull();
  },
);

test("where it was found in an earlier start it is found at once", async () => {
  const app = rig({ before: 3000 });
  app.listens = [3000];
  expect(await app.look(0)).toBe(3000);
});
