import { existsSync, mkdirSync, readFileSync, readdirSync, readlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test, type TestContext } from "vitest";
import { claimRegister } from "../../../src/model/instance.ts";
import { freePort, freePorts } from "../../rigs/ports.ts";
import { openProject, type Project } from "../../rigs/project.ts";
import { ask } from "../../rigs/http.ts";

/** Takes its time before it listens: what the kernel shows says nothing when the others look. */
const SERVER = `
import http.server, os, time
time.sleep(float(os.environ.get("SLOW", "0")))
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(os.getcwd().encode())
    def log_message(self, *a): pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
`;

const config = (name: string, ports: readonly number[]): string =>
  JSON.stringify({
    name,
    apps: ports.map((port, index) => ({
      name: `app${index}`,
      command: "python3 srv.py",
      port,
      reload: false,
      ready: { http: "/" },
      setup: [{ run: "touch was-set-up" }],
    })),
  });

/** Where the claims of this network are: outside of every state folder. */
const network = /\d+/.exec(readlinkSync("/proc/self/ns/net"))?.[0] ?? "";
const register = path.join(claimRegister({ uid: process.getuid?.() ?? 0 }), `network-${network}`);
const claimOf = (port: number): string => path.join(register, `${port}.json`);

/** `homes`: "shared" state, or one for each. */
async function contenders(
  ctx: TestContext,
  count: number,
  ports: (index: number) => readonly number[],
  homes: "shared" | "own" = "shared",
) {
  const shared = (await openProject(ctx, {})).devpmHome;
  const all: Project[] = [];
  for (let index = 0; index < count; index++) {
    all.push(
      await openProject(ctx, {
        files: { "srv.py": SERVER, "ecosystem.config.json": config(`shop${index}`, ports(index)) },
        env: { ...(homes === "shared" ? { DEVPM_HOME: shared } : {}), SLOW: "0.5" },
      }),
    );
  }
  return all;
}

const codesOf = (ends: readonly { code: number | null }[]): number[] =>
  ends.map(({ code }) => code ?? -1).toSorted((a, b) => a - b);

test("of four sessions that want one port at once one is ready, and the others name it before they set anything up", async (ctx) => {
  const port = await freePort();
  const all = await contenders(ctx, 4, () => [port]);
  const ends = await Promise.all(all.map((project) => project.devpm(["dev", "--detach"])));
  const story = ends.map(({ output }) => output).join("\n");
  const winner = ends.findIndex(({ code }) => code === 0);
  expect(codesOf(ends), story).toEqual([0, 3, 3, 3]);
  expect((await ask(`http://127.0.0.1:${port}/`)).body).toBe(all[winner]!.root);
  for (const [index, { code, output }] of ends.entries()) {
    if (index === winner) continue;
    expect(code).toBe(3);
    expect(output).toContain("DEVPM_PORT_HELD_SESSION");
    expect(output).toContain(`is used by the project shop${winner}`);
    expect(output).toContain("Nothing was started.");
    expect(readdirSync(all[index]!.root)).not.toContain("was-set-up");
  }
  // as the others name it: `--port` is a way out that works
  const other = [...ends.entries()].find(([, { code }]) => code === 3)!;
  const [, way = ""] = /devpm (dev --detach --port app0=\d+)/.exec(other[1].output) ?? [];
  const beside = await all[other[0]]!.devpm(way.split(" "));
  expect(beside, beside.output).toMatchObject({ code: 0 });
  for (const project of all) await project.devpm(["down"]);
  expect(existsSync(claimOf(port))).toBe(false);
});

test("of two that want the same two ports one gets both", async (ctx) => {
  const [a, b] = (await freePorts(2)) as [number, number];
  const all = await contenders(ctx, 2, (index) => (index === 0 ? [a, b] : [b, a]));
  const ends = await Promise.all(all.map((project) => project.devpm(["dev", "--detach"])));
  const story = ends.map(({ output }) => output).join("\n");
  expect(codesOf(ends), story).toEqual([0, 3]);
  // one line with a port for each, and no port twice
  const lost = ends.find(({ code }) => code === 3)!;
  const lines = [...lost.output.matchAll(/devpm dev --detach (--port app\d=(\d+) --port app\d=(\d+))/g)];
  expect(lines.length, lost.output).toBeGreaterThan(0);
  for (const [, , first, second] of lines) expect(first).not.toBe(second);
  for (const project of all) await project.devpm(["down"]);
});

test("of four sessions with a state folder each one is ready, and the others name it and how to end it", async (ctx) => {
  const port = await freePort();
  const all = await contenders(ctx, 4, () => [port], "own");
  const ends = await Promise.all(all.map((project) => project.devpm(["dev", "--detach"])));
  const story = ends.map(({ output }) => output).join("\n");
  expect(codesOf(ends), story).toEqual([0, 3, 3, 3]);
  const winner = ends.findIndex(({ code }) => code === 0);
  // the port is listened on by now: the next one finds both the listener and the claim
  const late = all[(winner + 1) % 4]!;
  ends.push(await late.devpm(["dev", "--detach"]));
  for (const { code, output } of ends) {
    if (code === 0) continue;
    expect(code, output).toBe(3);
    expect(output).toContain(`is used by the project shop${winner}, which runs under devpm`);
    expect(output).toContain(`DEVPM_HOME=${all[winner]!.devpmHome} devpm -C ${all[winner]!.root} down`);
  }
  expect(readdirSync(late.root)).not.toContain("was-set-up");
  await all[winner]!.devpm(["down"]);
  expect(await late.devpm(["dev", "--detach"])).toMatchObject({ code: 0 });
  await late.devpm(["down"]);
});

test("the claim of a session that is dead is taken over, and what is no claim is no obstacle", async (ctx) => {
  const [port, second] = (await freePorts(2)) as [number, number];
  const all = await contenders(ctx, 1, () => [port, second]);
  const [project] = all as [Project];
  const dead = { pid: 1, startTime: "0", bootId: "another boot" };
  const claim = {
    version: 1,
    port,
    session: "gone.1",
    project: "gone",
    root: "/gone",
    engine: dead,
    home: "/gone/state",
    startedAt: "2026-01-01T00:00:00Z",
  };
  await project.devpm(["status"]);
  mkdirSync(register, { recursive: true, mode: 0o700 });
  writeFileSync(claimOf(port), JSON.stringify(claim));
  writeFileSync(claimOf(second), "not JSON");
  const dev = await project.devpm(["dev", "--detach"]);
  expect(dev, dev.output).toMatchObject({ code: 0 });
  for (const one of [port, second])
    expect(JSON.parse(readFileSync(claimOf(one), "utf8"))).toMatchObject({ port: one, root: project.root });
  await project.devpm(["down"]);
  expect([port, second].filter((one) => existsSync(claimOf(one)))).toEqual([]);
});
