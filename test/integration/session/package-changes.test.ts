import { existsSync, rmSync, symlinkSync } from "node:fs";
import { expect, it, type TestContext } from "vitest";
import { parseJson, statusShape } from "../../rigs/contract.ts";
import { untilAnswers } from "../../rigs/http.ts";
import { packageManager } from "../../rigs/package-managers.ts";
import { freePorts } from "../../rigs/ports.ts";
import { openProject, type Project } from "../../rigs/project.ts";
import { until } from "../../rigs/wait.ts";

const LONG = { timeout: 300_000 };
const DEADLINE = { deadlineMs: 120_000 };

/** Answers which packages were there when it started. */
const SERVER = `
const there = (name) => { try { return require(name); } catch { return "none"; } };
const words = [there("one"), there("two"), process.env.FLAVOUR, process.pid].join(" ");
require("node:http")
  .createServer((_, answer) => answer.end(words))
  .listen(process.env.PORT, "127.0.0.1");
`;

const packageJson = (dependencies: object, more: object = {}): string =>
  JSON.stringify({
    private: true,
    scripts: { dev: "node server.cjs" },
    dependencies: Object.fromEntries(Object.keys(dependencies).map((name) => [name, `file:../libraries/${name}`])),
    ...more,
  });

const library = (name: string): Record<string, string> => ({
  [`libraries/${name}/package.json`]: JSON.stringify({ name, version: "1.0.0", main: "index.js" }),
  [`libraries/${name}/index.js`]: `module.exports = "${name}";`,
});

/** However long this process is kept waiting in between, the session sees it as one change. */
function atOnce(dev: ReturnType<Project["start"]>, change: () => void): void {
  process.kill(dev.pid, "SIGSTOP");
  change();
  process.kill(dev.pid, "SIGCONT");
}

interface Opened {
  project: Project;
  dev: ReturnType<Project["start"]>;
  /** Waits until the app in `ui` answers this; the pid of the process that does. */
  answers(words: string): Promise<string>;
  /** What the other app answers now. */
  other(): Promise<string>;
  installs(): number;
}

async function opened(ctx: TestContext, more: Record<string, string> = {}): Promise<Opened> {
  const [ui, admin] = (await freePorts(2)) as [number, number];
  const project = await openProject(ctx, {
    files: {
      ...library("one"),
      ...library("two"),
      "ui/package.json": packageJson({ one: true }),
      "ui/server.cjs": SERVER,
      "admin/package.json": packageJson({ two: true }),
      "admin/server.cjs": SERVER,
      "ecosystem.config.json": JSON.stringify({
        apps: {
          ui: { preset: "vite", cwd: "ui", port: ui },
          admin: { preset: "vite", cwd: "admin", port: admin },
        },
      }),
      ...more,
    },
  });
  const dev = project.start(["dev"]);
  await dev.waitFor(/ready in/, DEADLINE);
  const answer = async (port: number, words: string): Promise<string> => {
    const { body } = await untilAnswers(`http://127.0.0.1:${port}/`, (one) => one.body.startsWith(words), {
      ...DEADLINE,
      describe: () => dev.output(),
    });
    return body;
  };
  return {
    project,
    dev,
    answers: async (words) => (await answer(ui, words)).split(" ").at(-1) ?? "",
    other: () => answer(admin, ""),
    installs: () => dev.output().match(/install in ui done/g)?.length ?? 0,
  };
}

it("what a pull changes in package.json and the lock file is installed once, where it belongs", LONG, async (ctx) => {
  const { project, dev, answers, other, installs } = await opened(ctx);
  const before = await answers("one none");
  const untouched = await other();
  expect(installs()).toBe(1);
  expect(dev.output()).not.toContain("restarts:");

  const lock = JSON.parse(project.read("ui/package-lock.json")) as { packages: Record<string, object> };
  lock.packages["../libraries/two"] = { version: "1.0.0" };
  lock.packages["node_modules/two"] = { resolved: "../libraries/two", link: true };
  lock.packages[""] = { dependencies: { one: "file:../libraries/one", two: "file:../libraries/two" } };
  atOnce(dev, () => {
    project.write("ui/package-lock.json", JSON.stringify(lock));
    project.write("ui/package.json", packageJson({ one: true, two: true }));
  });
  expect(await answers("one two")).not.toBe(before);
  await dev.waitFor(/ui ready[^]*ui ready/);
  expect(dev.output().match(/restarts?: .*/g)).toEqual(["restarts: package.json and package-lock.json changed"]);
  expect(installs()).toBe(2);
  expect(await other()).toBe(untouched);
  expect(existsSync(project.path("node_modules"))).toBe(false);

  // what installs nothing restarts nothing: the next change is the proof that nothing came before it
  project.write("ui/package.json", packageJson({ one: true, two: true }, { version: "2.0.0" }));
  project.write("admin/package.json", packageJson({ one: true }));
  await dev.waitFor(/admin restarts: package\.json changed[^]*admin ready/, DEADLINE);
  expect(installs()).toBe(2);

  // a script counts too: it is what runs
  project.write(
    "ui/package.json",
    packageJson({ one: true, two: true }, { scripts: { dev: "FLAVOUR=mint node server.cjs" } }),
  );
  await answers("one two mint");
  dev.kill("SIGINT");
  expect(await dev.ended()).toMatchObject({ code: 130 });
});

it("an install that fails leaves what runs, with its output; the next change mends it", LONG, async (ctx) => {
  const { project, dev, answers, installs } = await opened(ctx);
  const before = await answers("one none");
  project.write(
    "ui/package.json",
    packageJson({ one: true }, { scripts: { dev: "node server.cjs", install: "exit 7" } }),
  );
  await dev.waitFor(
    /ui was not restarted: npm install in ui failed[^]*exit 7[^]*ui still runs with what was installed/,
  );
  expect(await answers("one none")).toBe(before);
  // it is asked again whether it answers
  expect(await project.devpm(["wait"])).toMatchObject({ code: 0 });
  const status = parseJson(statusShape, (await project.devpm(["status", "--json"])).stdout);
  expect(status.apps.map(({ state }) => state)).toEqual(["ready", "ready"]);
  project.write("ui/package.json", packageJson({ one: true, two: true }));
  expect(await answers("one two")).not.toBe(before);
  dev.kill("SIGINT");
  expect(await dev.ended()).toMatchObject({ code: 130 });
  expect(installs()).toBe(2);
});

it("a change during an install is installed after it", LONG, async (ctx) => {
  const { project, dev, answers, installs } = await opened(ctx);
  await answers("one none");
  const install = `node -e "require('node:fs').writeFileSync('began', ''); setInterval(() => require('node:fs').existsSync('end') && process.exit(), 20)"`;
  project.write("ui/package.json", packageJson({ one: true }, { scripts: { dev: "node server.cjs", install } }));
  await until("the install to run", () => existsSync(project.path("ui/began")), DEADLINE);
  project.write("ui/package.json", packageJson({ one: true, two: true }));
  project.write("ui/end", "");
  await answers("one two");
  await until("both installs", () => installs() === 3, { describe: () => dev.output() });
  dev.kill("SIGINT");
  expect(await dev.ended()).toMatchObject({ code: 130 });
});

it("another package manager's lock file, as after a switch of branches: that one installs", LONG, async (ctx) => {
  const { project, dev, answers, installs } = await opened(ctx);
  const before = await answers("one none");
  symlinkSync(packageManager("pnpm@10", "pnpm/bin/pnpm.cjs"), project.path("../bin/pnpm"));
  atOnce(dev, () => {
    rmSync(project.path("ui/package-lock.json"));
    project.write("ui/pnpm-lock.yaml", "lockfileVersion: '9.0'\n");
    project.write("ui/package.json", packageJson({ one: true, two: true }));
  });
  await dev.waitFor(/pnpm install in ui done[^]*ui ready/, DEADLINE);
  expect(await answers("one two")).not.toBe(before);
  expect(installs()).toBe(2);
  expect(existsSync(project.path("ui/package-lock.json"))).toBe(false);
  dev.kill("SIGINT");
  expect(await dev.ended()).toMatchObject({ code: 130 });
});
