import { rmSync } from "node:fs";
import { createServer } from "node:http";
import { expect, test } from "vitest";
import { parseJson, statusShape, waitShape } from "../../rigs/contract.ts";
import { ask } from "../../rigs/http.ts";
import { freePort, freePorts, freeUnsafePort, listening } from "../../rigs/ports.ts";
import { openProject } from "../../rigs/project.ts";
import { until } from "../../rigs/wait.ts";

const json = (apps: object): string => JSON.stringify({ apps });

/** Listens where it wants to, whatever it is told. */
const STUBBORN = (port: number): string => `
from http.server import BaseHTTPRequestHandler, HTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()


print("serving at http://localhost:${port}", flush=True)
HTTPServer(("127.0.0.1", ${port}), Handler).serve_forever()
`;

const SAYS_URL = `node -e "console.log('URL', process.env.DEVPM_URL_API); setInterval(() => {}, 1e6)"`;

test.for(["warm", false] as const)(
  "an app that listens elsewhere is followed there, and so is what depends on it (reload: %s)",
  async (reload, ctx) => {
    const [claimed, real] = (await freePorts(2)) as [number, number];
    const project = await openProject(ctx, {
      files: {
        "app.py": STUBBORN(real),
        "ecosystem.config.json": json({
          api: { command: "python3 app.py", port: claimed, reload },
          next: { command: SAYS_URL, dependsOn: ["api"] },
        }),
      },
    });
    const dev = await project.devpm(["dev", "--detach"]);
    expect(dev, dev.output).toMatchObject({ code: 0 });
    expect(dev.output).toContain(`api listens on ${real}, not ${claimed}`);
    expect(dev.output).toContain(`api ready http://localhost:${real}`);
    const { apps } = parseJson(statusShape, (await project.devpm(["status", "--json"])).stdout);
    expect(apps[0]).toMatchObject({ name: "api", state: "ready", port: real, url: `http://localhost:${real}` });
    // an app without a port is ready when it has lived for a second: its line may come later
    const shown = async (): Promise<string> => (await project.devpm(["logs", "next", "--no-follow"])).stdout;
    expect(await until("its line", async () => /URL .*/.exec(await shown())?.[0])).toBe(`URL http://localhost:${real}`);
    const down = await project.devpm(["down", "--json"]);
    expect(JSON.parse(down.stdout)).toMatchObject({ portsFree: [claimed, real].toSorted((a, b) => a - b) });
    expect(listening()).not.toContain(real);
  },
);

test("a warm app whose first import fails is reported once, and not as slow besides", async (ctx) => {
  const [port, other] = (await freePorts(2)) as [number, number];
  const served = STUBBORN(port);
  const project = await openProject(ctx, {
    files: {
      "app.py": `import nothing_of_that_name\n${served}`,
      // becomes overdue later than the other one
      "deaf.cjs": "setInterval(() => {}, 1000);",
      "ecosystem.config.json": json({
        api: { command: "python3 app.py", port, reload: "warm", ready: { http: "/", timeoutMs: 12_000 } },
        deaf: { command: "node deaf.cjs", port: other, ready: { timeoutMs: 15_000 } },
      }),
    },
  });
  const dev = project.start(["dev"]);
  await dev.waitFor(/api stopped: its code does not import/);
  await dev.waitFor(/deaf runs, but is not ready after 15 s/);
  expect(dev.output().match(/api stopped: its code does not import/g)).toHaveLength(1);
  expect(dev.output()).not.toMatch(/api runs, but is not ready|api did not start/);
  project.write("app.py", served);
  await dev.waitFor(/api ready/);
  dev.kill("SIGINT");
  expect(await dev.ended()).toMatchObject({ code: 130 });
});

test("what another program answers on its port does not make an app ready", async (ctx) => {
  const port = await freePort();
  const project = await openProject(ctx, {
    files: {
      // deaf: it never listens
      "app.cjs": "console.log('up'); setInterval(() => {}, 1000);",
      "ecosystem.config.json": json({
        api: { command: "node app.cjs", port, ready: { http: "/", timeoutMs: 4_000 } },
        plain: { command: "node app.cjs", port: await freePort(), ready: { timeoutMs: 4_000 } },
      }),
    },
  });
  const dev = project.start(["dev"]);
  await dev.waitFor(/api +\| up/);
  const server = createServer((_, answer) => answer.end("not yours")).listen(port, "127.0.0.1");
  ctx.onTestFinished(() => void server.close());
  await dev.waitFor(/api runs, but is not ready after 4 s/);
  expect((await ask(`http://127.0.0.1:${port}/`)).body).toBe("not yours");
  await dev.waitFor(/listens on +no port/);
  const waited = await project.devpm(["wait", "api", "--json"]);
  expect(waited.code).toBe(1);
  expect(parseJson(waitShape, waited.stdout)).toMatchObject({ ok: false });
  dev.kill("SIGINT");
  await dev.ended();
  expect(dev.output()).not.toContain("✔ api ready");
});

test("an app on a port that browsers refuse starts, with one warning and a port that they open", async (ctx) => {
  const [port, further] = [await freeUnsafePort(), await freeUnsafePort()];
  const project = await openProject(ctx, {
    files: {
      "app.cjs": 'require("node:http").createServer((_, answer) => answer.end("up")).listen(process.env.PORT);\n',
      "ecosystem.config.json": json({
        api: { command: "node app.cjs", port },
        other: { command: "node app.cjs", port: await freePort(), ports: [further] },
      }),
    },
  });
  const warnings = (output: string) =>
    output
      .split("\n")
      .filter((line) => line.includes("DEVPM_PORT_UNSAFE"))
      .map((line) => JSON.parse(line) as { severity: string; summary: string; fixes: { command: string }[] });
  const dev = project.start(["dev", "--json"]);
  await dev.waitFor(/"event":"session.ready"/);
  expect(await project.devpm(["restart", "api"])).toMatchObject({ code: 0 });
  await dev.waitFor(/(?:"event":"app\.ready"[^\n]*"api"[^]*){2}/);
  dev.kill("SIGINT");
  await dev.ended();
  const [warning, ...more] = warnings(dev.stdout.text());
  expect(more).toEqual([]);
  expect(warning).toMatchObject({
    severity: "warning",
    summary: `Browsers refuse to open port ${port}, where api listens`,
  });

  const [, other] = /^devpm dev --port api=(\d+)$/.exec(warning?.fixes[0]?.command ?? "") ?? [];
  const again = await project.devpm(["dev", "--detach", "--json", "--port", `api=${other}`]);
  expect(again, again.output).toMatchObject({ code: 0 });
  expect(warnings(again.stdout)).toEqual([]);
  const { apps } = parseJson(statusShape, (await project.devpm(["status", "--json"])).stdout);
  expect(apps[0]).toMatchObject({ name: "api", url: `http://localhost:${other}` });
  expect(await fetch(`http://127.0.0.1:${other}/`).then((answer) => answer.text())).toBe("up");
  await project.devpm(["down"]);
});

test("an app without a port that dies at once never was ready, neither at its start nor at a restart", async (ctx) => {
  const project = await openProject(ctx, {
    files: {
      // a shell: what takes a second to begin would have lived for long enough before it ends
      "worker.sh": "test -e stay && exec sleep 1000\nsleep 0.1\nexit 3\n",
      "ecosystem.config.json": json({ worker: { command: "sh worker.sh" } }),
    },
  });
  const failed = await project.devpm(["dev", "--detach"]);
  expect(failed, failed.output).toMatchObject({ code: 1 });
  expect(failed.output).toContain("worker stopped: it exited with code 3");
  expect(failed.output).not.toContain("worker ready");
  project.write("stay", "");
  expect(await project.devpm(["dev", "--detach"])).toMatchObject({ code: 0 });
  rmSync(project.path("stay"));
  const restarted = await project.devpm(["restart", "worker"]);
  expect(restarted, restarted.output).toMatchObject({ code: 1 });
  expect(restarted.output).not.toContain("worker ready");
  await project.devpm(["down"]);
});

test("an error about another port names that one, and its holder; the app's own is not blamed", async (ctx) => {
  const [port, debug] = (await freePorts(2)) as [number, number];
  const holder = createServer().listen(debug, "127.0.0.1");
  ctx.onTestFinished(() => void holder.close());
  const project = await openProject(ctx, {
    files: {
      "app.py": `import socket
debugger = ("127.0.0.1", ${debug})
socket.create_server(debugger, reuse_port=False)  # port ${debug}
`,
      "ecosystem.config.json": json({ api: { command: "python3 app.py", port } }),
    },
  });
  const dev = project.start(["dev"]);
  await dev.waitFor(/once it is free/);
  const said = dev.output();
  expect(said).toContain(`Port ${debug} is held by a process devpm did not start`);
  expect(said).toContain(`pid ${process.pid} `);
  expect(said).toContain(`its output names port ${debug}`);
  expect(said).not.toMatch(/TIME_WAIT|does not import/);
  dev.kill("SIGINT");
  await dev.ended();
});

test("more apps than Node lets listen to a signal: nothing of Node's own on the screen", async (ctx) => {
  const names = Array.from({ length: 12 }, (_, index) => `app${index}`);
  const project = await openProject(ctx, {
    files: {
      "ecosystem.config.json": json(Object.fromEntries(names.map((name) => [name, { command: "sleep 1000" }]))),
    },
  });
  const dev = project.start(["dev"]);
  await dev.waitFor(/ready in /);
  dev.kill("SIGINT");
  await dev.ended();
  expect(dev.output()).toMatch(/stopped app0/);
  expect(dev.output()).not.toMatch(/Warning/);
});
