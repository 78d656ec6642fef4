import { mkdirSync, readFileSync, readdirSync, symlinkSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { type TestContext, expect, test } from "vitest";
import { REPOSITORY, installedDevpm } from "../rigs/devpm.ts";
import { packageManager } from "../rigs/package-managers.ts";
import { freePort } from "../rigs/ports.ts";
import { runProgram } from "../rigs/program.ts";
import { openProject, type Project } from "../rigs/project.ts";
import { pythonWith } from "../rigs/python.ts";

const GUIDES = path.join(REPOSITORY, "docs/guides");

type Block = { file: string; text: string } | { run: string };

/** Files a guide shows (`file=…`) and commands it gives (`sh run`), in its order. */
function blocksOf(markdown: string): Block[] {
  return [...markdown.matchAll(/^```(\w+) (run|file=(\S+))\n([^]*?)^```$/gm)].map(([, , kind, file = "", text = ""]) =>
    kind === "run" ? { run: text } : { file, text },
  );
}

/** Each guide has ports of its own here: the ones it names may be somebody's. */
async function onFreePorts(markdown: string): Promise<string> {
  const ports = new Map<string, number>();
  for (const [port] of markdown.matchAll(/\b(5050|5173|8000)\b/g))
    if (!ports.has(port)) ports.set(port, await freePort());
  return markdown.replaceAll(/\b(5050|5173|8000)\b/g, (port) => String(ports.get(port)));
}

/** The package of this checkout, where `npm install --save-dev devpm` would put it, and the tools that the guides name. */
async function openReader(ctx: TestContext): Promise<Project> {
  const project = await openProject(ctx);
  const bin = path.join(project.home, "tools");
  mkdirSync(bin);
  symlinkSync(packageManager("pnpm@10", "pnpm/bin/pnpm.cjs"), path.join(bin, "pnpm"));
  symlinkSync(path.join(await pythonWith(["uv"]), "bin/uv"), path.join(bin, "uv"));
  const kept = path.join(homedir(), ".cache/devpm-tests");
  Object.assign(project.env, {
    PATH: `${bin}:${project.env.PATH!.split(":").slice(1).join(":")}`,
    npm_config_store_dir: path.join(kept, "pnpm"),
    npm_config_manage_package_manager_versions: "false",
    UV_CACHE_DIR: path.join(kept, "uv"),
  });
  return project;
}

function installDevpm(project: Project): void {
  mkdirSync(project.path("node_modules/.bin"), { recursive: true });
  symlinkSync(path.join(installedDevpm().prefix, "node_modules/devpm"), project.path("node_modules/devpm"));
  symlinkSync("../devpm/bin/devpm.js", project.path("node_modules/.bin/devpm"));
}

const guides = readdirSync(GUIDES).filter((name) => blocksOf(readFileSync(path.join(GUIDES, name), "utf8")).length > 0);

test("every stack has its guide, and what is run in it begins and ends a session", () => {
  expect(guides).toEqual([
    "celery.md",
    "django.md",
    "fastapi.md",
    "flask.md",
    "moving.md",
    "pnpm-workspace.md",
    "uv.md",
  ]);
  for (const name of guides) {
    const runs = blocksOf(readFileSync(path.join(GUIDES, name), "utf8")).flatMap((block) =>
      "run" in block ? [block.run] : [],
    );
    expect(runs.join("")).toMatch(/devpm dev --detach[^]*devpm down/);
  }
});

test.for(guides)("%s: its files and commands, in a fresh folder", async (name, ctx) => {
  const project = await openReader(ctx);
  for (const block of blocksOf(await onFreePorts(readFileSync(path.join(GUIDES, name), "utf8")))) {
    if ("file" in block) {
      project.write(block.file, block.text);
      continue;
    }
    if (block.run.includes("devpm ") && !readdirSync(project.root).includes("node_modules")) installDevpm(project);
    const given = { cwd: project.root, env: project.env, deadlineMs: 240_000 };
    const done = await runProgram(["bash", "-e", "-o", "pipefail", "-x", "-c", block.run], given);
    expect(done, `${done.output}\n${project.story()}`).toMatchObject({ code: 0 });
  }
  await project.nothingLeft();
});
