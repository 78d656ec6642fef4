import path from "node:path";
import { beforeAll, expect, it, type TestContext } from "vitest";
import type { Evaluated, Prompt } from "../../../src/model/prompt.ts";
import type { Status } from "../../../src/model/status.ts";
import { fixture } from "../../rigs/fixtures.ts";
import { ask, untilAnswers } from "../../rigs/http.ts";
import { freePort } from "../../rigs/ports.ts";
import { openProject, type Project } from "../../rigs/project.ts";
import { pythonWith } from "../../rigs/python.ts";
import { DEADLINE_MS, until } from "../../rigs/wait.ts";
import { FASTAPI, FLASK } from "../reload/rig.ts";

let [flask, fastapi] = ["", ""];
beforeAll(async () => {
  [flask, fastapi] = [await pythonWith(FLASK), await pythonWith(FASTAPI)];
}, 300_000);

interface Opened {
  project: Project;
  url: (app: string, page: string) => string;
}

/** Each way of asking at a terminal, as an app of one session. */
async function opened(ctx: TestContext, names: readonly string[]): Promise<Opened> {
  const ports: Record<string, number> = {};
  for (const name of ["site", "api", "hasty"]) ports[name] = await freePort();
  const web = (name: string, venv: string, ...words: string[]) => ({
    command: [path.join(venv, "bin/python"), ...words],
    port: ports[name],
    reload: "warm",
    watch: [name === "site" ? "website.py" : "api.py"],
  });
  const api = ["-m", "uvicorn", "api:app", "--port", "$PORT"];
  const apps: Record<string, object> = {
    site: web("site", flask, "-m", "flask", "--app", "website", "run", "--port", "$PORT"),
    api: web("api", fastapi, ...api),
    hasty: { ...web("hasty", fastapi, ...api), env: { DEVPM_PROMPT_SECONDS: "0.5" } },
    worker: { command: [path.join(flask, "bin/python"), "worker.py"], reload: "warm", watch: ["worker.py"] },
    cold: { command: [path.join(flask, "bin/python"), "cold.py"], reload: false },
    lines: { command: "node lines.mjs" },
  };
  const files = ["website.py", "api.py", "worker.py", "cold.py", "lines.mjs"];
  const project = await openProject(ctx, {
    files: {
      ...Object.fromEntries(files.map((file) => [file, fixture(`prompts/${file}`)])),
      "ecosystem.config.json": JSON.stringify({
        apps: Object.fromEntries(names.map((name) => [name, apps[name]])),
      }),
    },
  });
  return { project, url: (app, page) => `http://127.0.0.1:${ports[app]}${page}` };
}

async function promptOf(project: Project, app: string): Promise<Prompt | undefined> {
  const status = JSON.parse((await project.devpm(["status", "--json"])).stdout) as Status;
  return status.apps.find(({ name }) => name === app)?.prompt;
}

const atPrompt = (project: Project, app: string): Promise<Prompt> =>
  until(`a prompt of ${app}`, () => promptOf(project, app), { describe: project.story });

async function evaluated(project: Project, app: string, line: string): Promise<Evaluated> {
  const done = await project.devpm(["attach", app, "--eval", line, "--json"]);
  expect(done.code, done.output).toBe(0);
  return JSON.parse(done.stdout) as Evaluated;
}

it("a detached session: each kind of app is asked and answered by attach --eval, the others go on", async (ctx) => {
  const { project, url } = await opened(ctx, ["site", "api", "hasty", "worker", "cold", "lines"]);
  expect((await project.devpm(["dev", "--detach"])).code).toBe(0);

  // input() at start
  expect(await atPrompt(project, "worker")).toEqual({ text: "Name? ", file: "worker.py", line: 3 });
  expect(await evaluated(project, "worker", "ana")).toEqual({ lines: ["hello ana"], prompt: null });
  const none = await project.devpm(["attach", "worker", "--eval", "again"]);
  expect(none.code).toBe(1);
  expect(none.stderr).toMatch(/worker is not waiting at a prompt\s+DEVPM_NO_PROMPT/);

  const attached = project.start(["attach"]);
  await attached.waitFor(/attached/);
  const nameless = await project.devpm(["attach", "--eval", "p x"]);
  expect(nameless.code).toBe(2);
  expect(nameless.stderr).toMatch(/--eval is for the prompt of one app/);

  // Flask; a save meanwhile waits, and takes effect when it goes on
  const stopped = ask(url("site", "/stop"), DEADLINE_MS);
  expect(await atPrompt(project, "site")).toEqual({ text: "(Pdb) ", file: "website.py", line: 15 });
  expect((await ask(url("site", "/"))).body).toBe("page one");
  project.edit("website.py", "page one", "page two");
  await attached.waitFor(/site: it waits at a prompt, website\.py:15: the save takes effect when it goes on/);
  expect(await evaluated(project, "site", "p x")).toEqual({
    // the access line of a request before it may come now
    lines: expect.arrayContaining(["41"]) as string[],
    prompt: { text: "(Pdb) ", file: "website.py", line: 15 },
  });
  expect((await ask(url("site", "/"))).body).toBe("page one");
  expect((await evaluated(project, "site", "c")).prompt).toBeNull();
  expect(await stopped).toEqual({ status: 200, body: "x is 41" });
  await untilAnswers(url("site", "/"), ({ body }) => body === "page two");
  // the log is what a terminal would have shown
  // what it prints elsewhere comes by another pipe, in either order
  await attached.waitFor(/^site\s+\| \(Pdb\) p x\n(?:(?!site\s+\|).*\n)*site\s+\| 41$/m);
  attached.kill("SIGINT");

  // FastAPI: a thread of its own, then the event loop itself
  for (const [page, line, x] of [
    ["/sync", 10, "42"],
    ["/async", 17, "43"],
  ] as const) {
    const answer = ask(url("api", page), DEADLINE_MS);
    expect(await atPrompt(project, "api")).toEqual({ text: "(Pdb) ", file: "api.py", line });
    expect((await ask(url("site", "/"))).body).toBe("page two");
    expect((await evaluated(project, "api", "p x")).lines).toContain(x);
    await evaluated(project, "api", "c");
    expect(await answer).toEqual({ status: 200, body: x });
  }

  // nobody comes: a clear 503, and the app serves on
  for (const page of ["/sync", "/async"]) {
    const { status, body } = await ask(url("hasty", page), DEADLINE_MS);
    expect(status).toBe(503);
    expect(body).toMatch(/hasty waits at a prompt, api\.py:1[07], and nobody came within 0\.5 s/);
    expect(body).toMatch(/devpm attach hasty/);
  }

  // programs that report nothing: by the line that they have begun
  await atPrompt(project, "cold");
  expect((await evaluated(project, "cold", "21")).lines).toEqual(["twice 42"]);
  await evaluated(project, "cold", "stop");
  await until("pdb's prompt", async () => (await promptOf(project, "cold"))?.text === "(Pdb) ");
  expect(await promptOf(project, "cold")).toEqual({ text: "(Pdb) ", file: "cold.py", line: 5 });
  expect((await evaluated(project, "cold", "p answer")).lines).toEqual(["'stop'"]);
  await atPrompt(project, "lines");
  expect(await evaluated(project, "lines", "hello")).toMatchObject({
    lines: ["you typed HELLO"],
    prompt: { text: "node> " },
  });

  // what sits at prompts ends with the session
  const lost = ask(url("api", "/async"), DEADLINE_MS).catch(() => "no answer");
  await atPrompt(project, "api");
  expect((await project.devpm(["down"])).code).toBe(0);
  await lost;
  await project.nothingLeft();
});

it("a request to any other Python server that nobody attends to is answered with 503 too", async (ctx) => {
  const names = ["handler", "wsgiref", "waitress", "bottle", "falcon", "uvicorn", "aiohttp", "tornado"];
  const venv = await pythonWith(["waitress", "bottle", "falcon", "uvicorn", "aiohttp", "tornado"]);
  const ports = await Promise.all(names.map(() => freePort()));
  const app = (name: string, at: number): object => ({
    command: [path.join(venv, "bin/python"), "servers.py", name, "$PORT"],
    port: ports[at],
    reload: "warm",
    watch: ["servers.py"],
    env: { DEVPM_PROMPT_SECONDS: "0.5" },
  });
  const project = await openProject(ctx, {
    files: {
      "servers.py": fixture("prompts/servers.py"),
      "ecosystem.config.json": JSON.stringify({
        apps: Object.fromEntries(names.map((name, at) => [name, app(name, at)])),
      }),
    },
  });
  const started = await project.devpm(["dev", "--detach"]);
  expect(started.code, started.output).toBe(0);
  for (const [at, name] of names.entries()) {
    const { status, body } = await ask(`http://127.0.0.1:${ports[at]}/stop`, DEADLINE_MS);
    expect(status, name).toBe(503);
    expect(body).toMatch(new RegExp(`${name} waits at a prompt, servers\\.py:\\d+, and nobody came within 0\\.5 s`));
    await untilAnswers(`http://127.0.0.1:${ports[at]}/`, (answer) => answer.status === 200 && answer.body === "up");
  }
  expect((await project.devpm(["down"])).code).toBe(0);
  await project.nothingLeft();
}, 300_000);

it("in terminals: a typed line of devpm dev, and attach with editing, Ctrl+C and Ctrl+D", async (ctx) => {
  const { project, url } = await opened(ctx, ["site"]);
  const dev = await project.terminal(["dev", "--plain"]);
  await dev.waitFor(/ready in/);
  const first = ask(url("site", "/stop"), DEADLINE_MS);
  await dev.waitFor(/site waits at a prompt, website\.py:15: `.*devpm.* attach site` answers it\n/);
  await dev.waitFor(/^site\s+\| \(Pdb\) $/m);
  // what is typed in the moment before a prompt is not for it
  await atPrompt(project, "site");
  dev.write("p x + 1\r");
  await dev.waitFor(/^site\s+\| \(Pdb\) p x \+ 1\nsite\s+\| 42$/m);
  await atPrompt(project, "site");
  dev.write("c\r");
  expect(await first).toEqual({ status: 200, body: "x is 41" });

  const attached = await project.terminal(["attach", "site", "--plain"]);
  await attached.waitFor(/attached: Ctrl\+C leaves it running/);
  const second = ask(url("site", "/stop"), DEADLINE_MS);
  await attached.waitFor(/\(Pdb\) $/);
  attached.write("p x + 1000\x7f\x7f\x7f\x7f2\r");
  await attached.waitFor(/\(Pdb\) p x \+ 2\nsite\s+\| 43\n[^]*\(Pdb\) $/);
  // the history
  attached.write("\x1b[A0\r");
  await attached.waitFor(/\(Pdb\) p x \+ 20\nsite\s+\| 61\n[^]*\(Pdb\) $/);
  // Ctrl+C: first the line, then the program
  const before = attached.output().length;
  attached.write("never sent\x03");
  attached.write("\x03");
  await attached.waitFor(/--KeyboardInterrupt--\n[^]*\(Pdb\) $/, { from: before });
  // Ctrl+D is the end of pdb's input: it quits, and Flask answers for it
  attached.write("\x04");
  expect(await second).toMatchObject({ status: 500 });
  expect(attached.output()).not.toMatch(/\| \(Pdb\) never/);

  // a session that ends at a prompt
  const third = ask(url("site", "/stop"), DEADLINE_MS).catch(() => "no answer");
  await dev.waitFor(/\(Pdb\) $/m, { from: dev.output().length });
  dev.write("\x03");
  expect(await dev.ended()).toMatchObject({ code: 130 });
  await third;
  expect(await attached.ended()).toMatchObject({ code: 0 });
  await project.nothingLeft();
});

it("in the background of its terminal devpm dev reads nothing there, and is not stopped", async (ctx) => {
  const { project } = await opened(ctx, ["worker"]);
  const shell = await project.shell();
  shell.write("devpm dev --plain &\r");
  await shell.waitFor(/worker waits at a prompt/);
  // a line that nothing in the foreground takes
  shell.write("tail -f /dev/null\r");
  await until("the foreground to be taken", () => project.left().some(({ command }) => command.startsWith("tail -f")));
  shell.write("for nothing\r");
  await shell.waitFor(/^for nothing$/m);
  expect((await evaluated(project, "worker", "ana")).lines).toEqual(["hello ana"]);
  shell.write("\x03");
  expect((await project.devpm(["down"])).code).toBe(0);
  shell.close();
  await project.nothingLeft();
});

it("with the footer: the key i answers line after line, and attach to an app that waits is its prompt", async (ctx) => {
  const { project, url } = await opened(ctx, ["site"]);
  const dev = await project.terminal(["dev"]);
  await dev.waitFor(/ready in/);
  const first = ask(url("site", "/stop"), DEADLINE_MS);
  await dev.waitFor(/site \? website\.py:15/);
  dev.write("i");
  await dev.waitFor(/site \(Pdb\) .*Enter sends the line/);
  dev.write("p x + 1\r");
  // the footer asks on by itself
  await dev.waitFor(/\(Pdb\) p x \+ 1[^]*site +\| 42[^]*site \(Pdb\) .*Enter sends the line/);
  dev.write("c\r");
  expect(await first).toEqual({ status: 200, body: "x is 41" });

  // a prompt that follows at once belongs to the same line of questions
  await until("it to go on", async () => (await promptOf(project, "site")) === undefined);
  const second = ask(url("site", "/stop"), DEADLINE_MS);
  await atPrompt(project, "site");
  const attached = await project.terminal(["attach", "site"]);
  await attached.waitFor(/twice at a prompt[^]*\(Pdb\) $/);
  attached.write("c\r");
  expect(await second).toEqual({ status: 200, body: "x is 41" });
  await attached.waitFor(/"GET \/stop HTTP\/1\.1" 200/);
  attached.write("\x03");
  expect(await attached.ended()).toMatchObject({ code: 0 });
  dev.write("q");
  expect(await dev.ended()).toMatchObject({ code: 130 });
  await project.nothingLeft();
});
