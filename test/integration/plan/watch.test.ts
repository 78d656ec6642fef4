import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { watchOptions } from "../../../src/plan/watch.ts";
import { until } from "../../rigs/wait.ts";

interface Watcher {
  on(event: "all", see: (event: string, file: string) => void): Watcher;
  on(event: "ready", see: () => void): Watcher;
  close(): Promise<void>;
}
interface Chokidar {
  watch(paths: readonly string[], options: object): Watcher;
}

/** The very library and options that PM2 watches with. */
const chokidar = createRequire(createRequire(import.meta.url).resolve("pm2"))("chokidar") as Chokidar;

const SEEN = ["app.py", "web/routes.py", "web/page.html", "environment/x.py", "../shared/lib.py"];
const UNSEEN = `
  web/__pycache__/app.pyc venv/lib/x.py .venv/lib/x.py node_modules/x/index.js .git/index .env web/x.db web/out.log
  web/routes.py~ web/.routes.py.swp web/4913 data/deep/x.py web/data/x.py made/x.py web/notes.txt ../shared/__pycache__/y.pyc
`.trim();

test.each(["plain", "sp ace é 市場", "par (x)", "brackets [x]", "braces {x}", "odd !@+", ".hidden", "venv"])(
  "in a folder called %s only what a person saves is seen",
  async (name) => {
    const cwd = path.join(mkdtempSync(path.join(tmpdir(), "devpm-watch-")), name);
    onTestFinished(() => rmSync(path.dirname(cwd), { recursive: true }));
    const files = [...SEEN, ...UNSEEN.split(/\s+/)].map((file) => path.join(cwd, file));
    for (const file of files) mkdirSync(path.dirname(file), { recursive: true });
    const app = {
      cwd,
      watch: [cwd, path.join(cwd, "../shared")],
      ignore: ["data", "/abs/x", "made/**", "*.txt"],
      venv: path.join(cwd, "venv"),
    };
    const { paths, ignore, options } = watchOptions(app);

    const seen = new Set<string>();
    // as in PM2's Watcher.js: ignore_watch is `ignored`, watch_options lie over the rest
    const watcher = chokidar.watch(paths, { ignored: ignore, persistent: true, ignoreInitial: true, cwd, ...options });
    onTestFinished(() => watcher.close());
    watcher.on("all", (event, file) => {
      if (event === "add" || event === "change") seen.add(path.relative(cwd, path.resolve(cwd, file)));
    });
    await new Promise<void>((resolve) => {
      watcher.on("ready", resolve);
    });
    // what must not be seen comes first: it would be seen before what must
    for (const file of files.toReversed()) writeFileSync(file, "x");
    await until("every save to be seen", () => SEEN.every((file) => seen.has(file)), {
      describe: () => [...seen].join(", "),
    });
    expect([...seen].toSorted()).toEqual([...SEEN].toSorted());
  },
);
