import { expect, it } from "vitest";
import { instanceOf, socketFolder, socketsIn, stateFolder } from "../../../src/model/instance.ts";
import type { Environment } from "../../../src/system/environment.ts";

const environment = (more: Partial<Environment> = {}): Environment => ({
  shell: {},
  cwd: "/work",
  home: "/home/ana",
  uid: 1000,
  user: "ana",
  platform: "linux",
  pid: 1,
  node: "/usr/bin/node",
  ...more,
});

it.each([
  [environment(), "/home/ana/.local/state/devpm"],
  [environment({ shell: { XDG_STATE_HOME: "/state" } }), "/state/devpm"],
  [environment({ shell: { XDG_STATE_HOME: "state" } }), "/home/ana/.local/state/devpm"],
  [environment({ platform: "darwin" }), "/home/ana/Library/Application Support/devpm"],
  [environment({ shell: { DEVPM_HOME: "here" } }), "/work/here"],
])("keeps state in the platform's folder (%#)", (given, folder) => expect(stateFolder(given)).toBe(folder));

it("tells two worktrees of the same name apart, and knows one again", () => {
  const one = instanceOf("/a/market", environment());
  expect(one.id).toMatch(/^market-[0-9a-f]{8}$/);
  expect(instanceOf("/b/market", environment()).id).not.toBe(one.id);
  expect(instanceOf("/a/market", environment())).toEqual(one);
});

it("names a folder of any letters", () => {
  expect(instanceOf("/a/Mein Projekt – ünïcode", environment()).id).toMatch(/^[a-z0-9-]+$/);
});

it("keeps sockets with everything else, where their path fits", () => {
  expect(socketsIn("/state/market")).toEqual({ pm2Home: "/state/market/pm2", socket: "/state/market/engine.sock" });
  expect(socketsIn(`/${"x".repeat(80)}`)).toBeNull();
});

it("takes away no folder but one that a session made for its sockets", () => {
  const made = "/run/user/1000/devpm-aB3xY9";
  expect(socketFolder({ pm2Home: `${made}/pm2`, socket: `${made}/engine.sock` })).toBe(made);
  for (const [pm2Home, socket] of [
    ["/state/market-1f2e3d4c/pm2", "/state/market-1f2e3d4c/engine.sock"],
    [`${made}/pm2`, "/home/ana/devpm-aB3xY9/engine.sock"],
    [`${made}/pm2`, `${made}/other.sock`],
    ["/home/ana/pm2", "/home/ana/engine.sock"],
    ["", ""],
  ] as const)
    expect(socketFolder({ pm2Home, socket })).toBeNull();
});
