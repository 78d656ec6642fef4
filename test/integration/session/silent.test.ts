import path from "node:path";
import { expect, test, type TestContext } from "vitest";
import { parseJson, statusShape, waitShape } from "../../rigs/contract.ts";
import { sessionRecord } from "../../rigs/control.ts";
import { freePort } from "../../rigs/ports.ts";
import { alive, look, processesOf, type Seen } from "../../rigs/processes.ts";
import { openProject, type Project } from "../../rigs/project.ts";
import { pythonWith } from "../../rigs/python.ts";
import { until } from "../../rigs/wait.ts";

const FLASK = `from flask import Flask

app = Flask(__name__)


@app.get("/")
def index():
    return "ANSWER"
`;

async function ready(ctx: TestContext): Promise<{ project: Project; engine: Seen; port: number }> {
  const port = await freePort();
  const venv = await pythonWith(["flask==3.1.*"]);
  const command = [path.join(venv, "bin/flask"), "--app", "shop", "run", "--port", "$PORT"];
  const project = await openProject(ctx, {
    files: {
      "shop.py": FLASK,
      "ecosystem.config.json": JSON.stringify({ name: "shop", apps: { web: { command, port, reload: "warm" } } }),
    },
  });
  const dev = await project.devpm(["dev", "--detach"]);
  expect(dev, dev.output).toMatchObject({ code: 0 });
  const { session } = await statusOf(project);
  return { project, engine: look(session!.pid)!, port };
}

const statusOf = async (project: Project) => parseJson(statusShape, (await project.devpm(["status", "--json"])).stdout);

async function stopped(seen: Seen, act: () => Promise<void>): Promise<void> {
  process.kill(seen.pid, "SIGSTOP");
  try {
    await until("it to be stopped", () => look(seen.pid)?.state === "T");
    await act();
  } finally {
    if (alive(seen)) process.kill(seen.pid, "SIGCONT");
  }
}

const isReady = async (project: Project): Promise<boolean> => {
  const { session, apps } = await statusOf(project);
  return session?.state === "ready" && apps.every(({ state }) => state === "ready");
};

test("a session whose engine is stopped does not answer, says every command, and goes on where it was", async (ctx) => {
  const { project, engine } = await ready(ctx);
  await stopped(engine, async () => {
    const { session, apps } = await statusOf(project);
    expect(session?.state).toBe("unresponsive");
    expect(apps.map(({ name, state }) => [name, state])).toEqual([["web", "unknown"]]);
    const status = await project.devpm(["status"]);
    expect(status.code).toBe(0);
    expect(status.stdout).toMatch(/^shop does not answer {2}pid/);
    expect(status.stdout).toContain(`kill -CONT ${engine.pid}`);
    expect(status.stdout).not.toMatch(/\b(starting|ready)\b/);
    expect((await project.devpm(["list"])).stdout).toMatch(/shop +does not answer/);
    for (const args of [
      ["wait", "--timeout", "1"],
      ["restart", "web"],
      ["stop", "web"],
      ["start", "web"],
      ["request", "web", "/"],
      ["attach"],
    ]) {
      const done = await project.devpm(args);
      expect(done.code, done.output).toBe(1);
      expect(done.output).toContain("The session of shop does not answer");
      expect(done.output).toContain(`its engine (pid ${engine.pid}) is stopped, by SIGSTOP or Ctrl+Z`);
    }
    for (const args of [["dev", "--detach"], ["dev"]]) {
      const second = await project.devpm(args);
      expect(second.code, second.output).toBe(3);
      expect(second.output).toMatch(/DEVPM_SESSION_RUNNING[^]*it is stopped, by SIGSTOP[^]*kill -CONT/);
    }
    const terminal = await project.terminal(["dev"]);
    expect(await terminal.ended()).toMatchObject({ code: 3 });
    const waited = await project.devpm(["wait", "--json", "--timeout", "1"]);
    expect(parseJson(waitShape, waited.stdout).error).toContain("the session does not answer: its engine");
    const logs = await project.devpm(["logs", "--follow"]);
    expect(logs.output).toContain("not followed: the session does not answer");
  });
  await until("the session to be ready again", () => isReady(project), { everyMs: 100 });
  expect(await project.devpm(["down"])).toMatchObject({ code: 0 });
});

test("down ends a session whose engine is stopped", async (ctx) => {
  const { project, engine, port } = await ready(ctx);
  await stopped(engine, async () => {
    const down = await project.devpm(["down"]);
    expect(down, down.output).toMatchObject({ code: 0 });
  });
  await project.nothingLeft({ ports: [port] });
});

test("any other process stopped: the engine answers, and all is well when it goes on", async (ctx) => {
  const { project } = await ready(ctx);
  const { shim, sentinel, daemon } = sessionRecord(project);
  const supervisor = processesOf(project.devpmHome).find(({ command }) => command.includes("prefork"));
  const others = [shim, sentinel, daemon, supervisor].map((one) => look(one?.pid ?? 0));
  for (const seen of others) {
    if (!seen) throw new Error(`one of them is not there: ${JSON.stringify(others)}`);
    await stopped(seen, async () => {
      const { session, apps } = await statusOf(project);
      expect(session?.state, seen.command).toBe("ready");
      expect(apps[0]!.state, seen.command).toBe("ready");
    });
    await until("all to be ready", () => isReady(project), { everyMs: 100 });
  }
  project.edit("shop.py", "ANSWER", "AFTER");
  const waited = await project.devpm(["wait", "--for", "reload"]);
  expect(waited, waited.output).toMatchObject({ code: 0 });
  expect(await project.devpm(["down"])).toMatchObject({ code: 0 });
});
