import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, mkdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestContext } from "vitest";
import { REPOSITORY } from "./devpm.ts";
import { cleanEnvironment } from "./environment.ts";
import { onlyOne } from "./only-one.ts";
import { type Namespace, noNamespace, openNamespace } from "./namespace.ts";
import { runProgram } from "./program.ts";
import { type Project, type ProjectOptions, openProject } from "./project.ts";
import { pythonWith } from "./python.ts";

const DEMO = "examples/market";

/** The demo as the repository has it, in a temporary folder. */
export const MARKET: Pick<ProjectOptions, "copies" | "env"> = {
  copies: [DEMO, "ecosystem.config.ts", "ecosystem.fastapi.config.ts", "compose.yml"],
  // npm has what it needs from `prepareMarket`, and the namespace has no network
  env: { NPM_CONFIG_OFFLINE: "true" },
};

/** The demo on a machine of its own, where 5050 and 5173 are free. */
export async function openMarket(
  ctx: TestContext,
  options: ProjectOptions = {},
): Promise<{ project: Project; namespace: Namespace }> {
  const unable = noNamespace();
  ctx.skip(unable !== null, unable ?? "");
  const namespace = await openNamespace();
  ctx.onTestFinished(() => namespace.close());
  const project = await openProject(ctx, {
    ...MARKET,
    ...options,
    env: { ...MARKET.env, ...options.env },
    namespace,
  });
  await giveLibraries(project);
  return { project, namespace };
}

/** The venv made once is the project's: its set-up finds it, and pip has nothing to install. */
export async function giveLibraries(project: Project): Promise<void> {
  symlinkSync(await prepareMarket(), project.path(DEMO, ".venv"));
}

/** The body of what answers in there, asked by curl. */
export async function askInside(namespace: Namespace, url: string): Promise<string> {
  const flags = ["--silent", "--show-error", "--fail-with-body", "--max-time", "10"];
  const done = await namespace.run(["curl", ...flags, url], { env: { PATH: process.env.PATH } });
  if (done.code !== 0) throw new Error(`curl ${url} ended with ${done.code}: ${done.output}`);
  return done.output;
}

/** What needs the network, once for one content of the demo's requirements and lock file. The venv's folder. */
export async function prepareMarket(): Promise<string> {
  const requirements = readFileSync(path.join(REPOSITORY, DEMO, "requirements.txt"), "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  const venv = await pythonWith(requirements);
  const lock = readFileSync(path.join(REPOSITORY, DEMO, "ui/package-lock.json"));
  const seen = path.join(venv, `npm-${createHash("sha256").update(lock).digest("hex").slice(0, 12)}`);
  await onlyOne(seen, async () => {
    if (!existsSync(seen)) await fillNpmCache(seen);
  });
  return venv;
}

async function fillNpmCache(seen: string): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), "devpm-npm-"));
  for (const name of ["package.json", "package-lock.json"])
    cpSync(path.join(REPOSITORY, DEMO, "ui", name), path.join(folder, name));
  const env = cleanEnvironment(folder);
  const done = await runProgram(["npm", "ci", "--no-audit", "--no-fund"], { env, cwd: folder, deadlineMs: 300_000 });
  rmSync(folder, { recursive: true, force: true });
  if (done.code !== 0) throw new Error(`npm ci of the demo's page failed:\n${done.output}`);
  mkdirSync(seen);
}
