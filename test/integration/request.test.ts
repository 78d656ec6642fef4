import { execFileSync } from "node:child_process";
import { readFileSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { freePort, freePorts } from "../rigs/ports.ts";
import type { AppStatus, Status } from "../../src/model/status.ts";
import { openProject, type Project } from "../rigs/project.ts";
import { until } from "../rigs/wait.ts";

const SERVER = `import http.server, json, os, ssl, sys, time
class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self):
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length).decode()
        if self.path == "/slow":
            time.sleep(30)
        print("asked", self.path, file=sys.stderr, flush=True)
        self.send_response(503 if self.path == "/bad" else 200, "Fine")
        self.send_header("X-Own", "yes")
        self.send_header("Set-Cookie", "a=1")
        self.send_header("Set-Cookie", "b=2")
        self.end_headers()
        if self.path == "/large":
            for _ in range(3000):
                self.wfile.write(b"x" * 1000)
        elif self.path == "/binary":
            self.wfile.write(bytes([0xff, 0xfe, 0x00]))
        else:
            said = {"method": self.command, "path": self.path, "body": body, "type": self.headers.get("content-type"), "mine": self.headers.get("x-mine")}
            self.wfile.write(json.dumps(said).encode())
    do_GET = do_POST = do_PUT = do_DELETE = answer
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler)
if os.path.exists("key.pem") and os.environ["DEVPM_APP"] == "secure":
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain("cert.pem", "key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
`;

const answerShape = z.strictObject({
  app: z.string(),
  method: z.string(),
  url: z.url(),
  status: z.int(),
  reason: z.string(),
  ms: z.number(),
  headers: z.array(z.strictObject({ name: z.string(), value: z.string() })),
  body: z.string().nullable(),
  bytes: z.int(),
  cut: z.boolean(),
  log: z.array(z.strictObject({ at: z.string(), stream: z.enum(["out", "err"]), line: z.string() })),
});

test("an app of this session is asked: its port and TLS are known, and what it logs comes with the answer", async (ctx) => {
  const [backend = 0, secure = 0] = await freePorts(2);
  const project = await openProject(ctx, {
    files: {
      "ecosystem.config.ts": `import { defineConfig } from "devpm";
export default defineConfig({ apps: {
  backend: { command: "python3 server.py", port: ${backend}, reload: false },
  secure: { command: "python3 server.py", port: ${secure}, reload: false },
  quiet: { command: "sleep 1000" },
} });`,
      "server.py": SERVER,
    },
  });
  const openssl = [
    "req",
    "-x509",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-keyout",
    "key.pem",
    "-out",
    "cert.pem",
    "-subj",
    "/CN=x",
  ];
  execFileSync("openssl", openssl, { cwd: project.root, stdio: "ignore" });
  expect(await project.devpm(["request", "backend", "/"])).toMatchObject({ code: 1 });
  expect(await project.devpm(["dev", "-d"])).toMatchObject({ code: 0 });
  const ask = async (...args: string[]) => {
    const done = await project.devpm(["request", ...args, "--json"]);
    expect(done, done.output).toMatchObject({ code: 0 });
    const answer = answerShape.parse(JSON.parse(done.stdout));
    return { ...answer, said: (answer.body?.startsWith("{") ? JSON.parse(answer.body) : null) as unknown };
  };

  // a line that is on its way for longer than a tenth of a second is not waited for
  const plain = await until("an answer with its line", async () => {
    const answer = await ask("backend", "/a?b=ü c");
    return answer.log.some(({ line }) => line === "asked /a?b=%C3%BC%20c") ? answer : null;
  });
  expect(plain).toMatchObject({ method: "GET", status: 200, reason: "Fine", cut: false });
  expect(plain.said).toMatchObject({ method: "GET", path: "/a?b=%C3%BC%20c", type: null });
  expect(plain.headers.filter(({ name }) => name === "set-cookie")).toHaveLength(2);
  expect((await ask("secure", "/")).url).toBe(`https://localhost:${secure}/`);
  expect((await ask("backend", "/bad")).status).toBe(503);
  expect((await ask("backend", "/p", "-d", '{"a": 1}')).said).toMatchObject({
    method: "POST",
    body: '{"a": 1}',
    type: "application/json",
  });
  const put = await ask("backend", "/p", "-X", "put", "-d", "a=1", "-H", "X-Mine: x", "-H", "Content-Type: text/plain");
  expect(put.said).toMatchObject({ method: "PUT", body: "a=1", type: "text/plain", mine: "x" });
  const large = await ask("backend", "/large");
  expect(large).toMatchObject({ cut: true, bytes: 1024 * 1024 });
  expect(await ask("backend", "/binary")).toMatchObject({ body: null, bytes: 3 });

  const shown = await until("the same for people", async () => {
    const done = await project.devpm(["request", "backend", "/x"]);
    return done.stdout.includes("backend logged:\n  asked /x\n") ? done : null;
  });
  expect(shown.stdout).toMatch(/^HTTP 200 Fine {2}GET http:\/\/localhost:\d+\/x {2}\d+ ms\nset-cookie: a=1\n/);
  expect(shown.stdout).not.toContain("x-own");

  const refused = async (code: number, ...args: string[]): Promise<string> => {
    const done = await project.devpm(["request", ...args]);
    expect(done, done.output).toMatchObject({ code, stdout: "" });
    return done.stderr;
  };
  expect(await refused(1, "backend", "/slow", "--timeout", "0.5")).toContain("no complete answer within 500 ms");
  expect(await refused(1, "quiet", "/")).toContain("quiet has no port");
  expect(await refused(2, "bakend", "/")).toContain("did you mean backend");
  for (const path of ["http://example.com/", "//example.com/", "x"])
    expect(await refused(2, "backend", path)).toContain("is not a path of backend");
  expect(await refused(2, "backend", "/", "-H", "no header", "-X", "GE T")).toMatch(
    /is not a header[^]*is not a method/,
  );
  expect(await refused(2, "backend", "/", "-H", "A: b\r\nC: d")).toContain("is not a header");
  expect(await project.devpm(["stop", "backend"])).toMatchObject({ code: 0 });
  expect(await refused(1, "backend", "/")).toContain("backend is stopped, so it cannot be asked");
  expect(await project.devpm(["down"])).toMatchObject({ code: 0 });
});

const SLOW_TO_START = `import http.server, os, signal, sys, time
text = open("text.txt").read()
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/end":
            os.kill(os.getpid(), signal.SIGKILL)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(text.encode())
if text != "one":
    time.sleep(2)
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
`;

test("an app that a save restarts is asked once it answers again, one that ended is not waited for", async (ctx) => {
  const port = await freePort();
  const app = { command: "python3 server.py", port, reload: "restart" };
  const project = await openProject(ctx, {
    files: {
      "ecosystem.config.json": JSON.stringify({ apps: { backend: app } }),
      "server.py": SLOW_TO_START,
      "text.txt": "one",
    },
  });
  expect(await project.devpm(["dev", "-d"])).toMatchObject({ code: 0 });
  const url = `http://127.0.0.1:${port}/`;
  project.write("text.txt", "two");
  // closed for two seconds, which a busy machine may not see
  await until("its port to be closed", () =>
    fetch(url).then(
      async (answer) => (await answer.text()) === "two",
      () => true,
    ),
  );
  const asked = await project.devpm(["request", "backend", "/"]);
  expect(asked, asked.output).toMatchObject({ code: 0 });
  expect(asked.stdout).toMatch(/two$/m);
  const ended = await project.devpm(["request", "backend", "/end"]);
  expect(ended, ended.output).toMatchObject({ code: 1 });
  expect(ended.stderr).toMatch(/backend did not answer[^]*hang up/);
  expect(await project.devpm(["down"])).toMatchObject({ code: 0 });
});

const GATED = `import http.server, os, time
while not os.path.exists("go"):
    time.sleep(0.02)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"here")
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
`;

test("an app that is started anew is asked once it answers, a stopped one is named with what starts it", async (ctx) => {
  const app = { command: "python3 server.py", port: await freePort(), reload: false };
  const project = await openProject(ctx, {
    files: { "ecosystem.config.json": JSON.stringify({ apps: { backend: app } }), "server.py": GATED, go: "" },
  });
  expect(await project.devpm(["dev", "-d"])).toMatchObject({ code: 0 });
  expect(await project.devpm(["stop", "backend"])).toMatchObject({ code: 0 });
  const stopped = await project.devpm(["request", "backend", "/"]);
  expect(stopped, stopped.output).toMatchObject({ code: 1 });
  expect(stopped.stderr).toMatch(/backend is stopped, so it cannot be asked[^]*start it: .*devpm start backend\n/);
  unlinkSync(join(project.root, "go"));
  const started = project.devpm(["start", "backend"]);
  await until("it to run", async () => (await stateOf(project)).state === "running");
  const asking = project.devpm(["request", "backend", "/"]);
  // a request that does not wait is over before this is
  expect((await stateOf(project)).url).toBe(null);
  project.write("go", "");
  const asked = await asking;
  expect(asked, asked.output).toMatchObject({ code: 0 });
  expect(asked.stdout).toMatch(/here$/m);
  expect(await started).toMatchObject({ code: 0 });
  expect(await project.devpm(["down"])).toMatchObject({ code: 0 });
});

const HOLDS = `import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/held":
            breakpoint()
        if self.path == "/end":
            print("ends here", file=open("ends.txt", "a"), flush=True)
            os._exit(3)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"free")
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
`;

test("an app that waits at a prompt is named with it, and is not asked in TLS; one that begins broken answers so", async (ctx) => {
  const app = { command: "python3 server.py", port: await freePort() };
  const project = await openProject(ctx, {
    files: { "ecosystem.config.json": JSON.stringify({ apps: { backend: app } }), "server.py": HOLDS },
  });
  expect(await project.devpm(["dev", "-d"])).toMatchObject({ code: 0 });
  const held = project.devpm(["request", "backend", "/held", "--timeout", "300"]);
  await until("its prompt", async () => (await stateOf(project)).prompt);
  const asked = await project.devpm(["request", "backend", "/", "--timeout", "0.5"]);
  expect(asked, asked.output).toMatchObject({ code: 1 });
  expect(asked.stderr).toMatch(/no complete answer within 500 ms\n +waits +at a prompt, server\.py:\d+\n/);
  expect(asked.stderr).toMatch(/answer it: .*devpm attach backend\n/);
  expect(await project.devpm(["attach", "backend", "--eval", "c"])).toMatchObject({ code: 0 });
  expect(await held).toMatchObject({ code: 0 });
  // whatever was sent before it has been read
  expect((await project.devpm(["request", "backend", "/last"])).stdout).toMatch(/free$/m);
  const logs = await until("its line", async () => {
    const { stdout } = await project.devpm(["logs", "--no-follow"]);
    return stdout.includes('"GET /last') ? stdout : null;
  });
  expect(logs).not.toContain("Bad request");

  // what the request itself has ended is not begun again by it
  const ended = await project.devpm(["request", "backend", "/end"]);
  expect(ended, ended.output).toMatchObject({ code: 1 });
  expect(ended.stderr).toContain("hang up");
  expect(readFileSync(join(project.root, "ends.txt"), "utf8")).toBe("ends here\n");

  expect(await project.devpm(["stop", "backend"])).toMatchObject({ code: 0 });
  project.write("server.py", "import nowhere\n");
  expect(await project.devpm(["start", "backend"])).toMatchObject({ code: 1 });
  const broken = await project.devpm(["request", "backend", "/"]);
  expect(broken, broken.output).toMatchObject({ code: 0 });
  expect(broken.stdout).toMatch(/^HTTP 503 [^]*No module named 'nowhere'/);
  expect(await project.devpm(["down"])).toMatchObject({ code: 0 });
});

const stateOf = async (project: Project): Promise<AppStatus> => {
  const { stdout } = await project.devpm(["status", "--json"]);
  return (JSON.parse(stdout) as Status).apps[0]!;
};
