import { createRequire } from "node:module";
import path from "node:path";
import { expect, test } from "vitest";
import { untilAnswers } from "../../rigs/http.ts";
import { freePorts } from "../../rigs/ports.ts";
import { openProject } from "../../rigs/project.ts";
import { runProgram } from "../../rigs/program.ts";

const PM2 = path.join(path.dirname(createRequire(import.meta.url).resolve("pm2/package.json")), "bin/pm2");

const SERVER = `import http.server, os, sys
from text import TEXT
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = " ".join([TEXT, os.environ["GREETING"], os.environ.get("DEVPM_URL_NODE", "-"), os.environ.get("DEVPM", "-")]).encode()
        self.send_response(200); self.send_header("content-length", str(len(body))); self.end_headers(); self.wfile.write(body)
    def log_message(self, *args): pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
`;
const NODE = `require("node:http").createServer((_, answer) => answer.end("node " + process.argv[2])).listen(Number(process.env.PORT), "127.0.0.1");
`;

for (const [format, name] of [
  ["json", "x.json"],
  ["cjs", "x.config.cjs"],
] as const) {
  test(`pm2 start of what render --format ${format} prints runs the same apps without devpm`, async (ctx) => {
    const [python, node] = await freePorts(2);
    const project = await openProject(ctx, { awkwardPath: true });
    project.write("[app] {x}/server.py", SERVER);
    project.write("[app] {x}/text.py", 'TEXT = "before"\n');
    project.write("node.cjs", NODE);
    project.write(".env", "GREETING=from .env\n");
    project.write(
      "ecosystem.config.ts",
      `import { defineConfig } from "devpm";
export default defineConfig({
  apps: {
    python: { command: "python3 server.py $PORT", cwd: "[app] {x}", port: ${python}, reload: "restart", dependsOn: ["node"] },
    node: { command: "node node.cjs $PORT", port: ${node} },
  },
});
`,
    );
    const rendered = await project.devpm(["render", "--format", format]);
    expect(rendered).toMatchObject({ code: 0, stderr: "" });
    project.write(name, rendered.stdout);

    const env: Record<string, string> = {
      ...project.env,
      PM2_HOME: path.join(project.home, "pm2"),
      PM2_NO_INTERACTION: "true",
      PM2_DISABLE_VERSION_CHECK: "true",
    };
    // devpm is not there any more
    delete env.DEVPM_HOME;
    const pm2 = (...args: string[]) => runProgram([process.execPath, PM2, ...args], { cwd: project.root, env });
    try {
      const started = await pm2("start", name);
      expect(started.code, started.output).toBe(0);
      await untilAnswers(`http://127.0.0.1:${node}`, ({ body }) => body === `node ${node}`);
      const at = `http://127.0.0.1:${python}`;
      await untilAnswers(at, ({ body }) => body === `before from .env http://localhost:${node} -`);
      // PM2 says that it watches before it does: what is saved in between goes unseen
      let saved = -Infinity;
      const save = (): void => {
        if (performance.now() - saved < 1_000) return;
        project.write("[app] {x}/text.py", 'TEXT = "after"\n');
        saved = performance.now();
      };
      await untilAnswers(at, ({ body }) => (save(), body.startsWith("after")));
    } finally {
      await pm2("kill");
    }
    await project.nothingLeft({ ports: [python ?? 0, node ?? 0] });
  });
}

test("an env function that throws is a problem of the configuration", async (ctx) => {
  const project = await openProject(ctx);
  project.write(
    "ecosystem.config.ts",
    `export default { apps: { a: { command: "true", env: () => { throw new Error("boom"); } } } };\n`,
  );
  for (const args of [["render"], ["run", "a", "--", "true"], ["explain-env", "a"]])
    expect(await project.devpm(args), args[0]).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/DEVPM_CONFIG_INVALID[^]*apps\.a\.env {2}boom/),
    });
});
