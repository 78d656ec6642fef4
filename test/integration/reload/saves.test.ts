import { execFileSync } from "node:child_process";
import { mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { until } from "../../rigs/wait.ts";
import { apiFiles, FASTAPI, FLASK_RUN, flaskFiles, flaskRoutes, makeVenvs, startWarm, withElsewhere } from "./rig.ts";
import { fixture } from "../../rigs/fixtures.ts";

const DOUBLE_SAVES = 500;
const MOST_DOUBLE_SAVES = 4_000;
/** So many of them have to be such that the second save came before the first was answered: the others prove little. */
const RACED = 100;
/** What the worker was told about bytecode. */
const BYTECODE = `

@app.get("/bytecode")
def bytecode():
    import os, sys
    return {"variable": os.environ.get("PYTHONDONTWRITEBYTECODE"), "written": not sys.dont_write_bytecode}
`;

beforeAll(makeVenvs, 400_000);

describe("the last save is what answers", () => {
  it("after random double saves, of the same size and of another", { timeout: 900_000 }, async (ctx) => {
    const files = flaskFiles("v-00000");
    files["web/app.py"] += BYTECODE;
    const warm = await startWarm(ctx, { files, program: FLASK_RUN });
    await warm.warmedUp();
    // stale bytecode can only be met where python writes some
    expect(JSON.parse((await warm.get("/bytecode")).body)).toEqual({ variable: null, written: true });
    let [round, raced] = [0, 0];
    // the faster a reload, the fewer gaps are a race: then more saves are made
    while (round < DOUBLE_SAVES || (raced < RACED && round < MOST_DOUBLE_SAVES)) {
      round += 1;
      const [first, second] = [`v-${10_000 + 2 * round}`, `v-${10_001 + 2 * round}${round % 3 === 0 ? "-longer" : ""}`];
      const save = round % 4 === 0 ? warm.writeByRename : warm.write;
      let isFirstSeen = false;
      const over = new AbortController();
      save("web/routes.py", flaskRoutes(first));
      const looking = (async () => {
        // the former worker may answer at first: one look would take every gap for a race
        while (!isFirstSeen && !over.signal.aborted) isFirstSeen = (await warm.get()).body === first;
      })();
      await delay(Math.random() * 200);
      if (!isFirstSeen) raced += 1;
      over.abort();
      save("web/routes.py", flaskRoutes(second));
      await looking;
      await until(`\`${second}\` in round ${round}`, async () => (await warm.get()).body === second, { everyMs: 5 });
    }
    expect(raced).toBeGreaterThanOrEqual(RACED);
    expect(await warm.allSoFar("crashed")).toEqual([]);
    // nothing comes later that would take it back
    await delay(300);
    expect((await warm.get()).body).toContain(`v-${10_001 + 2 * round}`);
  });

  it("never from bytecode of an earlier save of the same size within the same second", async (ctx) => {
    const warm = await startWarm(ctx, { files: flaskFiles("aaaa"), program: FLASK_RUN });
    await warm.untilBody("aaaa");
    const file = path.join(warm.root, "web/routes.py");
    const second = new Date(Math.floor(Date.now() / 1000) * 1000);
    for (const value of ["bbbb", "cccc", "dddd"]) {
      // what another python leaves behind: bytecode that says it belongs to this very second and size
      execFileSync(path.join(warm.venv, "bin/python"), ["-m", "compileall", "-q", warm.root]);
      writeFileSync(file, flaskRoutes(value));
      utimesSync(file, second, second);
      await warm.untilBody(value);
    }
  });

  it("while it boots, while it reloads, while a request is answered", async (ctx) => {
    const slow = fixture("reload/slow_boot.py");
    const app = (value: string): string => slow.replaceAll("VALUE", value);
    const warm = await startWarm(ctx, {
      files: { "app.py": app("one") },
      program: ["-m", "flask", "--app", "app", "run", "--port", "$PORT"],
    });
    await until("the worker to be importing", () => warm.processes().length > 1);
    warm.write("app.py", app("two"));
    await warm.untilBody("two");
    warm.write("app.py", app("three"));
    await warm.told("reloading");
    warm.write("app.py", app("four"));
    await warm.untilBody("four");
    const slowAnswer = warm.get("/slow");
    await until("the request to be under way", () => warm.output().includes("slow begun"));
    warm.write("app.py", app("five"));
    await warm.untilBody("five");
    expect((await slowAnswer).body).toBe("slow four");
  });

  it("while it imports: its command line says nothing of the interrupt", async (ctx) => {
    const valued = (value: string): string => `VALUE = "${value}"\n`;
    const endless = `import os, time
print("imports in", os.getpid(), "for ever", flush=True)
while True:
    time.sleep(0.01)
`;
    const warm = await startWarm(ctx, {
      files: { ...flaskFiles("one"), "web/__init__.py": "import web.value\n", "web/value.py": valued("one") },
      program: FLASK_RUN,
    });
    await warm.untilBody("one");
    warm.write("web/value.py", endless);
    const importing = (): number => Number(/imports in (\d+) for ever/.exec(warm.output())?.[1]);
    await until("it to import", () => importing() > 0, { describe: warm.output });
    warm.write("web/value.py", valued("two"));
    await warm.reloads(1);
    await until("the former import to be gone", () => warm.processes().every(({ pid }) => pid !== importing()));
    expect(warm.output()).not.toContain("Aborted!");
  });

  it("one whose start takes long is no reload before it listens, and begins again at the next save", async (ctx) => {
    // longer than a program without a port is waited for
    const loads = `import os, sys, time
from flask import Flask
from value import VALUE

app = Flask(__name__)
app.add_url_rule("/", view_func=lambda: VALUE)
print("loads for", VALUE, flush=True)
while not os.path.exists("loaded"):
    time.sleep(0.05)
app.run(port=int(sys.argv[1]))
`;
    const loading = (value: string) =>
      until(`the start of ${value}`, () => warm.output().includes(`loads for ${value}`), { describe: warm.output });
    const warm = await startWarm(ctx, {
      files: { "app.py": loads, "value.py": 'VALUE = "one"\n', loaded: "" },
      program: ["app.py", "$PORT"],
    });
    await warm.untilBody("one");
    rmSync(path.join(warm.root, "loaded"));
    warm.write("value.py", 'VALUE = "two"\n');
    await loading("two");
    // it reads no Python any more: this file is one that it may have read in another way
    warm.write("other.py", "");
    await until("it to begin again", () => warm.output().split("loads for two").length > 2);
    expect(warm.all("reloaded")).toEqual([]);
    warm.write("value.py", 'VALUE = "three"\n');
    await loading("three");
    expect(warm.all("reloaded")).toEqual([]);
    warm.write("loaded", "");
    await warm.reloads(1);
    expect((await warm.get()).body).toBe("three");
  });

  it("a burst of 500 files costs a leading and a trailing reload at most", async (ctx) => {
    const files = Object.fromEntries(
      Array.from({ length: 500 }, (_, index) => [`parts/part${index}.py`, `NUMBER = 0\n`] as const),
    );
    const warm = await startWarm(ctx, {
      files: {
        ...flaskFiles("one"),
        ...files,
        "parts/__init__.py": "",
        "web/routes.py": fixture("reload/many_parts.py"),
      },
      program: FLASK_RUN,
    });
    await warm.untilBody("total 0");
    await warm.told("preloaded");
    const git = (...args: string[]): void => {
      execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", ...args], {
        cwd: warm.root,
        stdio: "ignore",
      });
    };
    git("init", "-q", "-b", "main");
    git("add", ".");
    git("commit", "-q", "-m", "zero");
    git("checkout", "-q", "-b", "ones");
    for (const file of Object.keys(files)) writeFileSync(path.join(warm.root, file), "NUMBER = 1\n");
    await warm.untilBody("total 500");
    git("commit", "-q", "-a", "-m", "ones");
    for (const [branch, total] of [
      ["main", 0],
      ["ones", 500],
    ] as const) {
      // an answer comes before the report of it
      const before = (await warm.allSoFar("reloaded")).length;
      const began = performance.now();
      git("checkout", "-q", branch);
      // where git was kept waiting, it was quiet enough for another burst to begin
      const pauses = Math.floor((performance.now() - began) / 100);
      await warm.untilBody(`total ${total}`);
      const reloads = (await warm.allSoFar("reloaded")).length - before;
      expect(reloads).toBeGreaterThanOrEqual(1);
      expect(reloads).toBeLessThanOrEqual(2 + 2 * pauses);
    }
    expect(await warm.allSoFar("crashed")).toEqual([]);
  });

  it("twenty saves 15 to 75 ms apart are two reloads at most, and the last one answers", async (ctx) => {
    const warm = await startWarm(ctx, { files: flaskFiles("s00"), program: FLASK_RUN });
    await warm.warmedUp();
    const at: number[] = [];
    for (let index = 1; index <= 20; index += 1) {
      warm.write("web/routes.py", flaskRoutes(`s${String(index).padStart(2, "0")}`));
      at.push(performance.now());
      await delay(15 + Math.random() * 60);
    }
    await warm.untilBody("s20");
    await delay(300);
    // where this process was kept waiting, it was quiet enough for another burst to begin
    const pauses = at.filter((ms, index) => ms - (at[index - 1] ?? ms) > 90).length;
    const seconds = Math.floor(((at.at(-1) ?? 0) - (at[0] ?? 0)) / 1_000);
    expect(warm.all("reloaded").length).toBeLessThanOrEqual(3 + 2 * (pauses + seconds));
  });

  it("new folders, renamed modules and folders that move are seen", async (ctx) => {
    const warm = await startWarm(ctx, { files: flaskFiles("one"), program: FLASK_RUN });
    await warm.warmedUp();
    warm.write("web/deep/er/__init__.py", `VALUE = "deep one"\n`);
    warm.write("web/deep/__init__.py", "");
    warm.write(
      "web/routes.py",
      `${flaskRoutes("x").replace('return "x"', "return VALUE")}\nfrom web.deep.er import VALUE\n`,
    );
    await warm.untilBody("deep one");
    warm.write("web/deep/er/__init__.py", `VALUE = "deep two"\n`);
    await warm.untilBody("deep two");
    renameSync(path.join(warm.root, "web/deep"), path.join(warm.root, "web/moved"));
    await warm.told("crashed");
    warm.write(
      "web/routes.py",
      `${flaskRoutes("x").replace('return "x"', "return VALUE")}\nfrom web.moved.er import VALUE\n`,
    );
    await warm.untilBody("deep two");
    warm.write("web/moved/er/__init__.py", `VALUE = "moved"\n`);
    await warm.untilBody("moved");
  });

  it("a folder outside of the watched ones is seen when it is made anew", async (ctx) => {
    const warm = await startWarm(ctx, withElsewhere('WORD = "one"\n'));
    await warm.warmedUp();
    for (const value of ["two", "three"]) {
      rmSync(path.join(warm.root, "elsewhere"), { recursive: true });
      warm.write("elsewhere/shared.py", `WORD = "${value}"\n`);
      await warm.untilBody(value);
    }
    await warm.reloads(2);
    warm.write("elsewhere/shared.py", 'WORD = "four"\n');
    await warm.untilBody("four");
  });

  it("a module imported only by a request is recorded too", async (ctx) => {
    const lazy = flaskRoutes("x").replace('return "x"', "from web import late\n    return late.VALUE");
    const warm = await startWarm(ctx, {
      files: { ...flaskFiles("one"), "web/routes.py": lazy, "web/late.py": `VALUE = "late one"\n` },
      program: FLASK_RUN,
    });
    await warm.untilBody("late one");
    warm.write("web/late.py", `VALUE = "late two"\n`);
    await warm.untilBody("late two");
  });

  it("ignored, installed and non-Python files reload nothing", async (ctx) => {
    const warm = await startWarm(ctx, {
      files: {
        ...flaskFiles("one"),
        "scratch/note.py": "",
        "web/templates/page.html": "old",
        "node_modules/x/y.py": "",
      },
      program: FLASK_RUN,
      options: ["--ignore", "scratch", "--ignore", "gen_*.py"],
    });
    await warm.warmedUp();
    const pid = (await warm.get("/pid")).body;
    for (const file of [
      "scratch/note.py",
      "web/gen_a.py",
      "web/templates/page.html",
      "node_modules/x/y.py",
      "data.csv",
    ])
      warm.write(file, "x = 1\n");
    mkdirSync(path.join(warm.root, "env-of-mine/lib"), { recursive: true });
    warm.write("env-of-mine/pyvenv.cfg", "");
    warm.write("env-of-mine/lib/a.py", "");
    // what is noticed after them says that they were noticed and left alone
    warm.write("web/routes.py", flaskRoutes("two"));
    await warm.untilBody("two");
    expect((await warm.get("/pid")).body).not.toBe(pid);
    expect((await warm.allSoFar("reloaded")).length).toBeLessThanOrEqual(2);
    const settled = (await warm.get("/pid")).body;
    warm.write("scratch/note.py", "x = 2\n");
    warm.write("web/templates/page.html", "new");
    await delay(300);
    expect((await warm.get("/pid")).body).toBe(settled);
  });

  it("while it boots, of a file that python does not import", async (ctx) => {
    const app = (value: string): string => fixture("reload/reads_a_file.py", { __VALUE__: value });
    const warm = await startWarm(ctx, {
      files: { "app.py": app("one"), "words.txt": "first" },
      program: ["-m", "flask", "--app", "app", "run", "--port", "$PORT"],
      options: ["--watch-all", "words.txt"],
    });
    await warm.warmedUp();
    warm.write("app.py", app("two").replace("words =", `print("reads", flush=True)\nwords =`));
    await until("the new worker to read", () => warm.output().includes("reads"));
    await delay(100);
    warm.write("words.txt", "second");
    await warm.untilBody("two second");
  });

  it("without the kernel's help, by looking", async (ctx) => {
    const warm = await startWarm(ctx, { files: flaskFiles("one"), program: FLASK_RUN, options: ["--poll"] });
    await warm.warmedUp();
    warm.write("web/routes.py", flaskRoutes("two"));
    await warm.untilBody("two");
    warm.writeByRename("web/routes.py", flaskRoutes("three"));
    await warm.untilBody("three");
    rmSync(path.join(warm.root, "web/routes.py"));
    await warm.told("crashed");
    warm.write("web/routes.py", flaskRoutes("four"));
    await warm.untilBody("four");
  });

  it("FastAPI on uvicorn: double saves there too", async (ctx) => {
    const warm = await startWarm(ctx, {
      requirements: FASTAPI,
      files: apiFiles("one"),
      program: ["uvicorn", "api:app", "--port", "$PORT"],
    });
    await warm.warmedUp();
    for (let round = 0; round < 15; round += 1) {
      warm.write("values.py", `VALUE = "first${round}"\n`);
      await delay(Math.random() * 60);
      warm.write("values.py", `VALUE = "last-${round}"\n`);
      await warm.untilBody(`last-${round}`);
    }
  });
});
