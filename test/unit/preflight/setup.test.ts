import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import type { SessionEvent } from "../../../src/model/events.ts";
import type { App, SetupStep } from "../../../src/model/project.ts";
import { isSetUp, runSetup, setupEnded } from "../../../src/preflight/setup/setup.ts";
import type { CommandOptions, CommandResult } from "../../../src/system/commands.ts";
import { files } from "../../../src/system/files/files.ts";
import { deferred } from "../../../src/util/deferred.ts";
import { folderWith } from "../config/outside.ts";
import { sampleApp } from "../plan/sample.ts";
import { virtualClock } from "../virtual-clock.ts";
import { environment } from "./place.ts";
import { commandResult } from "../command-result.ts";

type Ran = Partial<CommandResult> | void;
type Behaviour = (argv: readonly string[], options: CommandOptions) => Ran | Promise<Ran>;

/** A folder with an app that has one step, `make`, which reads `in` and writes `out`. */
function room(contents: Record<string, string> = { in: "one" }) {
  const root = folderWith(contents);
  const at = (name: string): string => path.join(root, name);
  const ran: { argv: string[]; env: CommandOptions["env"] }[] = [];
  const events: SessionEvent[] = [];
  const stopping = new AbortController();
  const make: SetupStep = { run: ["make", "all"], inputs: [at("in")], output: at("out"), cwd: root, title: "make all" };
  let behaviour: Behaviour = () => writeFileSync(at("out"), "made");
  const system = {
    files,
    clock: virtualClock(),
    environment: { ...environment, cwd: root, shell: { PATH: "/nowhere" } },
    commands: {
      async run(file: string, args: readonly string[], options: CommandOptions): Promise<CommandResult> {
        // after a failure devpm looks for other Pythons: that is no step
        if (!["make", "pack"].includes(file)) return commandResult({ exitCode: 1 });
        ran.push({ argv: [file, ...args], env: options.env });
        const done = await behaviour([file, ...args], options);
        return commandResult(done ?? {});
      },
    },
  };
  const app: App = sampleApp({ name: "api", cwd: root, setup: [make] });
  const request = (one = app) => ({
    app: one,
    folder: at(".state"),
    emit: (event: SessionEvent) => void events.push(event),
    signal: stopping.signal,
    session: "s1",
  });
  return {
    at,
    app,
    make,
    ran,
    events,
    stopping,
    does: (next: Behaviour) => void (behaviour = next),
    run: (one = app) => runSetup(system, request(one)),
    isSetUp: (one = app) => isSetUp(files, one, at(".state")),
    names: () => events.map(({ event }) => event),
  };
}

describe("a step", () => {
  test("runs at the first start, and not again while nothing changes", async () => {
    const here = room();
    for (let start = 0; start < 3; start++) expect((await here.run()).ok).toBe(true);
    expect(here.ran.map(({ argv }) => argv)).toEqual([["make", "all"]]);
    expect(here.names()).toEqual(["setup.started", "setup.finished"]);
    expect(await here.isSetUp()).toBe(true);
  });

  test("runs again when an input changes, comes or goes", async () => {
    const here = room();
    await here.run();
    writeFileSync(here.at("in"), "two");
    expect(await here.isSetUp()).toBe(false);
    await here.run();
    await files.remove(here.at("in"));
    await here.run();
    writeFileSync(here.at("in"), "two");
    await here.run();
    expect(here.ran).toHaveLength(4);
  });

  test("runs again when what it makes is gone", async () => {
    const here = room();
    await here.run();
    await files.remove(here.at("out"));
    await here.run();
    expect(here.ran).toHaveLength(2);
  });

  test("runs again when its command changes", async () => {
    const here = room();
    await here.run();
    await here.run({ ...here.app, setup: [{ ...here.make, run: ["make", "more"] }] });
    expect(here.ran.at(-1)?.argv).toEqual(["make", "more"]);
  });

  test("runs once more where an input was changed while it ran, at most once", async () => {
    const here = room();
    here.does(() => {
      writeFileSync(here.at("in"), `changed ${here.ran.length}`);
      writeFileSync(here.at("out"), "made");
    });
    await here.run();
    expect([here.ran.length, await here.isSetUp()]).toEqual([2, true]);
    await here.run();
    expect(here.ran).toHaveLength(2);
  });

  test("does not run again for a lock file that it wrote", async () => {
    const here = room();
    const lock = here.at("uv.lock");
    here.does(() => {
      writeFileSync(lock, "written");
      writeFileSync(here.at("out"), "made");
    });
    await here.run({ ...here.app, setup: [{ ...here.make, inputs: [lock] }] });
    expect(here.ran).toHaveLength(1);
  });

  test("makes what is built on it run too", async () => {
    const here = room();
    const next: SetupStep = { ...here.make, run: ["pack"], inputs: [], output: null, title: "pack" };
    const both = { ...here.app, setup: [here.make, next] };
    await here.run(both);
    writeFileSync(here.at("in"), "two");
    await here.run(both);
    expect(here.ran.map(({ argv }) => argv[0])).toEqual(["make", "pack", "make", "pack"]);
  });

  test("has the user's shell, its own variables, the session's mark and output without buffers", async () => {
    const here = room();
    await here.run({ ...here.app, setup: [{ ...here.make, env: { MODE: "x" } }] });
    expect(here.ran[0]?.env).toEqual({ PATH: "/nowhere", MODE: "x", DEVPM_SESSION: "s1", PYTHONUNBUFFERED: "1" });
  });

  test("finds the programs of the app's environment first, once that is there", async () => {
    const here = room();
    const venv = here.at("venv");
    const app = { ...here.app, venv };
    await here.run(app);
    expect(here.ran[0]?.env.VIRTUAL_ENV).toBeUndefined();
    mkdirSync(path.join(venv, "bin"), { recursive: true });
    writeFileSync(here.at("in"), "two");
    await here.run(app);
    expect(here.ran[1]?.env).toMatchObject({ VIRTUAL_ENV: venv, PATH: `${venv}/bin:/nowhere` });
  });

  test("shows its lines as they are printed", async () => {
    const here = room();
    here.does((_, { onLine }) => {
      onLine?.("one", "out");
      onLine?.("two", "err");
    });
    await here.run({ ...here.app, setup: [{ ...here.make, output: null }] });
    expect(here.events.flatMap((event) => (event.event === "setup.output" ? [event.line] : []))).toEqual([
      "one",
      "two",
    ]);
  });
});

describe("what was there before devpm", () => {
  test("an environment of the user's, without inputs, is not made anew", async () => {
    const here = room({ out: "theirs" });
    await here.run({ ...here.app, setup: [{ ...here.make, inputs: [] }] });
    expect(here.ran).toEqual([]);
  });

  test("with inputs it is brought up to date once, and a later change counts", async () => {
    const here = room({ in: "one", out: "theirs" });
    await here.run();
    await here.run();
    expect(here.ran).toHaveLength(1);
  });
});

describe("a step that fails", () => {
  const failing: Behaviour = (_, { onLine }) => {
    for (let n = 0; n < 20; n++) onLine?.(`line ${n}`, "err");
    return { exitCode: 2 };
  };

  test("is one diagnostic with the end of its output, and runs again at the next start", async () => {
    const here = room();
    here.does(failing);
    const outcome = await here.run();
    expect(outcome).toMatchObject({
      ok: false,
      diagnostics: [{ code: "DEVPM_SETUP_FAILED", summary: "api was not started: make all failed" }],
    });
    expect(JSON.stringify(outcome)).toContain("line 19");
    expect(JSON.stringify(outcome)).toContain("make all  (exit code 2)");
    here.does(() => writeFileSync(here.at("out"), "made"));
    expect((await here.run()).ok).toBe(true);
  });

  test("leaves nothing half made, and never touches what was there before it", async () => {
    const here = room();
    here.does(() => {
      writeFileSync(here.at("out"), "half");
      return { exitCode: 1 };
    });
    await here.run();
    expect(existsSync(here.at("out"))).toBe(false);
    writeFileSync(here.at("out"), "theirs");
    await here.run();
    expect(existsSync(here.at("out"))).toBe(true);
  });

  test.each([
    ["could not be started", { exitCode: null, failure: "ENOENT" }, "(ENOENT)"],
    ["was ended by a signal", { exitCode: null, signal: "SIGKILL" }, "(ended by SIGKILL)"],
  ])("says that it %s", async (_, result, words) => {
    const here = room();
    here.does(() => result);
    expect(JSON.stringify(await here.run())).toContain(words);
  });

  test("keeps the steps after it from running", async () => {
    const here = room();
    here.does(failing);
    await here.run({ ...here.app, setup: [here.make, { ...here.make, run: ["pack"], title: "pack" }] });
    expect(here.ran).toHaveLength(1);
  });
});

describe("a step that the end of the session cut off", () => {
  test("is cancelled, not failed, and is made again from nothing", async () => {
    const here = room();
    here.does(() => {
      writeFileSync(here.at("out"), "half");
      here.stopping.abort();
      return { exitCode: null, signal: "SIGTERM" };
    });
    expect(await here.run()).toEqual({ ok: false, diagnostics: [] });
    expect(here.events.at(-1)).toMatchObject({ event: "setup.finished", ok: false, cancelled: true });
    expect(existsSync(here.at("out"))).toBe(true);
    const [stamp] = readdirSync(here.at(".state"));
    expect(await files.read(path.join(here.at(".state"), stamp!))).toContain('"began"');
  });

  test("does not begin where the session has ended already", async () => {
    const here = room();
    here.stopping.abort();
    expect(await here.run()).toEqual({ ok: false, diagnostics: [] });
    expect(here.ran).toEqual([]);
  });
});

test("a set-up has ended after its last step, not between two of them", async () => {
  const here = room();
  const both = { ...here.app, setup: [here.make, { ...here.make, run: ["pack"], output: null, title: "pack" }] };
  const [began, gate] = [deferred(), deferred()];
  here.does(async ([program]) => {
    if (program !== "make") return;
    began.resolve();
    await gate.promise;
    writeFileSync(here.at("out"), "made");
  });
  const run = here.run(both);
  await began.promise;
  const ended = setupEnded().then(() => here.ran.map(({ argv }) => argv[0]));
  gate.resolve();
  expect(await ended).toEqual(["make", "pack"]);
  await run;
});

describe("a step that two apps have", () => {
  test("runs once, and each waits for it; its failure is reported by the app that ran it", async () => {
    const here = room();
    const gate = deferred();
    here.does(async () => {
      await gate.promise;
      return { exitCode: 1 };
    });
    const both = Promise.all([here.run(), here.run({ ...here.app, name: "worker" })]);
    gate.resolve();
    const [first, second] = await both;
    expect(here.ran).toHaveLength(1);
    expect([first, second].map((outcome) => (outcome.ok ? -1 : outcome.diagnostics.length))).toEqual([1, 0]);
    await setupEnded();
  });

  test("is no step with the newest inputs for who asks after they have changed: it runs again", async () => {
    const here = room();
    let [began, gate] = [deferred(), deferred()];
    const runs: string[] = [];
    here.does(async () => {
      const read = await files.read(here.at("in"));
      runs.push(read ?? "");
      began.resolve();
      await gate.promise;
      writeFileSync(here.at("out"), "made");
      return read === "typo" ? { exitCode: 1 } : {};
    });
    for (const [first, next] of [
      ["one", "two"],
      ["typo", "mended"],
    ] as const) {
      [began, gate] = [deferred(), deferred()];
      writeFileSync(here.at("in"), first);
      const former = here.run();
      await began.promise;
      writeFileSync(here.at("in"), next);
      const latter = here.run();
      gate.resolve();
      await former;
      expect([(await latter).ok, await here.isSetUp()]).toEqual([true, true]);
    }
    expect(runs).toEqual(["one", "two", "typo", "mended"]);
  });

  test("and that fails for one after the other is explained once, and again where the user retries", async () => {
    const here = room();
    const reported = async (name: string): Promise<number> => {
      const outcome = await here.run({ ...here.app, name });
      return outcome.ok ? -1 : outcome.diagnostics.length;
    };
    here.does(() => ({ exitCode: 1 }));
    expect([await reported("api"), await reported("migrate"), await reported("migrate")]).toEqual([1, 0, 1]);
    writeFileSync(here.at("in"), "two");
    expect([await reported("migrate"), await reported("api"), await reported("api")]).toEqual([1, 0, 1]);
    expect(here.ran).toHaveLength(6);
    here.does(() => writeFileSync(here.at("out"), "made"));
    expect(await reported("api")).toBe(-1);
    await files.remove(here.at("out"));
    here.does(() => ({ exitCode: 1 }));
    expect(await reported("migrate")).toBe(1);
  });
});
