import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { until } from "../../rigs/wait.ts";
import { FLASK_RUN, flaskFiles, flaskRoutes, makeVenvs, startWarm } from "./rig.ts";

beforeAll(makeVenvs, 400_000);

/** A user namespace has a limit of its own, and the command keeps its pid. */
const limited = (watches: number, command: readonly string[]): string[] => [
  ...["unshare", "-Ur", "sh", "-c", `echo ${watches} > /proc/sys/user/max_inotify_watches && exec "$@"`, "sh"],
  ...command,
];

/** Why watches cannot be limited here, or null: the reason of a skip. */
function cannotLimit(): string | null {
  const [file = "", ...args] = limited(5, ["true"]);
  const tried = spawnSync(file, args, { encoding: "utf8" });
  if (tried.error) return `unshare (util-linux) could not be started: ${tried.error.message}`;
  return tried.status === 0 ? null : `no limit of inotify watches of its own: ${tried.stderr.trim()}`;
}

const FOLDERS = 600;
const FILES_IN_EACH = 100;

describe("limits", () => {
  it("inotify watches used up: said once, and saves are seen all the same", async (ctx) => {
    const unable = cannotLimit();
    ctx.skip(unable !== null, unable ?? "");
    const folders = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`other/f${index}/x.py`, ""] as const));
    const warm = await startWarm(ctx, {
      files: { ...flaskFiles("one"), ...folders },
      program: FLASK_RUN,
      through: (command) => limited(8, command),
    });
    await warm.warmedUp();
    for (const value of ["two", "three"]) {
      warm.write("web/routes.py", flaskRoutes(value));
      await warm.untilBody(value);
    }
    const notices = await warm.allSoFar("notice");
    expect(notices.filter(({ text }) => text.includes("max_user_watches"))).toHaveLength(1);
    expect(await warm.allSoFar("crashed")).toEqual([]);
  });

  it("a tree of many files does not keep a save waiting, and is watched to its end", async (ctx) => {
    const warm = await startWarm(ctx, {
      files: flaskFiles("one"),
      program: FLASK_RUN,
      // before the start: what appears later is not found by the walk but told by the kernel
      prepare(_, root) {
        for (let folder = 0; folder < FOLDERS; folder += 1) {
          mkdirSync(path.join(root, `data/${folder}`), { recursive: true });
          for (let file = 0; file < FILES_IN_EACH; file += 1)
            writeFileSync(path.join(root, `data/${folder}/${file}.txt`), "");
        }
      },
    });
    await warm.untilBody("one");
    // at once, while the tree may still be walked
    warm.write("web/routes.py", flaskRoutes("two"));
    await warm.untilBody("two");
    // nothing tells the end of the walk but this: a save in each corner of the tree is noticed
    for (const folder of [0, FOLDERS / 2, FOLDERS - 1]) {
      const file = `data/${folder}/new.py`;
      const noticed = (): boolean => warm.all("reloading").some((told) => told.file.endsWith(file));
      await until(
        `${file} to be noticed`,
        () => {
          if (noticed()) return true;
          warm.write(file, "");
          return false;
        },
        // longer than a burst: else its later saves would all belong to the first file's
        { everyMs: 250, describe: () => JSON.stringify(warm.reports) },
      );
    }
    warm.write("web/routes.py", flaskRoutes("three"));
    await warm.untilBody("three");
    expect(await warm.allSoFar("crashed")).toEqual([]);
  });

  it("a library that gives every socket a deadline does not cut the worker's line", async (ctx) => {
    const app = (word: string): string =>
      `import impatient\nfrom flask import Flask\n\napp = Flask(__name__)\n\n\n@app.get("/")\ndef index():\n    return "${word}"\n`;
    const warm = await startWarm(ctx, {
      files: { "app.py": app("one") },
      libraries: { "impatient.py": "import socket\n\nsocket.setdefaulttimeout(0.1)\n" },
      program: ["-m", "flask", "--app", "app", "run", "--port", "$PORT"],
    });
    await warm.warmedUp();
    warm.write("app.py", app("two"));
    const { pid } = await warm.told("reloaded");
    await delay(500);
    expect((await warm.get("/")).body).toBe("two");
    expect(warm.processes().map((seen) => seen.pid)).toContain(pid);
    expect(await warm.allSoFar("crashed")).toEqual([]);
  });

  it("what stands beside an app brings no more of python than it needs", async (ctx) => {
    const warm = await startWarm(ctx, {
      files: { "job.py": "import part, time\nwhile True:\n    time.sleep(0.05)\n", "part.py": "" },
      program: ["job.py"],
      port: false,
      // each process tells what it imports
      env: { PYTHONPROFILEIMPORTTIME: "1" },
    });
    await warm.told("ready");
    warm.write("part.py", "# saved\n");
    await warm.told("reloaded");
    const imported = () => [...warm.output().matchAll(/^import time: .*\| +(\S+)$/gm)].map(([, name]) => name);
    await until("the last of its own imports", () => imported().includes("_devpm_prefork.supervisor.main_loop"));
    const own = imported().slice(imported().indexOf("_devpm_prefork.options"));
    // together more than all that devpm has of its own there
    for (const name of ["collections", "enum", "json", "re", "signal", "socket"]) expect(own).not.toContain(name);
  });
});
