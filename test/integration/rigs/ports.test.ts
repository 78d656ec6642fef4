import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { REPOSITORY } from "../../rigs/devpm.ts";
import { freePorts } from "../../rigs/ports.ts";

/** What binds them finds them taken, and the rig gives another one. */
const GIVEN = `
import { freePort } from "./test/rigs/ports.ts";
import { createSocket } from "node:dgram";
const taken = JSON.parse(process.argv[1]);
const answers = await Promise.all(taken.map((port) => new Promise((resolve) => {
  createSocket("udp4").on("error", ({ code }) => resolve(code)).on("listening", () => resolve("free")).bind(port, "127.0.0.1");
})));
console.log(JSON.stringify([...new Set(answers)]), taken.includes(await freePort()));
process.exit();
`;

test("a port that one test was given is given to no other process until that has ended", async () => {
  const taken = await freePorts(50);
  expect(new Set(taken).size).toBe(50);
  const args = ["--import", "tsx", "--input-type=module", "-e", GIVEN, JSON.stringify(taken)];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: REPOSITORY, encoding: "utf8" });
  expect([stdout, stderr]).toEqual(['["EADDRINUSE"] false\n', ""]);
});
