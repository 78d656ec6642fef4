import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import Module from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { builtDevpm, REPOSITORY } from "../../../rigs/devpm.ts";
import { processes } from "../../../rigs/processes.ts";
import { until } from "../../../rigs/wait.ts";

/** Instead of the command line, which has not begun to load when it is read: says what runs below the shim by then. */
const COMMAND_LINE = `
const fs = require("node:fs");
const begun = globalThis[Symbol.for("devpm.begun")];
const marked = (id) => fs.readdirSync("/proc").filter((pid) => {
  try {
    return fs.readFileSync("/proc/" + pid + "/environ", "utf8").split("\\0").includes("DEVPM_SESSION=" + id) &&
      fs.readFileSync("/proc/" + pid + "/cmdline", "utf8").includes("daemon-main.cjs");
  } catch {
    return false;
  }
});
let daemons = [];
// nothing but the shim starts it: this process does nothing else meanwhile
for (const began = Date.now(); begun && daemons.length === 0 && Date.now() < began + 20_000; ) daemons = marked(begun.id);
console.log(JSON.stringify({ isBegun: begun !== undefined, daemons: daemons.length }));
process.exit();
`;
/** It waits at its gate, and does nothing else. */
const DAEMON = 'require("node:fs").readFileSync(0);';

let installed: string;

beforeEach((ctx) => {
  ctx.skip(process.platform !== "linux", "the shim is for Linux");
  builtDevpm();
  installed = mkdtempSync(path.join(tmpdir(), "devpm-bin-"));
  cpSync(path.join(REPOSITORY, "bin"), path.join(installed, "bin"), { recursive: true });
  cpSync(path.join(REPOSITORY, "src/teardown"), path.join(installed, "dist/teardown"), { recursive: true });
  mkdirSync(path.join(installed, "dist/lib"));
  cpSync(path.join(REPOSITORY, "dist/lib/begin.cjs"), path.join(installed, "dist/lib/begin.cjs"));
  writeFileSync(path.join(installed, "dist/lib/cli.cjs"), Module.wrap(COMMAND_LINE));
  writeFileSync(path.join(installed, "dist/lib/daemon-main.cjs"), DAEMON);
});
// what was begun ends by itself, as this process has ended
afterEach(async () => {
  const ours = () => processes().filter(({ command }) => command.includes(installed));
  await until("what was begun has ended", () => ours().length === 0);
  rmSync(installed, { recursive: true });
});

function begunWith(line: string, env: Readonly<Record<string, string>> = {}): unknown {
  const words = line === "" ? [] : line.split(" ");
  const { stdout } = spawnSync(process.execPath, [path.join(installed, "bin/devpm.js"), ...words], {
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
  return JSON.parse(stdout);
}

test.each(["dev", "dev --only api", "--config ecosystem.config.ts dev", "-C . dev --json"])(
  "PM2's daemon is started before the command line is loaded: %s",
  (line) => {
    expect(begunWith(line)).toEqual({ isBegun: true, daemons: 1 });
  },
);

test.each(["", "status", "logs dev", "dev --help", "dev -h", "dev -d", "dev --detach api", "-C dev"])(
  "nothing is started for what runs no session itself: %s",
  (line) => {
    expect(begunWith(line)).toEqual({ isBegun: false, daemons: 0 });
  },
);

test("a python3 that is first in the PATH is not what is started", () => {
  const hostile = path.join(installed, "hostile");
  mkdirSync(hostile);
  const ran = path.join(installed, "ran");
  writeFileSync(path.join(hostile, "python3"), `#!/bin/sh\n: >${ran}\nexec sleep 1000\n`, { mode: 0o755 });
  const PATH = `${hostile}:${process.env.PATH}`;
  expect(begunWith("dev", { PATH })).toEqual({ isBegun: true, daemons: 1 });
  expect(processes().filter(({ command }) => command.includes(ran))).toEqual([]);
});
