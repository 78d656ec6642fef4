import { chmodSync, existsSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { expect, test, type TestContext } from "vitest";
import { parseJson, waitShape } from "../../rigs/contract.ts";
import { freePort } from "../../rigs/ports.ts";
import { openProject, type Project } from "../../rigs/project.ts";
import { until } from "../../rigs/wait.ts";

/** Answers with what it has read of `data/read.json`; its own lines come first. */
const server = (own: string): string => `import http.server, os, time

${own}
READ = open("data/read.json").read()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(READ.encode())

    def log_message(self, *rest):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
`;

interface Opened {
  project: Project;
  answer: () => Promise<string>;
  /** Its verdict: null, or why not. */
  wait: (...args: string[]) => Promise<string | null>;
}

async function opened(ctx: TestContext, own = "", more: object = {}): Promise<Opened> {
  const port = await freePort();
  const api = { command: "python3 server.py", port, reload: "warm", watch: [".", "data/*.json"], ...more };
  const project = await openProject(ctx, {
    files: {
      "server.py": server(own),
      "data/read.json": "one",
      "ecosystem.config.json": JSON.stringify({ name: "shop", apps: { api } }),
    },
  });
  return {
    project,
    answer: async () => (await fetch(`http://127.0.0.1:${port}/`)).text(),
    async wait(...args) {
      const done = await project.devpm(["wait", "--json", "--for", "reload", "--timeout", "40", ...args]);
      const verdict = parseJson(waitShape, done.stdout);
      expect(done.code).toBe(verdict.ok ? 0 : 1);
      return verdict.error;
    },
  };
}

test("a save that changes nothing is answered, however it was made", async (ctx) => {
  const { project, answer, wait } = await opened(ctx);
  expect(await project.devpm(["dev", "-d"], { deadlineMs: 120_000 })).toMatchObject({ code: 0 });
  const file = project.path("data/read.json");
  const touch = (): void => utimesSync(file, new Date(), new Date());
  // each while what the one before has begun is still at its beginning
  const saves = [
    ...[touch, touch, touch, touch],
    () => writeFileSync(file, readFileSync(file)),
    () => chmodSync(file, 0o600),
    () => renameSync(file, file),
    () => (rmSync(file), writeFileSync(file, "one")),
    () => (writeFileSync(`${file}.new`, "one"), renameSync(`${file}.new`, file)),
  ];
  for (const save of saves) {
    save();
    expect(await wait("--file", "data/read.json"), String(save)).toBeNull();
    save();
    expect(await wait(), String(save)).toBeNull();
    expect(await answer()).toBe("one");
  }
  for (const word of ["two", "three", "four", "five"]) {
    project.write("data/read.json", word);
    touch();
    expect(await wait("--file", "data/read.json")).toBeNull();
    expect(await answer()).toBe(word);
  }
  expect(await project.devpm(["down"])).toMatchObject({ code: 0 });
});

test("a file that is moved in with the time of long ago is not answered before it is read", async (ctx) => {
  const { project, answer, wait } = await opened(ctx);
  expect(await project.devpm(["dev", "-d"], { deadlineMs: 120_000 })).toMatchObject({ code: 0 });
  for (const word of ["two", "three", "four"]) {
    project.write("data/next.txt", word);
    utimesSync(project.path("data/next.txt"), 1_000, 1_000);
    renameSync(project.path("data/next.txt"), project.path("data/read.json"));
    expect(await wait("--file", "data/read.json")).toBeNull();
    expect(await answer()).toBe(word);
  }
  expect(await project.devpm(["down"])).toMatchObject({ code: 0 });
});

test("what an app writes at each start keeps no wait, and a wait for that file is told so", async (ctx) => {
  const own = 'open("data/same.json", "w").write("same")\nopen("data/made.json", "w").write(str(time.time()))\n';
  const { project, wait } = await opened(ctx, own);
  expect(await project.devpm(["dev", "-d"], { deadlineMs: 120_000 })).toMatchObject({ code: 0 });
  // the worker of the first save is the first whose writes are seen
  project.edit("server.py", "import http.server, os, time", "import http.server, os, time  # edited");
  expect(await wait()).toBeNull();
  expect(await wait("--file", "data/same.json")).toBeNull();
  expect(await wait("--file", "data/made.json")).toBe(
    "data/made.json is written by api itself: its last save did not reload it",
  );
  project.edit("server.py", "# edited", "# edited again");
  expect(await wait("--file", "server.py")).toBeNull();
  expect(await project.devpm(["down"])).toMatchObject({ code: 0 });
});

test("what was saved while a slow start went on, and was read by it, is answered", async (ctx) => {
  const own = 'open("begun.log", "w").close()\nwhile not os.path.exists("go.log"):\n    time.sleep(0.01)\n';
  const { project, answer, wait } = await opened(ctx, own);
  const started = project.devpm(["dev", "-d"], { deadlineMs: 120_000 });
  await until("its import to begin", () => existsSync(project.path("begun.log")));
  project.write("data/read.json", "two");
  const waiting = wait("--file", "data/read.json");
  project.write("go.log", "");
  expect(await started).toMatchObject({ code: 0 });
  expect(await waiting).toBeNull();
  expect(await wait("--file", "data/read.json")).toBeNull();
  expect(await answer()).toBe("two");
  expect(await project.devpm(["down"])).toMatchObject({ code: 0 });
});

test("what needs a restart is answered by the next process, whose set-up may take long", async (ctx) => {
  const { project, answer, wait } = await opened(ctx, "", {
    setup: [{ run: "python3 set_up.py", inputs: ["wanted.txt"] }],
  });
  project.write("wanted.txt", "one");
  project.write(
    "set_up.py",
    `import os, shutil, time
open("begun.log", "w").close()
while open("wanted.txt").read() != "one" and not os.path.exists("go.log"):
    time.sleep(0.01)
shutil.copy("wanted.txt", "data/read.json")
`,
  );
  expect(await project.devpm(["dev", "-d"], { deadlineMs: 120_000 })).toMatchObject({ code: 0 });
  rmSync(project.path("begun.log"));
  project.write("wanted.txt", "two");
  await until("its set-up to begin", () => existsSync(project.path("begun.log")));
  expect(await wait("--timeout", "1")).toMatch(/^not within .*: api is ready$/);
  project.write("go.log", "");
  expect(await wait()).toBeNull();
  expect(await answer()).toBe("two");
  expect(await project.devpm(["down"])).toMatchObject({ code: 0 });
});
