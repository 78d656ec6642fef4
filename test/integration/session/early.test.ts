import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { beforeEach, expect, test } from "vitest";
import { builtDevpm, REPOSITORY } from "../../rigs/devpm.ts";
import { type Namespace, noNamespace, openNamespace } from "../../rigs/namespace.ts";
import { tree } from "../../rigs/processes.ts";
import { until } from "../../rigs/wait.ts";

// the shim and PM2's daemon are started before it is known whether there will be a session
const unable = noNamespace();
const DEVPM = [process.execPath, path.join(REPOSITORY, "bin/devpm.js")];
/** The command, and then what runs at the very moment at which it has returned. */
const AND_LOOK = `"$@"; code=$?; printf '\\nleft:%s\\n' "$(grep -la -e '[s]him.py' -e 'daemon[-]main' /proc/[0-9]*/cmdline | tr '\\n' ' ')"; exit $code`;

let namespace: Namespace;
let home: string;

beforeEach(async (ctx) => {
  ctx.skip(unable !== null, unable ?? "");
  builtDevpm();
  namespace = await openNamespace();
  home = mkdtempSync(path.join(tmpdir(), "devpm-early-"));
  return async () => {
    await namespace.close();
    rmSync(home, { recursive: true });
  };
});

const env = (): Record<string, string> => ({
  PATH: `${path.dirname(process.execPath)}:/usr/bin:/bin`,
  HOME: home,
  DEVPM_HOME: path.join(home, "state"),
});

const left = (): string => tree(namespace.left());

test.each([
  ["a usage error", ["dev", "--bogus"], null, 2],
  ["a folder that is not there", ["-C", "nowhere", "dev"], null, 2],
  ["nothing to run", ["dev"], null, 2],
  ["a configuration that does not parse", ["dev"], "export default {", 2],
])("where no session comes of it, nothing is left once the command returns: %s", async (_, words, config, code) => {
  if (config !== null) writeFileSync(path.join(home, "ecosystem.config.ts"), config);
  const ended = await namespace.run(["sh", "-c", AND_LOOK, "sh", ...DEVPM, ...words], { env: env(), cwd: home });
  expect(ended.output).toContain("\nleft:\n");
  expect(ended.code).toBe(code);
});

test("a state folder that cannot be written leaves nothing either", async () => {
  writeFileSync(path.join(home, "ecosystem.config.json"), "{}");
  const options = { env: { ...env(), DEVPM_HOME: "/dev/null/state" }, cwd: home };
  const ended = await namespace.run(["sh", "-c", AND_LOOK, "sh", ...DEVPM, "dev"], options);
  expect(ended.output).toContain("\nleft:\n");
  expect(ended.code).toBe(3);
});

test.each(["SIGINT", "SIGTERM"] as const)("%s before the command line is loaded leaves nothing", async (signal) => {
  const command = namespace.spawn([...DEVPM, "dev"], { env: env(), cwd: home });
  await until("the shim is started", () => left().includes("shim.py"));
  namespace.kill(command.pid, signal);
  await command.ended();
  expect(left()).toBe("");
});

test("SIGKILL before the command line is loaded leaves nothing", async () => {
  const command = namespace.spawn([...DEVPM, "dev"], { env: env(), cwd: home });
  await until("the shim is started", () => left().includes("shim.py"));
  namespace.kill(command.pid, "SIGKILL");
  await command.ended();
  await until("nothing is left", () => left() === "", { describe: left });
});
