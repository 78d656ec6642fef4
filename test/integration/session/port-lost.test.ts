import { existsSync } from "node:fs";
import { connect } from "node:net";
import { expect, test, type TestContext } from "vitest";
import { parseJson, statusShape, waitShape } from "../../rigs/contract.ts";
import { freePort } from "../../rigs/ports.ts";
import { openProject, type Project } from "../../rigs/project.ts";
import { until } from "../../rigs/wait.ts";
import { fixture } from "../../rigs/fixtures.ts";

/** Lives on whatever happens: SIGUSR2 closes its port, SIGUSR1 opens it again; a file makes it deaf. */
const APP = fixture("session/closes-its-port.cjs");

async function started(ctx: TestContext): Promise<{ project: Project; port: number }> {
  const port = await freePort();
  const project = await openProject(ctx, {
    files: {
      "app.cjs": APP,
      "ecosystem.config.json": JSON.stringify({ apps: { web: { command: "node app.cjs", port } } }),
    },
  });
  const dev = await project.devpm(["dev", "--detach"]);
  expect(dev, dev.output).toMatchObject({ code: 0 });
  return { project, port };
}

async function ready(ctx: TestContext): Promise<{ project: Project; port: number; pid: number }> {
  const { project, port } = await started(ctx);
  return { project, port, pid: (await web(project)).pid! };
}

async function web(project: Project) {
  const { apps, session } = parseJson(statusShape, (await project.devpm(["status", "--json"])).stdout);
  return { ...apps[0]!, session };
}

const untilState = (project: Project, state: string): Promise<unknown> =>
  until(`web to be ${state}`, async () => (await web(project)).state === state, { everyMs: 200 });

test("a port that closes is a state, an error of wait, and ready again when it opens; nothing is asked of the app", async (ctx) => {
  const { project, port, pid } = await ready(ctx);
  process.kill(pid, "SIGUSR2");
  await untilState(project, "failed");
  const { session } = await web(project);
  expect(session).toMatchObject({ state: "degraded" });
  const waited = await project.devpm(["wait", "--json"]);
  expect(waited.code).toBe(1);
  expect(parseJson(waitShape, waited.stdout).error).toContain(`port ${port} is closed, and its process still runs`);
  process.kill(pid, "SIGUSR1");
  await untilState(project, "ready");
  expect(await project.devpm(["wait"])).toMatchObject({ code: 0 });
  expect((await project.devpm(["logs", "web", "--no-follow"])).stdout).not.toContain("GET");
  await project.devpm(["down"]);
});

test("a stopped app and one that hangs are told, and get well again", async (ctx) => {
  const { project, port, pid } = await ready(ctx);
  process.kill(pid, "SIGSTOP");
  await untilState(project, "failed");
  expect((await project.devpm(["wait"])).output).toContain("its process is stopped (SIGSTOP)");
  process.kill(pid, "SIGCONT");
  await untilState(project, "ready");

  project.write("hang", "");
  await until("it to hang", () => existsSync(project.path("hangs")));
  const clients = Array.from({ length: 3 }, () => connect(port, "127.0.0.1"));
  ctx.onTestFinished(() => clients.forEach((client) => client.destroy()));
  for (const client of clients) client.on("error", () => {});
  await untilState(project, "failed");
  expect((await project.devpm(["wait"])).output).toContain(`it accepts no connections on port ${port}`);
  await project.devpm(["down"]);
});

test.for([
  ["stopped", "SIGSTOP", "its process is stopped (SIGSTOP)"],
  ["closed", "SIGUSR2", "is closed, and its process still runs"],
] as const)("one that is $0 as soon as it is ready is told", async ([, signal, reason], ctx) => {
  const { project } = await started(ctx);
  process.kill(Number(project.read("pid")), signal);
  await untilState(project, "failed");
  const waited = await project.devpm(["wait"]);
  expect(waited).toMatchObject({ code: 1 });
  expect(waited.output).toContain(reason);
  await project.devpm(["down"]);
});
