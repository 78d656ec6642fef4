import http from "node:http";
import { readdirSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { until } from "../../rigs/wait.ts";
import { FASTAPI, makeVenvs, startWarm } from "./rig.ts";

beforeAll(makeVenvs, 400_000);

/** A server of the standard library that keeps its connections, as Django's does. */
const server = (value: string, loop: string): string => `import http.server, sys


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "${value.length}")
        self.end_headers()
        self.wfile.write(b"${value}")

    def log_message(self, *_):
        pass


${loop}
`;
const THREADS = `http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()`;
const ONE_BY_ONE = `server = http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)\nHandler.protocol_version = "HTTP/1.0"\nwhile True:\n    server.handle_request()`;

describe("servers of the standard library", () => {
  it("a kept connection ends with the code that has answered on it", async (ctx) => {
    const warm = await startWarm(ctx, {
      files: { "server.py": server("one", THREADS) },
      program: ["server.py", "$PORT"],
    });
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    ctx.onTestFinished(() => agent.destroy());
    await warm.untilBody("one");
    for (const value of ["two", "six"]) {
      await warm.get("/", {}, agent);
      warm.write("server.py", server(value, THREADS));
      await warm.told("reloaded", warm.reports.length);
      expect((await warm.get("/", {}, agent)).body).toBe(value);
    }
    // the former ones had nothing to wait for
    await until("one worker, and the next", () => warm.processes().length <= 4);
    expect(warm.all("notice")).toEqual([]);
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
  const uvicorn = (host: string): string =>
    `import sys\nimport uvicorn\n\n\nasync def app(scope, receive, send):\n    if scope["type"] == "http":\n        await send({"type": "http.response.start", "status": 200, "headers": []})\n        await send({"type": "http.response.body", "body": b"on ${host}"})\n\n\nuvicorn.run(app, host="${host}", port=int(sys.argv[1]), lifespan="off")\n`;

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
    expect(warm.all("crashed")).toEqual([]);
  });
});
