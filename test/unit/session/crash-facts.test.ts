import path from "node:path";
import { describe, expect, test } from "vitest";
import type { App, References } from "../../../src/model/project.ts";
import type { Infra } from "../../../src/infra/infra.ts";
import { changedAmong } from "../../../src/session/apps/changed-apps.ts";
import { crashOf } from "../../../src/session/apps/crash/excerpt.ts";
import { readCrashFacts } from "../../../src/session/apps/crash/facts.ts";
import { createExplainer } from "../../../src/session/apps/crash/explainer.ts";
import type { Launcher } from "../../../src/session/apps/launcher.ts";
import { sampleApp, sampleProject } from "../plan/sample.ts";
import { sessionRoom } from "./session-room.ts";

function project(contents: Record<string, string>) {
  const { root, system } = sessionRoom(contents);
  const app = (folder: string, more: Partial<App> = {}): App =>
    sampleApp({ name: path.basename(folder), cwd: path.join(root, folder), ...more });
  return {
    root,
    system,
    app,
    facts: (of: App, apps: App[] = [of]) => readCrashFacts(system.files, of, { root, apps }),
  };
}

describe("what is known of an app when it starts, to explain a crash", () => {
  test("are its requirements, as its set-up installs them", async () => {
    const { root, app, facts } = project({ "api/requirements.txt": "flask\n" });
    const file = path.join(root, "api/requirements.txt");
    const setup = [{ run: ["pip"], inputs: [file], output: null, cwd: root, title: "pip" }];
    expect((await facts(app("api", { setup }))).requirements).toEqual({ file, text: "flask\n" });
    expect((await facts(app("api"))).requirements).toBeNull();
  });

  test("is the template of an environment file, the nearest one upwards", async () => {
    const { root, app, facts } = project({ "api/.env.example": "KEY=\n", ".env.example": "ALL=\n" });
    expect((await facts(app("api"))).example).toEqual({ file: path.join(root, "api/.env.example"), text: "KEY=\n" });
    expect((await facts(app("web"))).example?.file).toBe(path.join(root, ".env.example"));
    expect((await project({}).facts(project({}).app("api"))).example).toBeNull();
  });

  test("is the environment file that is there, else the one that would count first", async () => {
    const { root, app, facts } = project({ ".env": "A=1\n" });
    const envFiles = [path.join(root, ".env"), path.join(root, "api/.env.local")];
    expect((await facts(app("api", { envFiles }))).envFile).toEqual({ file: envFiles[0], text: "A=1\n" });
    const both = project({ ".env": "A=1\n", "api/.env.local": "A=2\n" });
    const found = await both.facts(
      both.app("api", { envFiles: [".env", "api/.env.local"].map((one) => path.join(both.root, one)) }),
    );
    expect(found.envFile.text).toBe("A=2\n");
    expect((await facts(app("api", { envFiles: [envFiles[1]!] }))).envFile).toEqual({ file: envFiles[1], text: null });
    expect((await facts(app("api"))).envFile.file).toBe(path.join(root, "api/.env"));
  });

  test("are the project's own modules, and none of what is installed", async () => {
    const { app, facts } = project({
      "api/main.py": "",
      "api/shop/__init__.py": "",
      "api/shop/prices.py": "",
      "api/venv/flask.py": "",
      "api/.hidden/secret.py": "",
      "api/static/logo.svg": "",
    });
    const { ownModules } = await facts(app("api", { toolchain: "python" }));
    expect(Object.fromEntries(ownModules)).toEqual({
      main: "main.py",
      shop: "shop",
      prices: "shop/prices.py",
      __init__: "shop/__init__.py",
    });
    expect((await facts(app("api"))).ownModules.size).toBe(0);
  });

  test("is how the other apps are built, in their own package manager", async () => {
    const { root, app, facts } = project({
      "web/package.json": '{"scripts": {"build": "vite build"}}',
      "web/pnpm-lock.yaml": "",
      "docs/package.json": '{"scripts": {"dev": "vite"}}',
    });
    const [api, web, docs, worker] = [
      app("api", { toolchain: "python" }),
      app("web", { toolchain: "node" }),
      app("docs", { toolchain: "node" }),
      app("worker"),
    ];
    expect((await facts(api, [api, web, docs, worker])).builds).toEqual([
      { app: "web", folder: path.join(root, "web"), run: expect.arrayContaining(["pnpm", "build"]) },
    ]);
    expect((await facts(web, [api, web])).builds).toEqual([]);
  });
});

describe("an explanation of a crash", () => {
  const crash = crashOf(
    { name: "api", reload: false },
    { during: "run", exitCode: 1, signal: null, excerpt: ["ModuleNotFoundError: No module named 'redis'"] },
  );
  const explaining = (one: ReturnType<typeof project>, api: App) =>
    createExplainer(one.system, {
      project: { ...sampleProject([api]), root: one.root },
      infra: { statuses: () => [] } as unknown as Infra,
      launcher: { variables: () => ({}) } as unknown as Launcher,
    });

  test("has what to type, from the facts of its start", async () => {
    const one = project({ "api/requirements.txt": "flask\n" });
    const inputs = [path.join(one.root, "api/requirements.txt")];
    const api = one.app("api", {
      toolchain: "python",
      setup: [{ run: ["pip", "install"], inputs, output: null, cwd: one.root, title: "pip" }],
    });
    const explainer = explaining(one, api);
    // before its facts are read the crash is reported as it is
    expect(explainer.explained(crash)).toBe(crash);
    await explainer.lookAround(api);
    const { fixes, excerpt } = explainer.explained(crash);
    expect(excerpt).toEqual(crash.excerpt);
    expect(JSON.stringify(fixes)).toContain("redis");
  });
});

describe("a changed configuration", () => {
  const references: References = { services: {}, apps: {} };
  const api = sampleApp({ name: "api", cwd: "/nowhere", command: { argv: ["tool"], shell: false } });

  async function changes(before: App, after: App) {
    const { system } = sessionRoom();
    const notices: string[] = [];
    const changed = await changedAmong(system, [after], {
      configFile: null,
      before: (name) => (name === before.name ? before : undefined),
      session: "s1",
      references,
      notify: (text) => notices.push(text),
    });
    return { changed: changed.map(({ name }) => name), notices };
  }

  test.each([
    ["nothing", {}, {}, []],
    ["its command", {}, { command: { argv: ["other"], shell: false as const } }, ["api"]],
    ["its environment", { env: { A: "1" } }, { env: { A: "2" } }, ["api"]],
    // a function of the same source may return something else
    ["what its env function returns", { env: () => ({ A: "1" }) }, { env: () => ({ A: "2" }) }, ["api"]],
  ] as [string, Partial<App>, Partial<App>, string[]][])("in %s restarts %#", async (_, before, after, expected) => {
    expect(await changes({ ...api, ...before }, { ...api, ...after })).toEqual({ changed: expected, notices: [] });
  });

  test("whose env function fails restarts nothing, and says so", async () => {
    const env = (): never => {
      throw new Error("no database");
    };
    const { changed, notices } = await changes(api, { ...api, env });
    expect(changed).toEqual([]);
    expect(notices).toEqual(["api still runs as it was configured before: its new env fails: no database"]);
  });

  test("whose env function failed before and works now restarts it", async () => {
    const env = (isBroken: boolean) => (): Record<string, string> => {
      if (isBroken) throw new Error("no database");
      return { A: "1" };
    };
    // the same source: only what it does is another
    expect((await changes({ ...api, env: env(true) }, { ...api, env: env(false) })).changed).toEqual(["api"]);
  });

  test("of an app that does not run restarts nothing", async () => {
    expect((await changes({ ...api, name: "other" }, api)).changed).toEqual([]);
  });
});
