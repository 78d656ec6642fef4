import { spawnSync } from "node:child_process";
import path from "node:path";
import { expect, test } from "vitest";

/** In a process of its own: what is patched is the console of the whole process. */
function printed(code: string): { stdout: string; stderr: string; status: number | null } {
  const file = path.join(import.meta.dirname, "../../../dist/pm2/patch-console.js");
  const program = `
    import { patchConsole } from ${JSON.stringify(file)};
    const owner = { overrideConsole() {} };
    const emitted = [];
    const bus = { emit: (event, packet) => emitted.push([event, packet.data, packet.process.name]) };
    patchConsole(owner);
    owner.overrideConsole(bus);
    ${code}`;
  const { stdout, stderr, status } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
    encoding: "utf8",
  });
  return { stdout, stderr, status };
}

const DATE = String.raw`\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z`;

test("what PM2 prints is dated, formatted, and on the stream that it is for", () => {
  const { stdout, stderr } = printed(`console.log("App [%s:%d]", "api", 3, { a: 1 }); console.error(new Error("no"));`);
  expect(stdout).toMatch(new RegExp(String.raw`^${DATE}: PM2 log: App \[api:3\] \{ a: 1 \}\n$`));
  expect(stderr).toMatch(new RegExp(String.raw`^${DATE}: PM2 error: Error: no\n`));
});

test("the bus has each line, as the reader of saves takes it", () => {
  const { stderr } = printed(`
    console.log("Change detected on path %s for app %s - restarting", "a.py", "api");
    console.warn("second");
    process.stderr.write("|" + JSON.stringify(emitted));`);
  expect(JSON.parse(stderr.slice(stderr.indexOf("|") + 1))).toEqual([
    ["log:PM2", "Change detected on path a.py for app api - restarting\n", "PM2"],
    ["log:PM2", "second\n", "PM2"],
  ]);
});

test("no stream of Node's is made for a line, and a log that cannot be written ends nothing", () => {
  const { status, stderr } = printed(`
    import { closeSync, openSync } from "node:fs";
    let made = false;
    const { get } = Object.getOwnPropertyDescriptor(process, "stdout");
    Object.defineProperty(process, "stdout", { get: () => ((made = true), get.call(process)), configurable: true });
    closeSync(1);
    openSync("/dev/null", "r");
    console.log("nowhere");
    process.exit(made ? 3 : emitted.length);`);
  expect([status, stderr]).toEqual([1, ""]);
});
