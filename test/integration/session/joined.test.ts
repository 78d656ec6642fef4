import type { TestContext } from "vitest";
import { expect, test } from "vitest";
import { parseJson, statusShape } from "../../rigs/contract.ts";
import { sessionRecord } from "../../rigs/control.ts";
import { freePorts } from "../../rigs/ports.ts";
import { openProject, type Project } from "../../rigs/project.ts";
import { until } from "../../rigs/wait.ts";

const configOf = (backend: number, more: string): string => `import { defineConfig } from "devpm";
export default defineConfig({
  name: "shared",
  apps: {
    backend: { command: "python3 server.py", port: ${backend}, reload: false },
    ${more}
  },
});`;
const SERVER = `import http.server, os
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), http.server.SimpleHTTPRequestHandler).serve_forever()
`;

async function opened(
  ctx: TestContext,
  server = SERVER,
): Promise<{ project: Project; backend: number; extra: number }> {
  const [backend = 0, extra = 0] = await freePorts(2);
  const project = await openProject(ctx, {
    files: {
      "ecosystem.config.ts": configOf(
        backend,
        `extra: { command: "python3 server.py", port: ${extra}, reload: false, start: false },`,
      ),
      "server.py": server,
    },
  });
  return { project, backend, extra };
}

const sessionOf = async (project: Project): Promise<string | undefined> =>
  parseJson(statusShape, (await project.devpm(["status", "--json"])).stdout).session?.id;

test("twenty at once make one session, and each prints its addresses", async (ctx) => {
  const { project, backend } = await opened(ctx);
  const all = await Promise.all(
    Array.from({ length: 20 }, () => project.devpm(["dev", "-d"], { deadlineMs: 150_000 })),
  );
  for (const one of all) {
    expect(one, one.output).toMatchObject({ code: 0 });
    expect(one.stdout).toContain(`http://localhost:${backend}`);
    expect(one.output).not.toContain("SESSION_RUNNING");
  }
  const first = await sessionOf(project);
  const again = await project.devpm(["dev", "-d"]);
  expect(again).toMatchObject({ code: 0, stderr: "" });
  expect(again.stdout).toMatch(new RegExp(`shared is running and ready[^]*backend +http://localhost:${backend}`));
  const page = /^the page of this session: (http:\/\/127\.0\.0\.1:\S+)$/m;
  const link = page.exec((await project.devpm(["dev", "-d", "--ui"])).stdout)?.[1] ?? "none";
  expect((await fetch(link)).status).toBe(200);
  expect((await project.devpm(["dev", "-d", "--ui", "--json"])).stdout).toMatch(/"event":"notice".*the page of/);
  expect(await sessionOf(project)).toBe(first);
  expect(await project.devpm(["down"])).toMatchObject({ code: 0 });
});

test("what is named and missing is started in the running session", async (ctx) => {
  const { project, extra } = await opened(ctx);
  const terminal = await project.terminal(["dev"]);
  await terminal.waitFor(/ready in/);
  const joined = await project.devpm(["dev", "-d", "--only", "extra", "--json"]);
  expect(joined, joined.output).toMatchObject({ code: 0 });
  const events = joined.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { event: string; app?: string; url?: string });
  expect(events.map(({ event, app }) => `${event} ${app ?? ""}`.trim())).toEqual([
    "app.ready backend",
    "app.ready extra",
    "session.ready",
  ]);
  expect((await fetch(`http://127.0.0.1:${extra}/`)).status).toBe(200);
  expect(await project.devpm(["dev", "-d", "nowhere"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("DEVPM_APP_UNKNOWN") as string,
  });
  terminal.write("\x03");
  await terminal.ended();
});

test("another configuration than the running one's is refused, with what differs", async (ctx) => {
  const { project, backend } = await opened(ctx);
  expect(await project.devpm(["dev", "-d"])).toMatchObject({ code: 0 });
  const refused = async (...args: string[]): Promise<string> => {
    const done = await project.devpm(["dev", "-d", ...args]);
    expect(done, done.output).toMatchObject({ code: 3, stdout: "" });
    expect(done.stderr).toContain("DEVPM_SESSION_RUNNING");
    expect(done.stderr).toMatch(/ attach$/m);
    return done.stderr;
  };
  expect(await refused("--port", `backend=${backend + 1}`)).toContain(
    `backend has port ${backend}, not ${backend + 1}`,
  );
  expect(await project.devpm(["dev", "-d", "--port", `backend=${backend}`])).toMatchObject({ code: 0 });
  // the fix gives what was asked for, and returns as it would have
  expect(await refused("--isolated", "--only", "extra")).toMatch(/ down && \S+ dev --detach --only extra --isolated$/m);
  const unknown = await project.devpm(["dev", "-d", "--port", `nowhere=${backend}`]);
  expect(unknown, unknown.output).toMatchObject({ code: 2 });
  expect(unknown.stderr).toMatch(/--port: no app is called "nowhere" +DEVPM_APP_UNKNOWN[^]*known +backend, extra/);
  project.write("other.config.ts", project.read("ecosystem.config.ts"));
  expect(await refused("--config", "other.config.ts")).toContain("it runs ecosystem.config.ts, not other.config.ts");

  project.edit("ecosystem.config.ts", "extra:", "added:");
  expect(await refused()).toMatch(/the configuration was changed: extra is gone[^]*added is new/);
  project.edit("ecosystem.config.ts", "added:", "extra:");
  expect(await project.devpm(["dev", "-d"])).toMatchObject({ code: 0 });

  project.edit("ecosystem.config.ts", "apps:", "apps: [");
  const broken = await project.devpm(["dev", "-d"]);
  expect(broken, broken.output).toMatchObject({ code: 2 });
  expect(broken.stderr).toContain("Everything still runs as it was configured before.");
  // for people the session is not joined: they see what runs
  expect(await project.devpm(["dev"])).toMatchObject({ code: 3 });
  expect(await project.devpm(["down"])).toMatchObject({ code: 0 });
});

test("for an agent without a terminal dev returns when all is ready, and once more", async (ctx) => {
  const { project, backend } = await opened(ctx);
  for (const env of [{ CLAUDECODE: "1" }, { CURSOR_AGENT: "1" }, { AI_AGENT: "another" }]) {
    const done = await project.devpm(["dev"], { env });
    expect(done, done.output).toMatchObject({ code: 0 });
    expect(done.stdout).toContain(`http://localhost:${backend}`);
  }
  // what an app is started with marks no agent
  expect(await project.devpm(["dev"], { env: { AI_AGENT: "devpm" } })).toMatchObject({ code: 3 });
  const shown = await project.terminal(["dev"], { env: { CLAUDECODE: "1" } });
  await shown.waitFor(/attached: Ctrl\+C leaves it running/);
  shown.write("\x03");
  expect(await shown.ended()).toMatchObject({ code: 0 });
  expect(await project.devpm(["down"])).toMatchObject({ code: 0 });
});

test("a session that is ending is awaited, and one of its own is started then", async (ctx) => {
  const { project } = await opened(ctx);
  expect(await project.devpm(["dev", "-d"])).toMatchObject({ code: 0 });
  const first = await sessionOf(project);
  const [down, next] = await Promise.all([project.devpm(["down"]), project.devpm(["dev", "-d"])]);
  expect(down).toMatchObject({ code: 0 });
  expect(next, next.output).toMatchObject({ code: 0 });
  const now = await sessionOf(project);
  // the second command may have been done before the first began
  if (now !== undefined) expect(now).not.toBe(first);
  expect(await project.devpm(["down"])).toMatchObject({ code: 0 });
});

test("an app of the running session that is broken is exit 1 with its reason", async (ctx) => {
  const { project } = await opened(
    ctx,
    `import os, sys\nif os.path.exists("broken"): sys.exit("it is broken")\n${SERVER}`,
  );
  expect(await project.devpm(["dev", "-d"])).toMatchObject({ code: 0 });
  project.write("broken", "");
  expect(await project.devpm(["restart", "backend"])).toMatchObject({ code: 1 });
  const joined = await project.devpm(["dev", "-d"]);
  expect(joined, joined.output).toMatchObject({ code: 1, stdout: "" });
  expect(joined.stderr).toContain("backend is crashed: it is broken");
  expect(await project.devpm(["down"])).toMatchObject({ code: 0 });
});

test("a wait that begins before the configuration is known waits for its apps", async (ctx) => {
  const { project } = await opened(ctx);
  const starting = project.start(["dev"]);
  // a wait looks for a session for some seconds only
  await until("the session", () => sessionRecord(project));
  const waited = await project.devpm(["wait", "--json"]);
  expect(waited, waited.output).toMatchObject({ code: 0 });
  expect(JSON.parse(waited.stdout)).toMatchObject({ ok: true, apps: [{ name: "backend", state: "ready" }] });
  expect(await project.devpm(["down"])).toMatchObject({ code: 0 });
  await starting.ended();
});
