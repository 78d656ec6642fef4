import { expect, test } from "vitest";
import { freePorts } from "../rigs/ports.ts";
import { openProject } from "../rigs/project.ts";

const SERVER = `import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(500 if self.path == "/health" else 200)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
`;

test("what keeps an app from being ready is named to whoever waits for it: its check, or an app that crashed, at once", async (ctx) => {
  const [sick, port, other] = (await freePorts(3)) as [number, number, number];
  const server = { command: "python3 server.py", reload: false };
  const project = await openProject(ctx, {
    files: {
      "ecosystem.config.json": JSON.stringify({
        apps: {
          sick: { ...server, port: sick, ready: { http: "/health", timeoutMs: 1_000 } },
          api: { command: "python3 api.py", port, reload: "restart" },
          web: { ...server, port: other, dependsOn: ["api"] },
        },
      }),
      "api.py": "raise SystemExit(3)\n",
      "server.py": SERVER,
    },
  });
  const dev = project.start(["dev"]);
  await dev.waitFor(/api stopped/);
  // without an end of its own: an app that is not known to be blocked is waited for
  const blocked = await project.devpm(["request", "web", "/", "--timeout", "600"]);
  expect(blocked, blocked.output).toMatchObject({ code: 1 });
  expect(blocked.stderr).toMatch(/web is pending, so it cannot be asked[^]*web waits for api: api is crashed: /);
  // neither wait has a short end of its own
  const waits = /web waits for api: api is crashed: it exited with code 3 \(devpm logs api\)/;
  for (const line of [
    ["wait", "web", "--timeout", "600"],
    ["start", "web"],
  ]) {
    const waited = await project.devpm(line);
    expect(waited, waited.output).toMatchObject({ code: 1 });
    expect(waited.stderr.replaceAll(/\s+/g, " ")).toMatch(waits);
  }
  // first as soon as it has failed, then because it has
  for (let asked = 0; asked < 2; asked++) {
    const unfit = await project.devpm(["request", "sick", "/", "--timeout", "600"]);
    expect(unfit, unfit.output).toMatchObject({ code: 1 });
    const said = unfit.stderr.replaceAll(/\s+/g, " ");
    expect(said).toContain("sick is failed, so it cannot be asked");
    expect(said).toContain(`sick waits for GET http://localhost:${sick}/health to answer below 400`);
  }
  // the save that mends it is waited for
  project.write("api.py", SERVER);
  const mended = await project.devpm(["wait", "web", "--timeout", "600"]);
  expect(mended, mended.output).toMatchObject({ code: 0 });
  expect(await project.devpm(["request", "web", "/"])).toMatchObject({ code: 0 });
  dev.kill("SIGINT");
  await dev.ended();
});
