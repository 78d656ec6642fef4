import { describe, expect, test } from "vitest";
import { failed, ok, type Outcome } from "../../../src/diagnostics/outcome.ts";
import type { App, Project, SetupStep } from "../../../src/model/project.ts";
import { stepFingerprint, stampFile } from "../../../src/preflight/setup/stamp.ts";
import { createInstalled } from "../../../src/session/apps/installed.ts";
import { followPackages } from "../../../src/session/apps/package-changes.ts";
import type { Files } from "../../../src/system/files/files.ts";
import { deferred } from "../../../src/util/deferred.ts";
import { sampleApp, sampleProject } from "../plan/sample.ts";
import { virtualClock } from "../virtual-clock.ts";

const npmCi: SetupStep = {
  run: ["npm", "ci"],
  inputs: ["/p/web/package.json", "/p/web/package-lock.json"],
  output: "/p/web/node_modules",
  cwd: "/p/web",
  declares: { files: ["/p/web/package.json"], installedIn: "/p/web/node_modules" },
  title: "npm ci",
};
const pip: SetupStep = {
  run: ["pip", "install"],
  inputs: ["/p/api/requirements.txt"],
  output: null,
  cwd: "/p/api",
  title: "pip install",
};
const web = sampleApp({ name: "web", cwd: "/p/web", setup: [npmCi], toolchain: "node" });
const api = sampleApp({ name: "api", cwd: "/p/api", setup: [pip], toolchain: "python" });
const packageJson = (more: object = {}): string =>
  JSON.stringify({ name: "web", dependencies: { vite: "8.0.0" }, ...more });

/** A project whose files a test writes while the session runs; a renewal installs, which is what stamps say. */
async function session(apps: App[], contents: Record<string, string>) {
  const clock = virtualClock();
  const stopping = new AbortController();
  const disk = new Map(Object.entries(contents));
  const watchers = new Map<string, () => void>();
  const renewed: [names: string, because: string][] = [];
  const warm = new Set<string>();
  const here = {
    config: (): Promise<Outcome<Project>> => Promise.resolve(ok(sampleProject(apps))),
    /** What an install does beside its stamps. */
    install: (): Promise<void> => Promise.resolve(),
    loads: 0,
    reads: 0,
  };
  const stamp = (app: App): void => {
    for (const step of app.setup)
      disk.set(
        stampFile("/setup", step),
        JSON.stringify({
          state: "done",
          title: "",
          inputs: stepFingerprint(
            step,
            step.inputs.map((file) => disk.get(file) ?? null),
          ),
        }),
      );
  };
  apps.forEach(stamp);
  const files = {
    read: (file: string) => (here.reads++, Promise.resolve(disk.get(file) ?? null)),
    watch: (file: string, changed: () => void) => void watchers.set(file, changed),
  } as unknown as Files;
  const installed = createInstalled();
  await followPackages(
    { files, clock },
    {
      project: { apps },
      instance: { setup: "/setup" },
      apps: {
        installed,
        isWarm: (name) => warm.has(name),
        renew: async (given, because) => {
          renewed.push([given.map(({ name }) => name).join(" "), because]);
          const before = given.map((app) => [app, new Map(disk)] as const);
          await here.install();
          // what an install works with is what was there when it began
          for (const [app, then] of before)
            for (const step of app.setup) {
              const inputs = step.inputs.map((file) => (file.endsWith("lock.json") ? disk : then).get(file) ?? null);
              disk.set(
                stampFile("/setup", step),
                JSON.stringify({ state: "done", title: "", inputs: stepFingerprint(step, inputs) }),
              );
            }
        },
      },
      load: () => (here.loads++, here.config()),
      stopping: stopping.signal,
    },
  );
  return {
    clock,
    stopping,
    disk,
    renewed,
    warm,
    here,
    installed,
    watched: (): string[] => [...watchers.keys()],
    save(file: string, text: string | null) {
      if (text === null) disk.delete(file);
      else disk.set(file, text);
      watchers.get(file)?.();
    },
  };
}

const plain = {
  "/p/web/package.json": packageJson(),
  "/p/web/package-lock.json": "1",
  "/p/api/requirements.txt": "flask",
};

describe("a change of what an app installs", () => {
  test("sets up and restarts this app, and says which file it was", async () => {
    const { save, clock, renewed } = await session([web, api], plain);
    save("/p/api/requirements.txt", "flask\nredis");
    await clock.pass(5_000);
    expect(renewed).toEqual([["api", "requirements.txt changed"]]);
  });

  test("is read when it has rested: a pull writes its files one after the other", async () => {
    const { save, clock, renewed } = await session([web, api], plain);
    save("/p/web/package.json", packageJson({ dependencies: { vite: "8.1.0" } }));
    await clock.pass(200);
    expect(renewed).toEqual([]);
    save("/p/web/package-lock.json", "2");
    await clock.pass(200);
    expect(renewed).toEqual([]);
    save("/p/api/requirements.txt", "flask\nredis");
    await clock.pass(5_000);
    expect(renewed).toEqual([["web api", "package.json, package-lock.json and requirements.txt changed"]]);
  });

  test("that goes on while it is compared with the configuration is one: the second file decides what installs", async () => {
    const { save, clock, renewed, here } = await session([web], plain);
    here.config = () => {
      if (here.loads === 1) save("/p/web/package.json", packageJson({ dependencies: { vite: "8.1.0" } }));
      return Promise.resolve(ok(sampleProject([web])));
    };
    save("/p/web/package-lock.json", "2");
    await clock.pass(5_000);
    expect(renewed).toEqual([["web", "package.json and package-lock.json changed"]]);
  });

  test("is waited for from when it is saved, also before the watch tells", async () => {
    const { disk, clock, renewed, installed, here } = await session([web, api], plain);
    await installed.settled();
    expect([clock.monotonic(), here.loads]).toEqual([0, 0]);
    disk.set("/p/api/requirements.txt", "flask\nredis");
    here.install = () => clock.sleep(4_000);
    await clock.run(installed.settled());
    expect([renewed.length, clock.monotonic() > 4_000]).toEqual([1, true]);
  });

  test("that is taken back before it rests is none", async () => {
    const { save, clock, renewed, here } = await session([web], plain);
    save("/p/web/package-lock.json", "2");
    await clock.pass(100);
    save("/p/web/package-lock.json", "1");
    await clock.pass(5_000);
    expect([renewed, here.loads]).toEqual([[], 0]);
  });

  test("of many events is one change", async () => {
    const { save, clock, renewed, here } = await session([web], plain);
    here.reads = 0;
    for (let n = 0; n < 20; n++) save("/p/web/package-lock.json", "2");
    await clock.pass(60_000);
    expect([renewed.length, here.loads]).toEqual([1, 1]);
    expect(here.reads).toBeLessThan(100);
  });

  test.each([
    ["its version and description", { version: "2.0.0", description: "new", author: "ana", license: "MIT" }, 0],
    ["a dependency", { dependencies: { vite: "9.0.0" } }, 1],
    ["a dependency of development", { devDependencies: { vitest: "4" } }, 1],
    ["an override", { overrides: { x: "1" } }, 1],
  ])("of a package.json in %s restarts %#", async (_, more, times) => {
    const { save, clock, renewed } = await session([web], plain);
    save("/p/web/package.json", packageJson(more));
    await clock.pass(5_000);
    expect(renewed).toHaveLength(times);
  });

  test.each(["{", "[]", "null", '"text"'])(
    "of a package.json to %j, which is none, counts by its text",
    async (text) => {
      const { save, clock, renewed } = await session([web], plain);
      save("/p/web/package.json", text);
      await clock.pass(5_000);
      expect(renewed).toHaveLength(1);
    },
  );

  test("that removes the file counts, and its return too", async () => {
    const { save, clock, renewed } = await session([api], plain);
    save("/p/api/requirements.txt", null);
    await clock.pass(5_000);
    save("/p/api/requirements.txt", "flask");
    await clock.pass(5_000);
    expect(renewed).toHaveLength(2);
  });

  test("that was installed by hand already restarts nothing", async () => {
    const { save, disk, clock, renewed } = await session([api], plain);
    disk.set(
      stampFile("/setup", pip),
      JSON.stringify({ state: "done", title: "", inputs: stepFingerprint(pip, ["flask\nredis"]) }),
    );
    save("/p/api/requirements.txt", "flask\nredis");
    await clock.pass(5_000);
    expect(renewed).toEqual([]);
  });

  test("is left to a warm Python, which notices it itself", async () => {
    const { save, warm, clock, renewed } = await session([api], plain);
    warm.add("api");
    save("/p/api/requirements.txt", "flask\nredis");
    await clock.pass(5_000);
    expect(renewed).toEqual([]);
  });
});

describe("what is saved while an install runs", () => {
  test("by the install itself, its lock file, is no change", async () => {
    const { save, here, clock, renewed } = await session([web], plain);
    here.install = () => Promise.resolve(save("/p/web/package-lock.json", "written by npm"));
    save("/p/web/package.json", packageJson({ dependencies: { vite: "9.0.0" } }));
    await clock.pass(10_000);
    expect([renewed.length, here.loads]).toEqual([1, 1]);
  });

  test("by the user is a change, looked at when the install has ended", async () => {
    const { save, here, clock, renewed } = await session([web], plain);
    const installed = deferred();
    here.install = () => installed.promise;
    save("/p/web/package.json", packageJson({ dependencies: { vite: "9.0.0" } }));
    await clock.pass(2_000);
    save("/p/web/package.json", packageJson({ dependencies: { vite: "9.1.0" } }));
    await clock.pass(5_000);
    expect(renewed).toHaveLength(1);
    here.install = () => Promise.resolve();
    installed.resolve();
    await clock.pass(5_000);
    expect(renewed).toEqual([
      ["web", "package.json changed"],
      ["web", "package.json changed"],
    ]);
  });

  test("by the user in another package manager's lock file is a change", async () => {
    const { save, here, clock, renewed } = await session([web], plain);
    here.install = () => {
      if (renewed.length === 1) save("/p/web/pnpm-lock.yaml", "1");
      return Promise.resolve();
    };
    save("/p/web/package.json", packageJson({ dependencies: { vite: "9.0.0" } }));
    await clock.pass(10_000);
    expect(renewed).toEqual([["web", "package.json changed"]]);
    expect(here.loads).toBe(2);
  });

  test("is a change also where the watch missed it", async () => {
    const { save, here, disk, clock, renewed } = await session([api], plain);
    here.install = () => {
      if (renewed.length === 1) disk.set("/p/api/requirements.txt", "celery");
      return Promise.resolve();
    };
    save("/p/api/requirements.txt", "redis");
    await clock.pass(10_000);
    expect(renewed).toHaveLength(2);
  });
});

describe("a change that makes another package manager the app's", () => {
  const pnpm: SetupStep = {
    ...npmCi,
    run: ["pnpm", "install"],
    inputs: ["/p/web/package.json", "/p/web/pnpm-lock.yaml"],
  };
  const withPnpm = { ...web, command: { argv: ["pnpm", "dev"], shell: false as const }, setup: [pnpm] };

  test("is seen, though no lock file of it was there before", async () => {
    const { save, here, clock, renewed, watched } = await session([web], plain);
    expect(watched()).toEqual(expect.arrayContaining(["/p/web/pnpm-lock.yaml", "/p/web/yarn.lock", "/p/web/bun.lock"]));
    here.config = () => Promise.resolve(ok(sampleProject([withPnpm])));
    save("/p/web/pnpm-lock.yaml", "1");
    await clock.pass(5_000);
    expect(renewed).toEqual([["web", "pnpm-lock.yaml changed"]]);
  });

  test("is judged as a whole where the old lock file goes long before the new one comes", async () => {
    const { save, here, clock, renewed } = await session([web], plain);
    here.config = () => Promise.resolve(ok(sampleProject([withPnpm])));
    save("/p/web/package-lock.json", null);
    await clock.pass(2_000);
    expect(renewed).toEqual([]);
    save("/p/web/pnpm-lock.yaml", "1");
    await clock.pass(1_000);
    // nothing is missing any more: it waits no longer than for any change
    await clock.pass(3_000);
    expect(renewed).toEqual([["web", "package-lock.json and pnpm-lock.yaml changed"]]);
  });

  test("restarts an app whose command it changes, though everything is installed", async () => {
    const { save, here, disk, clock, renewed } = await session([web], plain);
    here.config = () =>
      Promise.resolve(ok(sampleProject([{ ...web, command: { argv: ["vite", "--host"], shell: false } }])));
    const text = packageJson({ scripts: { dev: "vite --host" } });
    disk.set(
      stampFile("/setup", npmCi),
      JSON.stringify({ state: "done", title: "", inputs: stepFingerprint(npmCi, [text, "1"]) }),
    );
    save("/p/web/package.json", text);
    await clock.pass(5_000);
    expect(renewed).toHaveLength(1);
  });

  test("is judged by the configuration as it was where the new one cannot be loaded", async () => {
    const { save, here, clock, renewed } = await session([api], plain);
    here.config = () => Promise.resolve(failed());
    save("/p/api/requirements.txt", "redis");
    await clock.pass(5_000);
    expect(renewed).toEqual([["api", "requirements.txt changed"]]);
  });

  test("watches what the new configuration installs from, and starts no app that was not there", async () => {
    const { save, here, clock, renewed, watched } = await session([api], plain);
    const dev = { ...pip, inputs: ["/p/api/requirements.txt", "/p/api/dev.txt"] };
    here.config = () => Promise.resolve(ok(sampleProject([{ ...api, setup: [dev] }, web])));
    save("/p/api/requirements.txt", "redis");
    await clock.pass(5_000);
    expect(renewed).toEqual([["api", "requirements.txt changed"]]);
    expect(watched()).toContain("/p/api/dev.txt");
    save("/p/api/dev.txt", "pytest");
    await clock.pass(5_000);
    expect(renewed.at(-1)).toEqual(["api", "dev.txt changed"]);
    expect(renewed).toHaveLength(2);
  });
});

describe("a session that stops", () => {
  test("restarts nothing, whenever the change came", async () => {
    const { save, stopping, clock, renewed, here } = await session([api], plain);
    save("/p/api/requirements.txt", "redis");
    await clock.pass(100);
    stopping.abort();
    save("/p/api/requirements.txt", "celery");
    await clock.pass(5_000);
    expect([renewed, here.loads]).toEqual([[], 0]);
  });

  test("also where it stops while the configuration is loaded", async () => {
    const { save, stopping, clock, renewed, here } = await session([api], plain);
    here.config = () => (stopping.abort(), Promise.resolve(ok(sampleProject([api]))));
    save("/p/api/requirements.txt", "redis");
    await clock.pass(5_000);
    expect(renewed).toEqual([]);
  });
});

test("an environment that a set-up has made is no change where pip failed in it; one that is made anew is", async () => {
  const venv: SetupStep = { ...pip, run: ["python3", "-m", "venv"], inputs: [], output: "/p/api/.venv" };
  const made = "/p/api/.venv/pyvenv.cfg";
  const inVenv = { ...pip, inputs: [...pip.inputs, made] };
  const both = await session([{ ...api, setup: [venv, inVenv] }, web], { "/p/web/package.json": packageJson() });
  both.disk.delete(stampFile("/setup", inVenv));
  both.save(made, "version = 3.11");
  both.save("/p/web/package.json", packageJson({ dependencies: {} }));
  await both.clock.pass(1_000);
  expect(both.renewed).toEqual([["web", "package.json changed"]]);
  both.save(made, "version = 3.12");
  await both.clock.pass(1_000);
  expect(both.renewed.slice(1)).toEqual([["api", "pyvenv.cfg changed"]]);
});

test("an environment that a user makes, because its step failed, is a change", async () => {
  const venv: SetupStep = { ...pip, run: ["python3", "-m", "venv"], inputs: [], output: "/p/api/.venv" };
  const made = "/p/api/.venv/pyvenv.cfg";
  const inVenv = { ...pip, inputs: [...pip.inputs, made] };
  const { disk, save, clock, renewed } = await session([{ ...api, setup: [venv, inVenv] }], {});
  for (const step of [venv, inVenv]) disk.delete(stampFile("/setup", step));
  save(made, "version = 3.11");
  await clock.pass(1_000);
  expect(renewed).toEqual([["api", "pyvenv.cfg changed"]]);
});
