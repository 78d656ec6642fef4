import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";
import { environmentFile } from "../../../src/pm2/environment-file.ts";

const folder = mkdtempSync(path.join(os.tmpdir(), "devpm environment "));
afterAll(() => rmSync(folder, { recursive: true }));

const launcher = fileURLToPath(new URL("../../../src/pm2/launch.sh", import.meta.url));

const awkward = {
  PATH: process.env.PATH ?? "",
  PLAIN: "value",
  EMPTY: "",
  QUOTES: `it's "quoted" and \\ back`,
  LINES: "one\ntwo\n",
  DOLLARS: "$HOME `id` $(id) ${X}",
  UMLAUT: "Köln 東京 🦦",
  SPACES: "  both ends  ",
};

/** What a program sees that was launched with it. */
function seen(environment: Record<string, string>): Record<string, string> {
  const file = path.join(folder, "app.sh");
  writeFileSync(file, environmentFile(environment));
  const print = "process.stdout.write(JSON.stringify([process.env, process.argv.slice(1)]))";
  const run = spawnSync(launcher, [file, process.execPath, "-e", print, "--", "an argument", "it's"], {
    env: {},
    encoding: "utf8",
  });
  const [env, argv] = JSON.parse(run.stdout) as [Record<string, string>, string[]];
  expect(argv).toEqual(["an argument", "it's"]);
  return env;
}

it("brings every value through the launcher unchanged, and nothing else", () => {
  const { PWD: _, SHLVL: __, _: ___, ...env } = seen(awkward);
  expect(env).toEqual(awkward);
});

it("leaves out what no shell can export", () => {
  const file = environmentFile({ "BASH_FUNC_x%%": "() { :; }", "npm_config_//host/:_authToken": "t", OK: "1" });
  expect(file).toBe("export OK='1'\n");
});

it("is read by a clustered node as the launcher reads it", () => {
  const file = path.join(folder, "cluster.sh");
  const environment = { ...awkward, UID: "it's not\nthe shell's" };
  writeFileSync(file, environmentFile(environment));
  const loader = fileURLToPath(new URL("../../../src/pm2/load-environment.cjs", import.meta.url));
  const run = spawnSync(process.execPath, ["--require", loader, "-p", "JSON.stringify(process.env)"], {
    env: { pm2_env: JSON.stringify({ DEVPM_ENVIRONMENT_FILE: file }) },
    encoding: "utf8",
  });
  expect(JSON.parse(run.stdout)).toMatchObject(environment);
});

it("takes no program of its own between the shell and the app's", (ctx) => {
  const file = path.join(folder, "execs.sh");
  const trace = path.join(folder, "execs");
  writeFileSync(file, environmentFile({ DEVPM_SESSION: "mark" }));
  const strace = ["-f", "-qq", "-e", "trace=execve", "-o", trace];
  const run = spawnSync("strace", [...strace, "/bin/sh", launcher, file, "/bin/true"], { encoding: "utf8" });
  ctx.skip(run.status !== 0, `no strace: ${run.error?.message ?? run.stderr}`);
  const programs = [...readFileSync(trace, "utf8").matchAll(/execve\("([^"]*)"/g)].map(([, program]) => program);
  expect(programs).toEqual(["/bin/sh", "/bin/true"]);
});
