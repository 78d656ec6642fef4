import path from "node:path";
import { expect, test, type TestContext } from "vitest";
import { ask, untilAnswers } from "../../rigs/http.ts";
import { freePorts, listening } from "../../rigs/ports.ts";
import { openProject, type Project } from "../../rigs/project.ts";
import { until } from "../../rigs/wait.ts";
import { addWorktree, git, installVite, openRepository } from "../../rigs/worktrees.ts";

const SERVER = `
import http.server, json, os
from label import LABEL
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path.endswith("/boom"):
            raise RuntimeError("boom of " + os.getcwd())
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"label": LABEL, "in": os.getcwd(), "cors": os.environ.get("CORS")}).encode())
    def log_message(self, *a): pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
`;

/** Everything that people hard-code: ports, a proxy's targets (one in a function), a page's variable, an origin. */
const filesOf = (backend: number, web: number, hot: number): Record<string, string> => ({
  ".gitignore": "node_modules\n__pycache__\n",
  "ecosystem.config.json": JSON.stringify({
    name: "shop",
    apps: {
      backend: {
        command: "python3 server.py",
        cwd: "backend",
        port: backend,
        env: { CORS: `http://localhost:${web}` },
      },
      web: { preset: "vite", setup: false, cwd: "ui", port: web, dependsOn: ["backend"] },
    },
  }),
  "backend/server.py": SERVER,
  "backend/label.py": 'LABEL = "one"\n',
  "ui/package.json": JSON.stringify({
    name: "ui",
    private: true,
    type: "module",
    scripts: { dev: "vite" },
    dependencies: { vite: "*" },
  }),
  "ui/.env.development": `VITE_API_URL=http://localhost:${backend}\n`,
  "ui/vite.config.js": `export default () => ({ server: { port: ${web}, hmr: { port: ${hot} }, proxy: {
    "/api": "http://localhost:${backend}",
    "/routed": { target: "http://localhost:1", router: undefined, bypass() {}, configure() {}, ...target() },
  } } });
  function target() { return { target: "http://127.0.0.1:" + (${backend - 1} + 1) }; }`,
  "ui/index.html": '<!doctype html><script type="module" src="/main.js"></script>',
  "ui/main.js": "export const api = import.meta.env.VITE_API_URL;",
});

interface Shop {
  project: Project;
  main: string;
  trees: string[];
  ports: [backend: number, web: number];
}

async function openShop(ctx: TestContext, branches: readonly string[]): Promise<Shop> {
  const project = await openProject(ctx, {});
  const [backend = 0, web = 0, hot = 0] = await freePorts(3);
  const main = openRepository(project, filesOf(backend, web, hot));
  const trees = branches.map((branch, index) => addWorktree(main, `tree${index}`, branch));
  for (const folder of [main, ...trees]) installVite(path.join(folder, "ui"));
  return { project, main, trees, ports: [backend, web] };
}

interface Answered {
  label: string;
  in: string;
  cors: string;
}

const hotPort = (client: string): number => Number(/\bhmrPort = (\d+)/.exec(client)?.[1]);

const answerOf = async (url: string): Promise<Answered> => JSON.parse((await untilAnswers(url)).body) as Answered;

interface AppStatus {
  name: string;
  port: number;
  url: string;
}

async function appsIn({ project }: Shop, cwd: string): Promise<Record<string, AppStatus>> {
  const status = await project.devpm(["status", "--json"], { cwd });
  const { apps } = JSON.parse(status.stdout) as { apps: AppStatus[] };
  return Object.fromEntries(apps.map((app) => [app.name, app]));
}

/** `npm run soak:worktrees` has ten checkouts at once. */
const MORE = Number(process.env.WORKTREES ?? 3) - 3;
const BRANCHES = [
  ...["feature/login", "fix/größe", `long/${"x".repeat(190)}`],
  ...Array.from({ length: Math.max(0, MORE) }, (_, at) => `more/${at}`),
];

test("main and worktrees at once: each page is served by its own backend, whatever is hard-coded", async (ctx) => {
  const shop = await openShop(ctx, BRANCHES);
  const { project, main, trees, ports } = shop;
  const folders = [main, ...trees];
  const started = await Promise.all(folders.map((cwd) => project.devpm(["dev", "-d"], { cwd, deadlineMs: 120_000 })));
  for (const one of started) expect(one.code, one.output).toBe(0);
  const apps = await Promise.all(folders.map((folder) => appsIn(shop, folder)));
  const [ofMain, ofFirst] = apps;
  expect([ofMain?.backend?.port, ofMain?.web?.port]).toEqual(ports);
  expect(new Set(apps.flatMap((one) => [one.backend?.port, one.web?.port])).size).toBe(2 * folders.length);

  for (const [index, folder] of folders.entries()) {
    const { backend, web } = apps[index] ?? {};
    const own = { label: "one", in: path.join(folder, "backend"), cors: `http://localhost:${web?.port}` };
    expect(await answerOf(`${web?.url}/api`)).toEqual(own);
    expect(await answerOf(`${web?.url}/routed`)).toEqual(own);
    const page = await ask(`${web?.url}/main.js`);
    expect(page.body).toContain(`"VITE_API_URL": "http://localhost:${backend?.port}"`);
  }
  // hot updates of each page come from its own Vite
  const hot = await Promise.all(apps.map(async ({ web }) => hotPort((await ask(`${web?.url}/@vite/client`)).body)));
  expect(new Set(hot).size).toBe(folders.length);
  for (const port of hot) expect(listening()).toContain(port);
  // said in a line each, and the addresses with the name of the worktree
  const said = started[1]?.output ?? "";
  expect(said).toMatch(/worktree tree0 \(branch feature\/login\): backend \d+ → \d+, web \d+ → \d+/);
  expect(said).toMatch(/ui\/vite\.config\.js:2: http:\/\/localhost:\d+ is http:\/\/localhost:\d+ here \(backend\)/);
  expect(said).toContain(`VITE_API_URL (.env.development:1) follows backend localhost:${ports[0]}`);
  expect(said).toContain(`http://web.tree0.shop.localhost:${ofFirst?.web?.port}`);
  expect(started[0]?.output).not.toContain("worktree");
  const named = await fetch(`${ofFirst?.web?.url}/main.js`, { headers: { host: `web.tree0.shop.localhost:1` } });
  expect(named.status).toBe(200);

  // a save and an error of one stay its own
  const [first = "", second = ""] = trees;
  project.write("tree0/backend/label.py", 'LABEL = "two"\n');
  await untilAnswers(`${ofFirst?.web?.url}/api`, ({ body }) => body.includes('"two"'));
  expect((await answerOf(`${ofMain?.web?.url}/api`)).label).toBe("one");
  expect((await answerOf(`${apps[2]?.web?.url}/api`)).label).toBe("one");
  await ask(`${ofFirst?.backend?.url}/boom`).catch(() => null);
  const errors = async (cwd: string): Promise<string> => (await project.devpm(["errors", "--json"], { cwd })).stdout;
  await until("the error of the first", async () => (await errors(first)).includes("boom of"));
  expect(await errors(second)).not.toContain("boom");
  expect(await errors(main)).not.toContain("boom");

  // ending one, even so, touches no other
  const { session } = JSON.parse((await project.devpm(["status", "--json"], { cwd: second })).stdout) as {
    session: { pid: number };
  };
  process.kill(session.pid, "SIGKILL");
  const gone = [apps[2]?.backend?.port ?? 0, apps[2]?.web?.port ?? 0];
  await until("the end of the killed one", () => gone.every((port) => !listening().includes(port)));
  for (const index of [0, 1, 3]) await answerOf(`${apps[index]?.web?.url}/api`);

  // the same ports again, also where it was killed
  const down = await project.devpm(["down"], { cwd: first });
  expect(down.code, down.output).toBe(0);
  for (const index of [1, 2]) {
    const again = await project.devpm(["dev", "-d"], { cwd: folders[index], deadlineMs: 120_000 });
    expect(again.code, again.output).toBe(0);
    const now = await appsIn(shop, folders[index] ?? "");
    expect([now.backend?.port, now.web?.port]).toEqual([apps[index]?.backend?.port, apps[index]?.web?.port]);
  }
  const end = await project.devpm(["down", "--all"]);
  expect(end.code, end.output).toBe(0);
}, 480_000);

test("flags decide otherwise, and a port that is held is answered with ports of one's own", async (ctx) => {
  const { project, main, trees, ports } = await openShop(ctx, ["one"]);
  const [tree = ""] = trees;
  const backend = ["--only", "backend"];
  const plain = await project.devpm(["dev", "-d", "--no-isolated", ...backend], { cwd: tree });
  expect(plain.code, plain.output).toBe(0);
  expect((await answerOf(`http://localhost:${ports[0]}`)).in).toBe(path.join(tree, "backend"));
  const refused = await project.devpm(["dev", "-d", ...backend], { cwd: main });
  expect(refused.code, refused.output).toBe(3);
  expect(refused.output).toContain("DEVPM_PORT_HELD_SESSION");
  // no fix before the last one ends anybody's work
  expect(refused.output).toMatch(/dev --detach --port backend=\d+[^]*dev --detach --isolated[^]* down/);
  const beside = await project.devpm(["dev", "-d", "--isolated", ...backend], { cwd: main });
  expect(beside.code, beside.output).toBe(0);
  const run = await project.devpm(["run", "backend", "--", "sh", "-c", "echo $PORT $CORS"], { cwd: main });
  const [, port = "", origin = ""] = /^(\d+) (http\S+)$/m.exec(run.stdout) ?? [];
  expect((await answerOf(`http://localhost:${port}`)).in).toBe(path.join(main, "backend"));
  expect(origin).not.toContain(String(ports[1]));
  const other = await project.devpm(["dev", "-d", "--no-isolated", ...backend], { cwd: main });
  expect(other.code, other.output).toBe(3);
  expect(other.output).toContain("it runs with ports of its own");
  expect((await project.devpm(["down", "--all"])).code).toBe(0);

  const [wished = 0] = await freePorts(1);
  const explicit = await project.devpm(["dev", "-d", ...backend, "--port", `backend=${wished}`], { cwd: tree });
  expect(explicit.code, explicit.output).toBe(0);
  expect((await answerOf(`http://localhost:${wished}`)).in).toBe(path.join(tree, "backend"));
  expect((await project.devpm(["down"], { cwd: tree })).code).toBe(0);

  const none = { ...project.env, DEVPM_WORKTREE_PORTS: `${wished}-${wished}` };
  const far = addWorktree(main, "far", "far");
  const full = await project.devpm(["dev", "-d", ...backend], { cwd: far, env: none });
  expect(full.code, full.output).toBe(3);
  expect(full.output).toContain("DEVPM_WORKTREE_PORTS");
});

test("a worktree that is removed while it runs is ended from elsewhere, and leaves nothing", async (ctx) => {
  const { project, main, trees } = await openShop(ctx, ["one"]);
  const [tree = ""] = trees;
  const up = await project.devpm(["dev", "-d", "--only", "backend"], { cwd: tree });
  expect(up.code, up.output).toBe(0);
  git(main, "worktree", "remove", "--force", tree);
  const down = await project.devpm(["-C", main, "down", "--all"]);
  expect(down.code, down.output).toBe(0);
  await project.nothingLeft();
});

test("a worktree that is removed while it runs is ended where it is forgotten, before its ports are given back", async (ctx) => {
  const { project, main, trees } = await openShop(ctx, ["one"]);
  const [tree = ""] = trees;
  const up = await project.devpm(["dev", "-d", "--only", "backend"], { cwd: tree });
  expect(up.code, up.output).toBe(0);
  git(main, "worktree", "remove", "--force", tree);
  const down = await project.devpm(["-C", main, "down", "--forget"]);
  expect(down.code, down.output).toBe(0);
  expect(down.stdout).toMatch(/tree0: stopped backend in [^]*tree0 gave back 2 ports/);
  await project.nothingLeft();
});
