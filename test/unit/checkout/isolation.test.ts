import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { readAllocation } from "../../../src/checkout/allocation.ts";
import { BLOCK, blocksFor, claimBlock, ownerOf, rangeOf } from "../../../src/checkout/blocks.ts";
import { isGone } from "../../../src/checkout/gone.ts";
import { isolationOf, type IsolationRequest, type IsolationSystem } from "../../../src/checkout/isolation.ts";
import { plainName } from "../../../src/checkout/name.ts";
import type { Outcome } from "../../../src/diagnostics/outcome.ts";
import { instanceOf } from "../../../src/model/instance.ts";
import { folderWith, outside } from "../config/outside.ts";

const DECLARED = [
  { app: "backend", port: 5050, further: false },
  { app: "web", port: 5173, further: false },
  { app: "web", port: 24_678, further: true },
];

interface Place {
  base: string;
  main: string;
  tree: (name: string) => string;
  system: IsolationSystem;
  busy: Set<number>;
}

/** A repository with linked worktrees as git writes them, and a machine on which `busy` is listened on. */
function place(shell: Record<string, string> = {}): Place {
  const base = folderWith({ "shop/.git/HEAD": "ref: refs/heads/main\n" });
  const busy = new Set<number>();
  const ports = {
    listening: () => [...busy].map((port) => ({ port, waiting: 0 })),
    canBind: (port: number) => Promise.resolve(busy.has(port) ? ("taken" as const) : ("free" as const)),
  };
  return {
    base,
    main: path.join(base, "shop"),
    busy,
    system: { ...outside(base, shell), ports },
    tree(name) {
      const folder = path.join(base, name);
      const gitdir = path.join(base, "shop/.git/worktrees", name);
      mkdirSync(folder);
      mkdirSync(gitdir, { recursive: true });
      writeFileSync(path.join(folder, ".git"), `gitdir: ${gitdir}\n`);
      writeFileSync(path.join(gitdir, "commondir"), "../..\n");
      writeFileSync(path.join(gitdir, "HEAD"), `ref: refs/heads/${name}\n`);
      return folder;
    },
  };
}

const ask = (root: string, more: Partial<IsolationRequest> = {}): IsolationRequest => ({
  root,
  declared: DECLARED,
  configured: undefined,
  asked: undefined,
  claim: true,
  ...more,
});

function valueOf<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.diagnostics));
  return outcome.value;
}

const portsIn = async ({ system }: Place, root: string, more: Partial<IsolationRequest> = {}) =>
  valueOf(await isolationOf(system, ask(root, more)))?.moved.map(({ to }) => to) ?? null;

test("the main checkout keeps its ports; a worktree has a block of its own, the same each time", async () => {
  const at = place();
  expect(await isolationOf(at.system, ask(at.main))).toEqual({ ok: true, value: null });
  const root = at.tree("login");
  const first = valueOf(await isolationOf(at.system, ask(root)));
  expect(first).toMatchObject({ name: "login", branch: "login", folder: root, main: at.main, containers: false });
  const ports = first!.moved.map(({ to }) => to);
  expect(new Set(ports).size).toBe(3);
  expect(ports.every((port) => port >= 20_000 && port <= 31_999)).toBe(true);
  expect(new Set(ports.map((port) => Math.floor(port / BLOCK))).size).toBe(1);
  // what runs there now is its own session: nothing is probed again
  for (const port of ports) at.busy.add(port);
  expect(await portsIn(at, root)).toEqual(ports);
  expect(await portsIn(at, root, { claim: false })).toEqual(ports);
  // an app that is new gets the next one, and one that was removed keeps its own for when it comes back
  const declared = [...DECLARED, { app: "mail", port: 9000, further: false }];
  expect((await portsIn(at, root, { declared }))?.slice(0, 3)).toEqual(ports);
});

test("before a start only what a start would give: nothing is written", async () => {
  const at = place();
  const root = at.tree("login");
  const foreseen = await portsIn(at, root, { claim: false });
  expect(await readAllocation(at.system, instanceOf(root, at.system.environment))).toBeNull();
  expect(await portsIn(at, root)).toEqual(foreseen);
});

test("no two worktrees share a port, and a block in which another program listens is passed over", async () => {
  const at = place({ DEVPM_WORKTREE_PORTS: "24000-24099" });
  const range = rangeOf(at.system.environment.shell);
  const roots = ["a", "b", "c", "d"].map((name) => at.tree(name));
  const [wanted = 0] = blocksFor(roots[0]!, range);
  at.busy.add(wanted + 11);
  const given = [];
  for (const root of roots) given.push(...(await portsIn(at, root))!);
  expect(new Set(given).size).toBe(12);
  expect(given.filter((port) => port >= wanted && port < wanted + BLOCK)).toEqual([]);
  // five blocks: one is busy, four are taken
  const none = await isolationOf(at.system, ask(at.tree("e")));
  expect(none).toMatchObject({ ok: false, diagnostics: [{ code: "DEVPM_WORKTREE_PORTS" }] });
  // one whose folder is gone holds nothing
  rmSync(roots[1]!, { recursive: true });
  expect(await portsIn(at, path.join(at.base, "e"))).toHaveLength(3);
});

test("a port that browsers refuse is given to nobody", async () => {
  const at = place({ DEVPM_WORKTREE_PORTS: "6660-6679" });
  const declared = Array.from({ length: 14 }, (_, index) => ({
    app: `app${index}`,
    port: 3000 + index,
    further: false,
  }));
  expect(await portsIn(at, at.tree("login"), { declared })).toEqual([
    ...[6660, 6661, 6662, 6663, 6664],
    ...[6670, 6671, 6672, 6673, 6674, 6675, 6676, 6677, 6678],
  ]);
});

test("flags are stronger than the configuration, and that than the checkout", async () => {
  const at = place();
  const root = at.tree("login");
  expect(await portsIn(at, root, { asked: false })).toBeNull();
  expect(await portsIn(at, root, { configured: false })).toBeNull();
  expect(await portsIn(at, root, { configured: false, asked: true })).toHaveLength(3);
  expect(await portsIn(at, at.main, { asked: true })).toHaveLength(3);
  expect(await portsIn(at, at.main, { configured: true })).toHaveLength(3);
  // asked for once, the main checkout has its own ports again next time
  expect(await portsIn(at, at.main)).toBeNull();
  expect(await portsIn(at, at.main, { configured: "containers" })).toBeNull();
  expect(valueOf(await isolationOf(at.system, ask(root, { configured: "containers" })))).toMatchObject({
    containers: true,
  });
});

test("a second clone is moved while a session of the first has its ports, and from then on", async () => {
  const at = place();
  const clone = path.join(at.base, "clone");
  for (const [folder, origin] of [
    [at.main, "https://example.org/shop.git"],
    [clone, "https://example.org/shop"],
  ] as const) {
    mkdirSync(path.join(folder, ".git"), { recursive: true });
    writeFileSync(path.join(folder, ".git/HEAD"), "ref: refs/heads/main\n");
    writeFileSync(path.join(folder, ".git/config"), `[remote "origin"]\n\turl = ${origin}\n`);
  }
  expect(await portsIn(at, clone)).toBeNull();
  running(at, at.main, [5050]);
  expect(await portsIn(at, at.main)).toBeNull();
  const moved = await portsIn(at, clone);
  expect(moved).toHaveLength(3);
  rmSync(instanceOf(at.main, at.system.environment).folder, { recursive: true });
  expect(await portsIn(at, clone)).toEqual(moved);
  // asked for as well, it stays what it is
  expect(valueOf(await isolationOf(at.system, ask(clone, { asked: true })))).toMatchObject({ main: at.main });
  expect(await portsIn(at, clone)).toEqual(moved);
});

test("two clones that both have ports of their own share the containers of the first", async () => {
  const at = place();
  const clone = path.join(at.base, "clone");
  mkdirSync(path.join(clone, ".git"), { recursive: true });
  writeFileSync(path.join(clone, ".git/HEAD"), "ref: refs/heads/main\n");
  writeFileSync(path.join(clone, ".git/config"), `[remote "origin"]\n\turl = ${at.main}\n`);
  const mainOf = async (root: string) => valueOf(await isolationOf(at.system, ask(root, { configured: true })))?.main;
  expect(await mainOf(at.main)).toBeNull();
  expect(await mainOf(clone)).toBe(at.main);
  // and so it stays, whichever starts next
  expect(await mainOf(at.main)).toBeNull();
  expect(await mainOf(clone)).toBe(at.main);
});

test("a worktree that git has moved keeps its ports, and gives its place to none", async () => {
  const at = place();
  const before = at.tree("login");
  const ports = await portsIn(at, before);
  const { folder } = instanceOf(before, at.system.environment);
  const moved = path.join(at.base, "elsewhere");
  renameSync(before, moved);
  // before a start only what it would give
  expect(await portsIn(at, moved, { claim: false })).toEqual(ports);
  expect(await readAllocation(at.system, { folder })).not.toBeNull();
  expect(await portsIn(at, moved)).toEqual(ports);
  expect(await readAllocation(at.system, { folder })).toBeNull();
  const now = await readAllocation(at.system, instanceOf(moved, at.system.environment));
  expect(now).toMatchObject({ root: moved, linked: "login", formerly: [before] });
  const block = Math.floor(ports![0]! / BLOCK) * BLOCK;
  expect(await ownerOf(at.system, block)).toBe(moved);
  // a copy is another checkout
  mkdirSync(before);
  writeFileSync(path.join(before, ".git"), readFileSync(path.join(moved, ".git")));
  expect(await portsIn(at, before)).not.toEqual(ports);
});

test("of two that find a block of a removed worktree one gets it, and the other does not", async () => {
  const at = place();
  const gone = { root: path.join(at.base, "gone") };
  expect(await claimBlock(at.system, 24_000, gone)).toBe(true);
  const roots = Array.from({ length: 8 }, (_, index) => at.tree(`t${index}`));
  const got = await Promise.all(roots.map((root) => claimBlock(at.system, 24_000, { root })));
  expect(got.filter(Boolean)).toHaveLength(1);
  expect(await ownerOf(at.system, 24_000)).toBe(roots[got.indexOf(true)]);
});

test("a block whose file can be neither read nor moved, as one of another user, is not to be had", async () => {
  const { system, tree } = place();
  const denied = () => Promise.reject(new Error("EACCES"));
  const files = { ...system.files, create: () => Promise.resolve(false), readOwn: denied, rename: denied };
  expect(await claimBlock({ ...system, files }, 24_000, { root: tree("one") })).toBe(false);
});

test("what is on a disk that is not mounted, or that git keeps locked, is not gone", async () => {
  const at = place();
  const root = path.join(at.base, "disk/login");
  const device = await at.system.files.device(at.base);
  expect(device).not.toBeNull();
  expect(await isGone(at.system.files, { root, device: device! })).toBe(true);
  expect(await isGone(at.system.files, { root })).toBe(true);
  expect(await isGone(at.system.files, { root, device: device! + 1 })).toBe(false);
  const common = path.join(at.main, ".git");
  const stick = { root, device: device!, linked: "login", common };
  expect(await isGone(at.system.files, stick)).toBe(true);
  mkdirSync(path.join(common, "worktrees/login"), { recursive: true });
  writeFileSync(path.join(common, "worktrees/login/locked"), "on a stick\n");
  expect(await isGone(at.system.files, stick)).toBe(false);
});

test("a removed worktree is gone, also where a program that still ran has written there again", async () => {
  const at = place();
  const [root, common] = [at.tree("login"), path.join(at.main, ".git")];
  const files = at.system.files;
  const placed = { root, device: (await files.device(root))!, linked: "login", common };
  expect(await isGone(files, placed)).toBe(false);
  rmSync(path.join(common, "worktrees/login"), { recursive: true });
  // `git worktree prune` while its disk was away: the checkout itself is there
  expect(await isGone(files, placed)).toBe(false);
  mkdirSync(path.join(root, "apps/shop"), { recursive: true });
  expect(await isGone(files, { ...placed, root: path.join(root, "apps/shop"), inside: "apps/shop" })).toBe(false);
  rmSync(root, { recursive: true });
  mkdirSync(path.join(root, "ui/.vite"), { recursive: true });
  expect(await isGone(files, placed)).toBe(true);
  expect(await isGone(files, { root, device: placed.device })).toBe(false);
  expect(await isGone(files, { ...placed, common: path.join(at.base, "not-mounted/.git") })).toBe(false);
});

function running({ system }: Place, root: string, ports: number[]): void {
  const { folder, sessionFile, id } = instanceOf(root, system.environment);
  mkdirSync(folder, { recursive: true });
  const engine = { pid: process.pid, startTime: "1", bootId: "b" };
  system.processes.alive = ({ pid }) => pid === process.pid;
  const record = {
    ...{ version: 1, id: `${id}.1`, project: "shop", root, namespace: "n", engine, sentinel: null, shim: null },
    ...{ daemon: null, apps: [], startedAt: "2026-01-01T00:00:00Z", detached: true, state: "ready" },
    ...{ pm2Home: "/p", socket: "/s", ports },
  };
  writeFileSync(sessionFile, JSON.stringify(record), { mode: 0o600 });
}

test("names fit into an address and a database, and two never become one", () => {
  expect(plainName("feature-login")).toBe("feature-login");
  const names = [
    "feature/login",
    "feature_login",
    "Feature-Login",
    "größe",
    "grosse",
    "x".repeat(200),
    "x".repeat(201),
    "市場",
    "---",
  ];
  const plain = names.map((name) => plainName(name));
  expect(new Set(plain).size).toBe(names.length);
  for (const name of plain) expect(name).toMatch(/^[a-z0-9](?:[a-z0-9-]{0,22}[a-z0-9])?$/);
  expect(plainName("shop", "/a/shop")).not.toBe(plainName("shop", "/b/shop"));
});

test.each(["x", "0-10", "90000-99999", "24099-24000", ""])("%j is no range of ports: the usual one is used", (text) => {
  expect(rangeOf({ DEVPM_WORKTREE_PORTS: text })).toEqual({ first: 20_000, last: 31_999 });
});
