import { expect, test } from "vitest";
import { errorsShape, parseJson } from "../../rigs/contract.ts";
import { freePort } from "../../rigs/ports.ts";
import { openProject } from "../../rigs/project.ts";
import { until } from "../../rigs/wait.ts";

const SERVER = `import http.server, os, traceback
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"hi")
        if self.path == "/boom":
            try:
                {}["missing"]
            except KeyError:
                traceback.print_exc()
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
`;

test("errors outlive the session, are filtered by time, and bad input is a clear error", async (ctx) => {
  const port = await freePort();
  const project = await openProject(ctx, {
    files: {
      "ecosystem.config.ts": `import { defineConfig } from "devpm";
export default defineConfig({ apps: { backend: { command: "python3 server.py", port: ${port}, reload: false } } });`,
      "server.py": SERVER,
    },
  });
  expect((await project.devpm(["errors"])).output).toContain("nothing is broken");
  expect(await project.devpm(["dev", "-d"])).toMatchObject({ code: 0 });
  const list = async (...args: string[]) => {
    const done = await project.devpm(["errors", "--json", ...args]);
    expect(done).toMatchObject({ code: 0, stderr: "" });
    return parseJson(errorsShape, done.stdout).errors;
  };
  await fetch(`http://127.0.0.1:${port}/boom`);
  await until("the error", async () => (await list()).length === 1);
  const expected = {
    app: "backend",
    kind: "python",
    file: "server.py",
    line: 7,
    count: 1,
    message: "KeyError: 'missing'",
  };
  expect(await list("--since", "1h")).toMatchObject([expected]);
  expect(await list("--since", "last-save")).toMatchObject([expected]);
  expect(await list("--since", "2999-01-01")).toEqual([]);
  expect(await project.devpm(["errors", "--since", "yesterday"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('"yesterday" is not a time') as string,
  });
  expect(await project.devpm(["down"])).toMatchObject({ code: 0 });
  expect(await list()).toMatchObject([expected]);
  const text = (await project.devpm(["errors"])).output;
  expect(text).toContain("server.py:7");
  expect(text).toContain("no session is running here");
});

test("a Vite that is too old to print what the browser reports is named", async (ctx) => {
  const port = await freePort();
  const project = await openProject(ctx, {
    files: {
      "ecosystem.config.ts": `import { defineConfig } from "devpm";
export default defineConfig({ apps: { web: { command: "node server.mjs", port: ${port} } } });`,
      "server.mjs": `import http from "node:http"; http.createServer((_, answer) => answer.end(process.env.AI_AGENT ?? "none")).listen(process.env.PORT, "127.0.0.1");`,
      "node_modules/vite/package.json": '{ "name": "vite", "version": "7.1.0" }',
      "node_modules/vite/dist/client/client.mjs": "export {};",
    },
  });
  expect(await project.devpm(["dev", "-d"])).toMatchObject({ code: 0 });
  expect((await project.devpm(["errors"])).output).toContain("Vite 7.1.0 of web does not print them");
  const agent = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}/`)).text();
  expect(await agent()).toBe("none");
  project.write("node_modules/vite/dist/client/client.mjs", "const forwardConsole = {};");
  expect(await project.devpm(["restart", "web"])).toMatchObject({ code: 0 });
  expect(await agent()).toBe("devpm");
  expect((await project.devpm(["errors"])).output).not.toContain("does not print");
  expect(await project.devpm(["down"])).toMatchObject({ code: 0 });
});
