import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type TestContext, beforeAll, describe, expect, it } from "vitest";
import { fixture } from "../../rigs/fixtures.ts";
import { until } from "../../rigs/wait.ts";
import { FLASK_RUN, type Warm, type WarmOptions, flaskFiles, makeVenvs, startWarm } from "./rig.ts";

/** The app's library notes each import of it; `atFirst` is done by the first one of a session. */
const library = (atFirst = "pass", text = ""): Record<string, string> => ({
  "badlib.py": fixture("reload/noted_library.py", { __AT_FIRST__: atFirst, __TEXT__: text }),
});
/** It answers with its word, the library's variable, and whether the supervisor itself has forked it. */
const routes = (word: string, before = ""): string =>
  fixture("reload/noted_routes.py", { __WORD__: word, __BEFORE__: before });

beforeAll(makeVenvs, 900_000);

interface Session {
  files?: Record<string, string>;
  libraries?: Record<string, string>;
  env?: Record<string, string>;
  again?: Warm;
}

/** In `env`: where the library notes its imports, and the file whose coming ends its wait. */
async function session(ctx: TestContext, { files = {}, libraries = library(), env = {}, again }: Session) {
  const number = String(Math.random()).slice(2);
  const options: WarmOptions = { program: FLASK_RUN, files, libraries, env: { NOTES: `../notes-${number}`, ...env } };
  const warm = await startWarm(ctx, again ? { ...options, again } : options);
  const notes = path.join(warm.root, `../notes-${number}`);
  return { warm, imports: () => (existsSync(notes) ? readFileSync(notes, "utf8").trim().split("\n").length : 0) };
}

const records = (warm: Warm): string[] => {
  const cache = path.join(warm.root, "../cache");
  return existsSync(cache) ? readdirSync(cache).filter((name) => name.endsWith(".start")) : [];
};

/** A first session that answers, and is ended once it has shown what the next one may do. */
async function first(ctx: TestContext, given: Session = {}): Promise<Warm> {
  const files = { ...flaskFiles("x"), "web/routes.py": routes("one"), ...given.files };
  const { warm, imports } = await session(ctx, { ...given, files });
  await warm.untilBody("one - supervisor");
  await until("the record of its start", () => records(warm).length > 0);
  expect(imports()).toBe(2);
  await warm.stop();
  return warm;
}

describe("the second session of an app", () => {
  it("imports its libraries once, before its first save and after it", async (ctx) => {
    const before = await first(ctx);
    const { warm, imports } = await session(ctx, { again: before });
    await warm.untilBody("one - template");
    await warm.warmedUp();
    expect(imports()).toBe(1);
    // without the requests
    const shown = (of: Warm): string => of.output().replaceAll(/^.*"GET .*$\n/gm, "");
    expect(shown(warm)).toContain("Serving Flask app");
    expect(shown(warm)).toBe(shown(before));
    warm.write("web/routes.py", routes("two"));
    await warm.untilBody("two - template");
    expect(imports()).toBe(1);
    expect((await warm.reloads(1)).map((told) => told.warm)).toEqual([true]);
    expect(await warm.allSoFar("crashed")).toEqual([]);
  });

  it("begins as the first one where a file of the program was saved between them, and the third as the second", async (ctx) => {
    const before = await first(ctx);
    const second = await session(ctx, { again: before, files: { "web/routes.py": routes("two") } });
    await second.warm.untilBody("two - supervisor");
    await until("its libraries to be imported again", () => second.imports() === 2);
    await second.warm.told("preloaded");
    await second.warm.stop();
    const third = await session(ctx, { again: before });
    await third.warm.untilBody("two - template");
  });

  it("begins as the first one where the program sets a variable whose value is not kept", async (ctx) => {
    const files = { ...flaskFiles("x"), "web/routes.py": routes("one", 'os.environ["SEEN"] = "secret"') };
    const before = await session(ctx, { files });
    await before.warm.untilBody("one secret supervisor");
    await before.warm.told("preloaded");
    await before.warm.allSoFar("preloaded");
    expect(records(before.warm)).toEqual([]);
    await before.warm.stop();
    const { warm } = await session(ctx, { again: before.warm });
    await warm.untilBody("one secret supervisor");
  });

  it("imports them again with a variable that the program sets only now", async (ctx) => {
    const before = await first(ctx, {
      files: {
        "web/routes.py": routes("one", 'if "MODE" in os.environ:\n    os.environ["SEEN"] = os.environ["MODE"]'),
      },
    });
    const { warm, imports } = await session(ctx, { again: before, env: { MODE: "other" } });
    await warm.untilBody("one other supervisor");
    expect(imports()).toBeGreaterThan(1);
    await warm.stop();
    await untilNotTriedAgain(ctx, before, { env: { MODE: "other" }, body: "one other supervisor" });
  });

  it("shows an exception of the program as the first one does", async (ctx) => {
    const before = await first(ctx, {
      files: { "web/routes.py": routes("one", 'if "MODE" in os.environ:\n    raise RuntimeError("no mode")') },
    });
    const { warm, imports } = await session(ctx, { again: before, env: { MODE: "other" } });
    const told = await warm.told("crashed");
    expect(told.during).toBe("import");
    expect(told.excerpt.join("\n")).toContain("RuntimeError: no mode");
    expect(imports()).toBe(1);
    warm.write("web/routes.py", routes("two"));
    await warm.untilBody("two - template");
  });
});

async function untilNotTriedAgain(ctx: TestContext, again: Warm, { body, ...given }: Session & { body: string }) {
  const { warm } = await session(ctx, { ...given, again });
  await warm.untilBody(body);
  await warm.told("preloaded");
  // no template has loaded before it served
  const told = warm.reports.map(({ what }) => what);
  expect(told.indexOf("ready")).toBeLessThan(told.indexOf("preloaded"));
  expect(await warm.allSoFar("crashed")).toEqual([]);
}

describe("what goes wrong when its libraries are imported first begins it as a first session", () => {
  const cases: Record<string, string> = {
    "an exception": 'raise RuntimeError("not here")',
    "an exit": "raise SystemExit(3)",
    "an end of the process": "os._exit(0)",
    "a crash": "os.abort()",
    "what is printed": 'print("hello from badlib")',
    "a thread": "threading.Thread(target=threading.Event().wait, daemon=True).start()",
    "a file that stays open": "FILE = open(__file__)",
  };

  it.for(Object.entries(cases))("%s", async ([, atFirst], ctx) => {
    const before = await first(ctx);
    const { warm, imports } = await session(ctx, { again: before, libraries: library(atFirst) });
    await warm.untilBody("one - supervisor");
    expect(imports()).toBeGreaterThan(1);
    expect(warm.output()).not.toContain("hello");
    expect(warm.output().split("Serving Flask app").length).toBe(2);
    warm.write("web/routes.py", routes("two"));
    await warm.untilBody("two -");
    expect(await warm.allSoFar("crashed")).toEqual([]);
  });

  it("a template that is killed, and none is begun again in the next session", async (ctx) => {
    const before = await first(ctx);
    const { warm } = await session(ctx, { again: before, libraries: library(WAIT) });
    const template = await until("the template", () => warm.processes().find(({ pid }) => pid !== warm.pid));
    process.kill(template.pid, "SIGKILL");
    writeFileSync(path.join(warm.root, "go"), "");
    await warm.untilBody("one - supervisor");
    await warm.told("preloaded");
    await warm.stop();
    await untilNotTriedAgain(ctx, before, { body: "one - supervisor" });
  });

  it("a worker that crashes after the fork while it begins", async (ctx) => {
    const text = "OWNER = os.getpid()\n\n\ndef begin():\n    if os.getpid() != OWNER:\n        os.abort()\n";
    const files = { "web/routes.py": routes("one", "import badlib\nbadlib.begin()") };
    const before = await first(ctx, { files, libraries: library("pass", text) });
    const { warm } = await session(ctx, { again: before, libraries: library("pass", text) });
    await warm.untilBody("one - supervisor");
    expect(await warm.allSoFar("crashed")).toEqual([]);
    await warm.stop();
    await untilNotTriedAgain(ctx, before, { libraries: library("pass", text), body: "one - supervisor" });
  });
});

/** Until the test lets it go on. */
const WAIT = 'while not os.path.exists("go"):\n    time.sleep(0.005)';

describe("while its libraries are imported first", () => {
  const importing = async (ctx: TestContext, before: Warm) => {
    const started = await session(ctx, { again: before, libraries: library(WAIT) });
    await until("the import to begin", () => started.imports() === 1);
    return started;
  };

  it("it ends at once, and the next session begins in the same way", async (ctx) => {
    const before = await first(ctx);
    const { warm } = await importing(ctx, before);
    expect((await warm.stop()).code).toBe(0);
    await until("nothing to be left", () => warm.processes().length === 0);
    const next = await session(ctx, { again: before });
    await next.warm.untilBody("one - template");
  });

  it("a supervisor that is killed leaves nothing", async (ctx) => {
    const before = await first(ctx);
    const { warm } = await importing(ctx, before);
    await warm.stop("SIGKILL");
    await until("nothing to be left", () => warm.processes().length === 0);
  });

  it("a save is what it answers with", async (ctx) => {
    const before = await first(ctx);
    const { warm, imports } = await importing(ctx, before);
    warm.write("web/routes.py", routes("two"));
    warm.askCaughtUp();
    writeFileSync(path.join(warm.root, "go"), "");
    await warm.untilBody("two - template");
    expect(imports()).toBe(1);
    expect(await warm.allSoFar("crashed")).toEqual([]);
  });
});
