import { execFileSync, spawn } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { it } from "vitest";
import { untilAnswers } from "../../rigs/http.ts";
import { freePort } from "../../rigs/ports.ts";
import { openProject } from "../../rigs/project.ts";
import { PYTHON } from "../../rigs/terminal.ts";
import { until } from "../../rigs/wait.ts";

/** Reads its answer, tells that it has, and serves it. Writes and prints nothing. */
const SERVER = `import http.server, os, sys

answer = open(sys.argv[1], "rb").read()
open(sys.argv[2], "w").close()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *rest):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
`;

/** Saves the file as soon as the app has read it. */
const SAVE = `import sys

open(sys.argv[2]).read()
open(sys.argv[1], "w").write("AFTER")
`;

/** PM2's watch needs a third of a second for so many. */
const FILES = 3_000;

it("a save before PM2's watch of a new app is up restarts the app when it is", async (ctx) => {
  ctx.skip(process.platform !== "linux", "what has written a file, only Linux's kernel tells");
  const outside = mkdtempSync(path.join(tmpdir(), "devpm-first-"));
  ctx.onTestFinished(() => rmSync(outside, { recursive: true, force: true }));
  const read = path.join(outside, "read");
  execFileSync("mkfifo", [read]);
  const port = await freePort();
  const answer = "many/a/b/c/d/answer.txt";
  const project = await openProject(ctx, {
    files: {
      "server.py": SERVER,
      [answer]: "BEFORE",
      "ecosystem.config.json": JSON.stringify({
        name: "shop",
        // no version manager's script, and no bytecode: it writes nothing
        apps: { api: { command: [PYTHON, "-B", "server.py", answer, read], port, reload: "restart" } },
      }),
    },
  });
  for (let n = 0; n < FILES; n++) {
    const folder = project.path(`many/${n % 100}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, `${n}.txt`), "x");
  }
  const editor = spawn(PYTHON, ["-c", SAVE, project.path(answer), read], { stdio: "ignore" });
  ctx.onTestFinished(() => void editor.kill("SIGKILL"));
  const dev = project.start(["dev"]);
  await until("the save", () => editor.exitCode === 0);
  // each further start of it tells this too, and waits for one that listens
  const listener = openSync(read, "r+");
  ctx.onTestFinished(() => closeSync(listener));
  await untilAnswers(`http://127.0.0.1:${port}/`, ({ body }) => body === "AFTER");
  await dev.waitFor(/api reloaded .*answer\.txt/);
  dev.kill("SIGINT");
  await dev.ended();
  await project.nothingLeft({ ports: [port] });
});
