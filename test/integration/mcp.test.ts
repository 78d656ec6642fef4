import { symlinkSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { tokens } from "../../src/commands/mcp/bounded.ts";
import { REPOSITORY } from "../rigs/devpm.ts";
import { openAgent } from "../rigs/mcp.ts";
import { freePort, freePorts } from "../rigs/ports.ts";
import { openProject } from "../rigs/project.ts";
import { pythonWith } from "../rigs/python.ts";
import { until } from "../rigs/wait.ts";
import { addWorktree, openRepository } from "../rigs/worktrees.ts";

/** `MCP_LINES=1000000` once in a while. */
const LINES = Number(process.env.MCP_LINES ?? 20_000);
/** A million lines take minutes where the machine is busy. */
const LONG = { timeout: 360_000 + LINES / 2 };
const SECRET = "sk-planted-9f8e7d6c5b";
const ROUTES = `import os
from flask import Flask

app = Flask(__name__)
print("key is", os.environ["SECRET_KEY"], flush=True)


@app.get("/")
def home():
    return "one"


@app.get("/env")
def env():
    return os.environ["SECRET_KEY"] + " " + os.environ["DATABASE_URL"]
`;

test("an agent's loop: start, edit, wait, read the error, fix it, wait; across the end of a session", async (ctx) => {
  const [backend = 0, web = 0] = await freePorts(2);
  const config = `import { defineConfig, flask, vite } from "devpm";
export default defineConfig({
  apps: {
    backend: flask({ cwd: "api", app: "routes", port: ${backend}, setup: false, env: { DATABASE_URL: "postgresql://ana:hunter22@localhost/x" } }),
    web: vite({ cwd: "ui", port: ${web}, setup: false }),
  },
});`;
  const project = await openProject(ctx, {
    files: {
      "ecosystem.config.ts": config,
      "api/routes.py": ROUTES,
      "api/.env": `SECRET_KEY=${SECRET}\n`,
      "ui/package.json": '{ "name": "ui", "private": true, "type": "module", "scripts": { "dev": "vite" } }',
      "ui/index.html": '<script type="module" src="/src/main.jsx"></script>',
      "ui/src/main.jsx":
        "/** @jsxRuntime classic */\n/** @jsx h */\nconst h = (...parts) => parts;\nexport const label = <b>one</b>;\n",
    },
  });
  symlinkSync(await pythonWith(["flask"]), project.path(".venv"));
  symlinkSync(path.join(REPOSITORY, "node_modules"), project.path("ui/node_modules"));
  const agent = await openAgent(ctx, project);
  const seen: string[] = [];
  const call = async (tool: string, args?: Record<string, unknown>) => {
    const answer = await agent.call(tool, args);
    seen.push(answer.text);
    return answer;
  };

  expect((await call("status")).text).toContain("is not running");
  // a command may have been typed beside `devpm dev`, and waits for what that begins; an agent asks `ensure` first
  const first = await Promise.race([call("wait_for_save"), project.devpm(["wait", "--timeout", "60"])]);
  expect(first).toMatchObject({ isError: true, text: expect.stringContaining("DEVPM_NO_SESSION") });
  const started = await call("ensure");
  expect(started, started.text).toMatchObject({ isError: false });
  expect(started.text).toContain(`http://localhost:${backend}`);
  expect((await call("ensure")).text).toContain("is running and ready");

  project.edit("api/routes.py", "from flask", "from flusk");
  const broken = await call("wait_for_save", { apps: ["backend"] });
  expect(broken).toMatchObject({ isError: true });
  expect(broken.text).toContain("No module named 'flusk'");
  // what is printed about it comes by another way than the answer
  const untilErrors = (wanted: RegExp): Promise<unknown> =>
    until(String(wanted), async () => wanted.test((await call("errors")).text), { everyMs: 100 });
  await untilErrors(/backend api\/routes\.py:2/);
  project.edit("api/routes.py", "from flusk", "from flask");
  expect(await call("wait_for_save", { file: "api/routes.py" })).toMatchObject({ isError: false });
  await untilErrors(/nothing is broken/);

  project.edit("ui/src/main.jsx", "</b>", "</i>");
  const page = await call("wait_for_save");
  expect(page).toMatchObject({ isError: true });
  expect(page.text).toContain("ui/src/main.jsx:4:");
  await untilErrors(/ui\/src\/main\.jsx:4/);
  project.edit("ui/src/main.jsx", "</i>", "</b>");
  expect(await call("wait_for_save", { file: "ui/src/main.jsx" })).toMatchObject({ isError: false });
  await untilErrors(/nothing is broken/);

  const asked = await call("request", { app: "backend", path: "/env" });
  expect(asked.text).toContain("HTTP 200");
  expect(asked.text).toContain("[hidden] postgresql://ana:[hidden]@localhost/x");
  const logged = async () => (await call("logs", { apps: ["backend"], grep: "key is" })).text;
  await until("what it printed", async () => (await logged()).includes("key is [hidden]"));
  expect(await call("restart", { apps: ["backend"] })).toMatchObject({ isError: false });
  expect((await call("doctor")).text).toContain("✔ node");

  expect(await call("run", { app: "backend", command: ["printenv", "SECRET_KEY"] })).toMatchObject({
    isError: true,
    text: expect.stringContaining("run is off") as string,
  });
  project.write("ecosystem.config.ts", config.replace("apps: {", "mcp: { run: true }, apps: {"));
  const ran = await call("run", { app: "backend", command: ["sh", "-c", 'echo "$SECRET_KEY" && pwd'] });
  expect(ran).toMatchObject({ isError: false, text: `[hidden]\n${project.path("api")}` });

  // the session ends and starts in between, by other hands
  expect(await project.devpm(["down"])).toMatchObject({ code: 0 });
  expect((await call("status")).text).toContain("is not running");
  expect(await call("request", { app: "backend", path: "/" })).toMatchObject({ isError: true });
  expect(await project.devpm(["dev", "-d"])).toMatchObject({ code: 0 });
  expect((await call("request", { app: "backend", path: "/" })).text).toContain("one");

  const { resources } = await agent.client.listResources();
  const uris = resources.map(({ uri }) => uri);
  expect(uris).toEqual(
    expect.arrayContaining(["devpm://config", "devpm://docs/errors.md", "devpm://docs/guides/worktrees.md"]),
  );
  const { contents } = await agent.client.readResource({ uri: "devpm://config" });
  const [read] = contents as { text: string }[];
  expect(read?.text).toContain("postgresql://ana:[hidden]@localhost/x");
  await expect(agent.client.readResource({ uri: "devpm://docs/../package.json" })).rejects.toThrow("no resource");

  for (const text of seen) {
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain("hunter22");
    expect(tokens(text)).toBeLessThanOrEqual(2_000);
  }
  expect(await project.devpm(["down"])).toMatchObject({ code: 0 });
});

test("answers are bounded whatever the log holds, and hostile arguments reach no command", LONG, async (ctx) => {
  const port = await freePort();
  const project = await openProject(ctx, {
    files: {
      "ecosystem.config.ts": `import { defineConfig } from "devpm";
export default defineConfig({ apps: { chatty: { command: "python3 chatty.py", port: ${port}, reload: false } } });`,
      "chatty.py": `import http.server, os, threading
server = http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), http.server.SimpleHTTPRequestHandler)
threading.Thread(target=server.serve_forever).start()
for n in range(${LINES}):
    print("line", n, "市" * 20, "SECRET_KEY=" + os.environ["SECRET_KEY"])
`,
      ".env": `SECRET_KEY=${SECRET}\n`,
    },
  });
  const agent = await openAgent(ctx, project);
  expect(await agent.call("ensure")).toMatchObject({ isError: false });
  const last = `line ${LINES - 1} `;
  await until("the last line", async () => (await agent.call("logs", { lines: 1 })).text.includes(last), {
    deadlineMs: 150_000 + LINES / 2,
  });
  const asked = { lines: 10_000, grep: "line [0-9]+", since: "1h" };
  for (const given of [{ lines: 10_000 }, asked, { ...asked, apps: ["chatty"] }]) {
    const logs = await agent.call("logs", given);
    expect(tokens(logs.text)).toBeLessThanOrEqual(2_000);
    expect(logs.text).toMatch(/^… \d+ of \d+ lines are left out\n/);
    expect(logs.text).toContain(last);
    expect(logs.text).not.toContain(SECRET);
  }

  const refused: [tool: string, args: Record<string, unknown>, says: RegExp][] = [
    ["nowhere", {}, /there is no tool nowhere/],
    ["status", { json: true }, /unknown argument/],
    ["logs", { apps: ["--follow"] }, /is not a name/],
    ["logs", { apps: "chatty" }, /expected a list/],
    ["logs", { lines: -1 }, /whole number/],
    ["logs", { grep: "(" }, /is not a valid regular/],
    ["restart", {}, /restart.apps: this argument is required/],
    ["restart", { apps: ["../../etc"] }, /DEVPM_APP_UNKNOWN/],
    ["ensure", { apps: ["a\u0000b"] }, /is not a name/],
    ["wait_for_save", { file: "--help", timeoutSeconds: 1 }, /there is no file/],
    ["wait_for_save", { timeoutSeconds: 1e9 }, /number from/],
    ["request", { app: "chatty", path: "http://example.com/" }, /is not a path of chatty/],
    ["request", { app: "chatty", path: "/", headers: ["a: b\r\nc: d"] }, /is not a header/],
    ["request", { app: "chatty", path: "/", method: "GET / HTTP/1.1" }, /is not a method/],
    ["explain", { code: "__proto__" }, /no diagnostic called/],
    ["run", { app: "chatty", command: ["true"] }, /run is off/],
  ];
  for (const [tool, args, says] of refused) {
    const answer = await agent.call(tool, args);
    expect(answer, `${tool} ${JSON.stringify(args)}`).toMatchObject({ isError: true });
    expect(answer.text).toMatch(says);
  }
  expect(await project.devpm(["down"])).toMatchObject({ code: 0 });
});

const LABELLED = `import http.server, os
from label import LABEL
print("I am", LABEL, flush=True)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"I am {LABEL} in {os.getcwd()}".encode())
    def log_message(self, *a): pass
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
`;

test("two worktrees, two servers, no cross-talk; a server ends with its client", async (ctx) => {
  const port = await freePort();
  const project = await openProject(ctx, {});
  const main = openRepository(project, {
    "ecosystem.config.json": JSON.stringify({ name: "shop", apps: { app: { command: "python3 server.py", port } } }),
    "server.py": LABELLED,
    "label.py": 'LABEL = "one"\n',
  });
  const tree = addWorktree(main, "tree", "feature/tree");
  const [here, there] = [await openAgent(ctx, project, { cwd: main }), await openAgent(ctx, project, { cwd: tree })];
  const started = await Promise.all([here, there].map((agent) => agent.call("ensure")));
  for (const one of started) expect(one, one.text).toMatchObject({ isError: false });
  expect(started[0]?.text).toContain(`http://localhost:${port}`);
  expect(started[1]?.text).not.toContain(`http://localhost:${port}`);
  const asked = (agent: typeof here) => agent.call("request", { app: "app", path: "/" });
  expect((await asked(here)).text).toContain(`I am one in ${main}`);
  expect((await asked(there)).text).toContain(`I am one in ${tree}`);

  // a save, its error, its mend and its lines are of one alone
  project.edit("tree/label.py", '"one"', '"two');
  expect(await there.call("wait_for_save")).toMatchObject({ isError: true });
  await until("its error", async () => /app label\.py:1/.test((await there.call("errors")).text), { everyMs: 100 });
  expect((await here.call("errors")).text).toContain("nothing is broken");
  expect((await asked(here)).text).toContain("I am one");
  project.edit("tree/label.py", '"two', '"two"');
  expect(await there.call("wait_for_save", { file: "label.py" })).toMatchObject({ isError: false });
  expect((await asked(there)).text).toContain("I am two");
  const logs = async (agent: typeof here) => (await agent.call("logs", { grep: "I am" })).text;
  await until("what it printed", async () => (await logs(there)).includes("I am two"));
  expect(await logs(here)).not.toContain("I am two");

  await project.devpm(["down"], { cwd: main });
  expect((await here.call("status")).text).toContain("is not running");
  expect((await there.call("status")).text).toMatch(/shop ready/);
  expect(await here.call("ensure")).toMatchObject({ isError: false });
  expect((await asked(here)).text).toContain(`I am one in ${main}`);
  await project.devpm(["down", "--all"]);
  await Promise.all([here, there].map(({ client }) => client.close()));
  await project.nothingLeft();
});
