import { mkdtempSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test, type TestContext } from "vitest";
import { noClock, openClock, type SetClock } from "../../rigs/clock.ts";
import { parseJson, statusShape } from "../../rigs/contract.ts";
import { greet, openWire, sessionRecord } from "../../rigs/control.ts";
import { ask, untilAnswers } from "../../rigs/http.ts";
import { freePort } from "../../rigs/ports.ts";
import { openProject, type Project } from "../../rigs/project.ts";
import { alive } from "../../rigs/processes.ts";
import { until } from "../../rigs/wait.ts";

const HOUR = 3_600;

/** Prints a line when it is asked to, and answers what its file says. */
const SERVER = `import http.server, os

ANSWER = "BEFORE"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        print("asked for", self.path, flush=True)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(ANSWER.encode())

    def log_message(self, *rest):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
`;

interface Session {
  project: Project;
  clock: SetClock;
  port: number;
}

/** Started while the clock is so many seconds off; the machine's own clock is what files are saved by. */
async function started(ctx: TestContext, seconds: number, more: object = {}): Promise<Session> {
  const unable = noClock();
  ctx.skip(unable !== null, unable ?? "");
  const folder = mkdtempSync(path.join(tmpdir(), "devpm-clock-"));
  ctx.onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const clock = openClock(folder, seconds);
  const port = await freePort();
  const project = await openProject(ctx, {
    files: {
      "server.py": SERVER,
      "ecosystem.config.json": JSON.stringify({
        name: "shop",
        apps: { api: { command: "python3 server.py", port, reload: "restart", watch: ["server.py"] }, ...more },
      }),
    },
    env: clock.env,
  });
  const dev = await project.devpm(["dev", "--detach"]);
  expect(dev, dev.output).toMatchObject({ code: 0 });
  return { project, clock, port };
}

const api = async (project: Project) => {
  const { apps, session } = parseJson(statusShape, (await project.devpm(["status", "--json"])).stdout);
  return { ...apps[0]!, session };
};

/** Asked for in the moment of the save: what then answers must be the saved code. */
async function savedAndAnswered({ project, port }: Session, from: string, to: string): Promise<void> {
  const { socket, secret = "" } = sessionRecord(project);
  const wire = await openWire(socket);
  await greet(wire, secret);
  project.edit("server.py", from, to);
  wire.write(JSON.stringify({ op: "wait", apps: ["api"], for: "reload", timeoutMs: 50_000 }));
  expect(await wire.next()).toMatchObject({ ok: true });
  wire.socket.destroy();
  expect((await ask(`http://127.0.0.1:${port}/`)).body).toBe(to);
}

/** As on a laptop that sleeps: nothing of the session runs, and the clock goes on. */
function asleep(project: Project, meanwhile: () => void): void {
  const all = project.left();
  expect(all.length).toBeGreaterThan(3);
  // one that lives for a moment may have ended
  const send = (signal: NodeJS.Signals): void =>
    all.filter((one) => alive(one)).forEach(({ pid }) => process.kill(pid, signal));
  send("SIGSTOP");
  meanwhile();
  send("SIGCONT");
}

test.for([
  ["set back", HOUR, false],
  ["set forward", -HOUR, false],
  ["that went on while the machine slept", -HOUR, true],
] as const)(
  "the clock %s by an hour: a save is answered, the status is true, and the end is clean",
  async ([, off, sleeps], ctx) => {
    const session = await started(ctx, off);
    const { project, clock, port } = session;
    if (sleeps) asleep(project, () => clock.set(0));
    else clock.set(0);
    const { state, uptimeMs, session: running } = await api(project);
    expect({ state, session: running?.state }).toEqual({ state: "ready", session: "ready" });
    expect(uptimeMs).toBeGreaterThanOrEqual(0);
    // by its pid and the kernel's time of its start: the clock is no part of what a process is
    expect((await project.devpm(["dev", "--detach"])).output).toContain("shop is running and ready");
    await savedAndAnswered(session, "BEFORE", "AFTER");
    await savedAndAnswered(session, "AFTER", "LAST");
    expect((await api(project)).lastReload).toMatchObject({ ok: true, file: "server.py" });
    expect(await project.devpm(["wait", "--for", "reload"])).toMatchObject({ code: 0 });
    expect(await project.devpm(["down"])).toMatchObject({ code: 0 });
    await project.nothingLeft({ ports: [port] });
  },
);

test("a save by a clock that is ahead, as of another machine's disk, is served, and so is the next one", async (ctx) => {
  const session = await started(ctx, 0);
  const { project, port } = session;
  project.edit("server.py", "BEFORE", "AFTER");
  const ahead = Date.now() / 1_000 + HOUR;
  utimesSync(project.path("server.py"), ahead, ahead);
  // it would restart the app until that hour has passed
  await untilAnswers(`http://127.0.0.1:${port}/`, ({ body }) => body === "AFTER");
  await savedAndAnswered(session, "AFTER", "LAST");
  expect(await project.devpm(["down"])).toMatchObject({ code: 0 });
  await project.nothingLeft({ ports: [port] });
});

test("the history keeps its order, and the newest lines are there whatever the clock said before", async (ctx) => {
  const { project, clock, port } = await started(ctx, 0);
  const line = async (name: string, seconds: number): Promise<void> => {
    clock.set(seconds);
    await ask(`http://127.0.0.1:${port}/${name}`);
  };
  const shown = async (...args: string[]): Promise<string[]> => {
    const { stdout } = await project.devpm(["logs", "api", "--no-follow", ...args]);
    return [...stdout.matchAll(/asked for \/(\w+)/g)].map(([, name]) => name ?? "");
  };
  await line("first", 0);
  await line("tomorrow", 24 * HOUR);
  await line("back", 0);
  await line("yesterday", -24 * HOUR);
  await until("the last line in the history", async () => (await shown()).includes("yesterday"), { everyMs: 100 });
  expect(await shown()).toEqual(["first", "tomorrow", "back", "yesterday"]);
  expect(await shown("-n", "2")).toEqual(["back", "yesterday"]);
  expect((await shown("--since", "5m")).at(-1)).toBe("yesterday");
  clock.set(0);
  await line("again", 0);
  await until("the next one", async () => (await shown()).includes("again"), { everyMs: 100 });
  expect((await shown("--since", "5m")).at(-1)).toBe("again");
  expect(await shown("--since", "5m", "-n", "1")).toEqual(["again"]);
  await project.devpm(["down"]);
});
