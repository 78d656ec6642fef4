import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { App } from "../../../src/model/project.ts";
import { watchOptions } from "../../../src/plan/watch.ts";
import { newestSave } from "../../../src/reload/newest-save.ts";
import { preforkCommand } from "../../../src/reload/prefork-command.ts";
import { files } from "../../../src/system/files/files.ts";
import { until } from "../../rigs/wait.ts";

interface Watcher {
  on(event: "all", see: (event: string, file: string) => void): Watcher;
  on(event: "ready", see: () => void): Watcher;
  close(): Promise<void>;
}

/** The very library that PM2 watches with. */
const chokidar = createRequire(createRequire(import.meta.url).resolve("pm2"))("chokidar") as {
  watch(paths: readonly string[], options: object): Watcher;
};

const PREFORK = path.resolve(import.meta.dirname, "../../../src/reload/prefork");
const WATCHED = path.resolve(import.meta.dirname, "../../fixtures/reload/watched.py");

/** path → by what its save is answered. */
const TREE: Record<string, "both" | "restart" | "warm" | "neither"> = {
  "app.py": "both",
  "web/deep/er/routes.py": "both",
  "dist/made.py": "both",
  "build/made.py": "both",
  "environment/x.py": "both",
  "page.html": "restart",
  "web/data.json": "restart",
  "app.log": "neither",
  "data.sqlite": "neither",
  "web/x.db-wal": "neither",
  "web/routes.py~": "neither",
  "web/.routes.py.swp": "neither",
  "web/.hidden.py": "neither",
  "scratch/notes.py": "neither",
  "web/scratch/notes.py": "neither",
  "made/by/hand.py": "neither",
  "web/notes.txt": "neither",
  "prompts/system.txt": "neither",
  "prompts/system.md": "both",
  "venv/lib/x.py": "neither",
  "own-venv/pyvenv.cfg": "neither",
  "own-venv/lib/x.py": "neither",
  ".venv/lib/x.py": "neither",
  ".git/index": "neither",
  "node_modules/x/setup.py": "neither",
  "web/__pycache__/app.pyc": "neither",
  "pkg.egg-info/x.py": "neither",
  ".env": "warm",
};
const NAMES = Object.keys(TREE);
const expected = (by: "restart" | "warm"): string[] => NAMES.filter((name) => [by, "both"].includes(TREE[name]!));

function makeTree(reload: "warm" | "restart"): App {
  const cwd = realpathSync(mkdtempSync(path.join(tmpdir(), "devpm-saves-")));
  onTestFinished(() => rmSync(cwd, { recursive: true }));
  for (const name of NAMES) {
    mkdirSync(path.join(cwd, path.dirname(name)), { recursive: true });
    writeFileSync(path.join(cwd, name), "");
  }
  return {
    name: "backend",
    kind: "python",
    command: { argv: [], shell: false },
    cwd,
    port: null,
    envFiles: [],
    // `watch` names what counts whatever its kind; PM2's watch takes no globs
    watch: reload === "warm" ? [cwd, path.join(cwd, "prompts/*.md")] : [cwd],
    ignore: ["scratch", "made/**", "*.txt"],
    venv: path.join(cwd, "own-venv"),
    setup: [],
    installs: [],
    graceMs: 3_000,
    toolchain: "python",
    reload,
  } as unknown as App;
}

/** Each file in turn is the newest of all: is that what `devpm wait --for reload` would wait for? */
async function countedAsNewest(app: App): Promise<string[]> {
  for (const name of NAMES) utimesSync(path.join(app.cwd, name), 1, 1);
  const counted: string[] = [];
  for (const name of NAMES) {
    utimesSync(path.join(app.cwd, name), 1_000, 1_000);
    if ((await newestSave(files, app)) === 1_000_000) counted.push(name);
    utimesSync(path.join(app.cwd, name), 1, 1);
  }
  return counted;
}

async function seenByPm2(app: App): Promise<string[]> {
  const { paths, ignore, options } = watchOptions(app);
  const seen = new Set<string>();
  const watcher = chokidar.watch(paths, { ignored: ignore, ignoreInitial: true, cwd: app.cwd, ...options });
  onTestFinished(() => watcher.close());
  watcher.on("all", (event, file) => {
    if (event === "change") seen.add(path.relative(app.cwd, path.resolve(app.cwd, file)));
  });
  await new Promise<void>((resolve) => {
    watcher.on("ready", resolve);
  });
  // what must not be seen comes first: it would be seen before what must
  for (const name of NAMES.toSorted(
    (a, b) => Number(expected("restart").includes(a)) - Number(expected("restart").includes(b)),
  ))
    writeFileSync(path.join(app.cwd, name), "x");
  await until("every save to be seen", () => expected("restart").every((name) => seen.has(name)), {
    describe: () => [...seen].join(", "),
  });
  return NAMES.filter((name) => seen.has(name));
}

async function seenBySupervisor(app: App): Promise<string[]> {
  const environment = { shell: {} };
  const outside = { files, environment, commands: {} } as unknown as Parameters<typeof preforkCommand>[0];
  const command = await preforkCommand(outside, app, ["/usr/bin/python3.12", "app.py"]);
  if ("cannot" in command) throw new Error(command.cannot);
  const options = command.argv.slice(2, command.argv.indexOf("--"));
  const saves = NAMES.map((name) => path.join(app.cwd, name));
  const printed = execFileSync("python3", ["-B", WATCHED, PREFORK, ...options, "--", ...saves], {
    cwd: app.cwd,
    encoding: "utf8",
  });
  const seen = new Set(printed.split("\n").map((file) => path.relative(app.cwd, file)));
  return NAMES.filter((name) => seen.has(name));
}

test("one tree: what PM2's watch takes for a save is what counts as the newest save", async () => {
  const app = makeTree("restart");
  expect(await countedAsNewest(app)).toEqual(expected("restart"));
  expect(await seenByPm2(app)).toEqual(expected("restart"));
});

test("the same tree: what the supervisor's watcher takes for a save is what counts as the newest save", async (ctx) => {
  ctx.skip(process.platform !== "linux", "the watcher is told by inotify");
  const app = makeTree("warm");
  expect(await countedAsNewest(app)).toEqual(expected("warm"));
  expect(await seenBySupervisor(app)).toEqual(expected("warm"));
});
