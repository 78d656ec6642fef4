import { expect, it } from "vitest";
import { instanceOf, stateFolder } from "../../../src/model/instance.ts";
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

it("keeps sockets where their path fits, however deep the state folder is", () => {
  const deep = instanceOf("/a/market", environment({ shell: { DEVPM_HOME: `/${"x".repeat(200)}` } }));
  expect(deep.logs.startsWith("/xxx")).toBe(true);
  expect(Buffer.byteLength(deep.socket)).toBeLessThan(100);
  expect(Buffer.byteLength(`${deep.pm2Home}/interactor.sock`)).toBeLessThan(104);
});
