import http from "node:http";
import { readdirSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../rigs/ports.ts";
import { until } from "../../rigs/wait.ts";
import { FASTAPI, makeVenvs, startWarm } from "./rig.ts";
import { fixture } from "../../rigs/fixtures.ts";

beforeAll(makeVenvs, 400_000);

/** A server of the standard library that keeps its connections, as Django's does. */
const server = (value: string, loop: string): string =>
  fixture("reload/keeps_connections.py", { __VALUE__: value, __LENGTH__: value.length, "# __LOOP__": loop });
const THREADS = `http.server.ThreadingHTTPServer(("127.0.0.1", Handler.port), Handler).serve_forever()`;
const ONE_BY_ONE = `server = http.server.HTTPServer(("127.0.0.1", Handler.port), Handler)\nHandler.protocol_version = "HTTP/1.0"\nwhile True:\n    server.handle_request()`;

describe("servers of the standard library", () => {
  it("a kept connection ends with the code that has answered on it", async (ctx) => {
    const warm = await startWarm(ctx, {
      files: { "server.py": server("one", THREADS) },
      program: ["server.py", "$PORT"],
    });
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    ctx.onTestFinished(() => agent.destroy());
    const kept = () => warm.get("/", {}, agent);
    await warm.untilBody("one");
    for (const value of ["two", "six"]) {
      await kept();
      warm.write("server.py", server(value, THREADS));
      await warm.told("reloaded", warm.reports.length);
      // sent on the connection as it ends it has no answer: a browser sends it again
      expect((await kept().catch(kept)).body).toBe(value);
    }
    // the former ones had nothing to wait for
    await until("one worker, and the next", () => warm.processes().length <= 4);
    expect(await warm.allSoFar("notice")).toEqual([]);
  });

  it("one that is asked for each request opens nothing that stays, and ends", async (ctx) => {
    const files = { "server.py": server("one", ONE_BY_ONE) };
    const warm = await startWarm(ctx, { files, program: ["server.py", "$PORT"] });
    await warm.untilBody("one");
    const { pid } = await warm.told("ready");
    const open = (): number => readdirSync(`/proc/${pid}/fd`).length;
    const before = open();
    for (let request = 0; request < 50; request += 1) await warm.get("/");
    expect(open()).toBeLessThan(before + 10);
    warm.write("server.py", server("two", ONE_BY_ONE));
    await warm.untilBody("two");
    await until("the former worker's end", () => !warm.processes().some((seen) => seen.pid === pid));
  });
});

describe("an address that was changed in the code", () => {
  const flask = (host: string): string =>
    `import sys\nfrom flask import Flask\n\napp = Flask(__name__)\n\n\n@app.get("/")\ndef index():\n    return "on ${host}"\n\n\napp.run(host="${host}", port=int(sys.argv[1]))\n`;
  const uvicorn = (host: string): string => fixture("reload/uvicorn_host.py", { __HOST__: host });

  it.for([
    ["Flask", flask],
    ["uvicorn", uvicorn],
  ] as const)("%s", async ([name, program], ctx) => {
    const warm = await startWarm(ctx, {
      ...(name === "uvicorn" ? { requirements: FASTAPI } : {}),
      files: { "server.py": program("127.0.0.1") },
      program: ["server.py", "$PORT"],
    });
    await warm.warmedUp();
    for (const host of ["0.0.0.0", "127.0.0.1", "localhost"]) {
      warm.write("server.py", program(host));
      await warm.untilBody(`on ${host}`);
    }
    expect(await warm.allSoFar("crashed")).toEqual([]);
  });
});

it("two servers in one program: a kept connection stays with the one it has asked", async (ctx) => {
  const program = (value: string): string => fixture("reload/two_uvicorns.py", { __VALUE__: value });
  const second = await freePort();
  const warm = await startWarm(ctx, {
    requirements: FASTAPI,
    files: { "server.py": program("one") },
    program: ["server.py", "$PORT", String(second)],
  });
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  ctx.onTestFinished(() => agent.destroy());
  await warm.warmedUp();
  for (const value of ["two", "three", "four"]) {
    await askOn(agent, warm.port);
    await askOn(agent, second);
    warm.write("server.py", program(value));
    await warm.untilBody(`first ${value}`);
    expect(await askOn(agent, warm.port)).toEqual({ body: `first ${value}`, reused: true });
    expect(await askOn(agent, second)).toEqual({ body: `second ${value}`, reused: true });
  }
  expect(await warm.allSoFar("crashed")).toEqual([]);
});

const askOn = (agent: http.Agent, port: number): Promise<{ body: string; reused: boolean }> =>
  new Promise((resolve, reject) => {
    const request = http.get({ port, host: "127.0.0.1", agent }, (response) => {
      let body = "";
      response.on("data", (chunk: Buffer) => (body += chunk.toString()));
      response.on("error", reject);
      response.on("end", () => resolve({ body, reused: request.reusedSocket }));
    });
    request.on("error", reject);
  });
