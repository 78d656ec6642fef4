import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { claimedElsewhere, otherClaims, releaseClaims, takeClaims } from "../../../src/preflight/ports/claim-store.ts";
import { files as realFiles, type Files } from "../../../src/system/files/files.ts";
import { folderWith } from "../config/outside.ts";
import { machine } from "../machine.ts";
import { identity, record } from "../teardown/sample.ts";
import { environment } from "./place.ts";

/** Two sessions of one user, `a` and `b`, and their shared folder of claims. */
function room(files: Partial<Files> = {}) {
  const home = folderWith({});
  const simulated = machine();
  // the common place of a user's claims is taken: the next one is in the state folder
  const makePrivate: Files["makePrivate"] = () => Promise.resolve({ state: "unsafe", reason: "it is another user's" });
  const folder = path.join(home, "claims/network-7");
  const outside = {
    files: { ...realFiles, makePrivate, ...files },
    processes: simulated.processes,
    ports: { ...simulated.ports, network: () => "7" },
    environment: { ...environment, shell: { DEVPM_HOME: home } },
  };
  const session = (id: string, pid: number) => {
    simulated.start(pid);
    return record({ id, project: `project-${id}`, root: `/home/ana/${id}`, engine: identity(pid) });
  };
  return { outside, ...simulated, a: session("a", 10), b: session("b", 20), folder, names: () => readdirSync(folder) };
}

test("ports that nobody has are taken, each in a file of its own", async () => {
  const { outside, a, folder } = room();
  expect(await takeClaims(outside, a, [5173, 5050])).toEqual(new Map());
  expect(readdirSync(folder).toSorted()).toEqual(["5050.json", "5173.json"]);
  expect(JSON.parse(readFileSync(path.join(folder, "5050.json"), "utf8"))).toMatchObject({ session: "a", port: 5050 });
});

test("a port that a live session has is reported with its session, and nothing of the others is kept", async () => {
  const { outside, a, b, names } = room();
  await takeClaims(outside, a, [5173]);
  const lost = await takeClaims(outside, b, [5050, 5173, 5174]);
  expect([...lost].map(([port, { project }]) => [port, project])).toEqual([[5173, "project-a"]]);
  expect(names()).toEqual(["5173.json"]);
});

test("every port that was lost is reported at once", async () => {
  const { outside, a, b } = room();
  await takeClaims(outside, a, [1, 2, 3]);
  expect([...(await takeClaims(outside, b, [3, 1])).keys()]).toEqual([1, 3]);
});

test("of two sessions that want the same ports one gets all of them, in whatever order they ask", async () => {
  for (let round = 0; round < 20; round++) {
    const { outside, a, b, folder } = room();
    const [first, second] = await Promise.all([
      takeClaims(outside, a, [5050, 5173, 8000]),
      takeClaims(outside, b, [8000, 5173, 5050]),
    ]);
    const winners = [first, second].filter((lost) => lost.size === 0);
    expect(winners).toHaveLength(1);
    const owners = readdirSync(folder).map(
      (name) => JSON.parse(readFileSync(path.join(folder, name), "utf8")).session as string,
    );
    expect(owners).toHaveLength(3);
    expect(new Set(owners).size).toBe(1);
  }
});

test("the same session may ask again", async () => {
  const { outside, a } = room();
  await takeClaims(outside, a, [5050]);
  expect(await takeClaims(outside, a, [5050, 5050])).toEqual(new Map());
});

describe("a dead session's claim", () => {
  test("is taken over, and leaves nothing beside it", async () => {
    const { outside, a, b, end, names } = room();
    await takeClaims(outside, a, [5050]);
    end(10);
    expect(await takeClaims(outside, b, [5050])).toEqual(new Map());
    expect(names()).toEqual(["5050.json"]);
  });

  test("is dead too where its pid was given to another process", async () => {
    const { outside, a, b, end, start } = room();
    await takeClaims(outside, a, [5050]);
    end(10);
    start(10, { startTime: "later" });
    expect(await takeClaims(outside, b, [5050])).toEqual(new Map());
  });

  test("that a third session has retired meanwhile is not taken from that one", async () => {
    const base = room();
    await takeClaims(base.outside, base.a, [5050]);
    base.end(10);
    base.start(30);
    const third = record({ id: "c", project: "project-c", engine: identity(30) });
    let raced = false;
    const outside = {
      ...base.outside,
      files: {
        ...base.outside.files,
        async rename(from: string, to: string) {
          if (!raced) {
            raced = true;
            await takeClaims(base.outside, third, [5050]);
          }
          await realFiles.rename(from, to);
        },
      },
    };
    const lost = await takeClaims(outside, base.b, [5050]);
    expect([...lost.values()].map(({ session }) => session)).toEqual(["c"]);
    expect(base.names()).toEqual(["5050.json"]);
  });
});

test("on a full disk the claims are not recorded, and the session may go on by what the kernel shows", async () => {
  const full = Object.assign(new Error("no space"), { code: "ENOSPC" });
  const { outside, a } = room({ create: () => Promise.reject(full) });
  expect(await takeClaims(outside, a, [5050])).toEqual(new Map());
});

test("a file that can be neither read nor moved is no reason to wait, nor another session's claim", async () => {
  const { outside, a } = room({
    create: () => Promise.resolve(false),
    readOwn: () => Promise.resolve(null),
    rename: () => Promise.reject(Object.assign(new Error("not yours"), { code: "EPERM" })),
  });
  expect(await takeClaims(outside, a, [5050])).toEqual(new Map());
});

describe("what other sessions have", () => {
  test("is read without taking anything", async () => {
    const { outside, a, names } = room();
    await takeClaims(outside, a, [5050]);
    expect([...(await otherClaims(outside, "b", [5050, 5173])).keys()]).toEqual([5050]);
    expect(await otherClaims(outside, "a", [5050])).toEqual(new Map());
    expect(names()).toEqual(["5050.json"]);
  });

  test("is every port of live sessions but the asking one's", async () => {
    const { outside, a, b, end } = room();
    expect(await claimedElsewhere(outside, "b")).toEqual([]);
    await takeClaims(outside, a, [1, 2]);
    await takeClaims(outside, b, [3]);
    expect(new Set(await claimedElsewhere(outside, "b"))).toEqual(new Set([1, 2]));
    end(10);
    expect(await claimedElsewhere(outside, "b")).toEqual([]);
  });

  test.each([
    ["half a file", "{"],
    ["another program's", '{"version":1,"port":5050}'],
    ["another version's", '{"version":2,"port":5050,"session":"z","project":"p","root":"/","engine":{"pid":1}}'],
    ["a list", "[]"],
  ])("%s counts as no claim, and is replaced", async (_, text) => {
    const { outside, a, folder } = room();
    await realFiles.write(path.join(folder, "5050.json"), text);
    expect(await otherClaims(outside, "b", [5050])).toEqual(new Map());
    expect(await takeClaims(outside, a, [5050])).toEqual(new Map());
  });
});

describe("giving back", () => {
  test("removes what the session has, and nothing of another", async () => {
    const { outside, a, b, names } = room();
    await takeClaims(outside, a, [1, 2]);
    await takeClaims(outside, b, [3]);
    await releaseClaims(outside, "a", [1, 3]);
    expect(names().toSorted()).toEqual(["2.json", "3.json"]);
    await releaseClaims(outside, "a");
    expect(names()).toEqual(["3.json"]);
  });

  test("is nothing where nothing was ever claimed", async () => {
    const { outside } = room();
    await releaseClaims(outside, "a");
  });
});
