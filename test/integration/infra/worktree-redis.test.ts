import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { noDocker, removeComposeProject } from "../../rigs/docker.ts";
import { freePorts } from "../../rigs/ports.ts";
import { openProject } from "../../rigs/project.ts";
import { redisImage } from "../../rigs/redis.ts";
import { addWorktree, openRepository } from "../../rigs/worktrees.ts";
import { answerOf } from "./worktree-shop.ts";

/** Adds itself to a list of the database that its address names, and answers with the list and that number. */
const SERVER = `
import http.server, json, os, re, socket
host, port, number = re.match(r"redis://([^:/]+):(\\d+)/?(\\d*)", os.environ["REDIS_URL"]).groups()
def ask(*lines):
    with socket.create_connection((host, int(port))) as c:
        file = c.makefile("rwb")
        for line in (f"SELECT {number or 0}", *lines):
            file.write(line.encode() + b"\\r\\n"); file.flush()
            answer = read(file)
        return answer
def read(file):
    kind, rest = (lambda line: (line[:1], line[1:-2].decode()))(file.readline())
    if kind == b"$": return None if rest == "-1" else file.read(int(rest) + 2)[:-2].decode()
    if kind == b"*": return [read(file) for _ in range(int(rest))]
    return rest
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path.startswith("/add/"): ask("RPUSH items " + self.path[5:])
        body = {"in": os.getcwd(), "items": ask("LRANGE items 0 -1"), "db": [number]}
        self.send_response(200); self.end_headers(); self.wfile.write(json.dumps(body).encode())
    def log_message(self, *a): pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
`;

test(
  "worktrees that start at the same moment have numbered databases of their own in one Redis",
  { timeout: 480_000 },
  async (ctx) => {
    const unable = noDocker();
    ctx.skip(unable !== null, unable ?? "");
    const image = redisImage(ctx);
    const project = await openProject(ctx, {});
    const name = `devpm-t-${randomBytes(4).toString("hex")}`;
    ctx.onTestFinished(() => removeComposeProject(name));
    const [backend = 0, cache = 0] = await freePorts(2);
    const healthcheck = { test: ["CMD", "redis-cli", "ping"], interval: "1s", retries: 30 };
    const services = { cache: { image, ports: [`127.0.0.1:${cache}:6379`], healthcheck } };
    const main = openRepository(project, {
      "backend/server.py": SERVER,
      "backend/.env": `REDIS_URL=redis://localhost:${cache}\n`,
      "compose.yml": JSON.stringify({ name, services }),
      "ecosystem.config.json": JSON.stringify({
        name: "shop",
        infra: {},
        apps: {
          backend: {
            command: "python3 server.py",
            ...{ cwd: "backend", port: backend, reload: false, setup: false, dependsOn: ["cache"] },
          },
        },
      }),
    });
    const up = async (cwd: string): Promise<string> => {
      const ended = await project.devpm(["dev", "-d"], { cwd, deadlineMs: 120_000 });
      expect(ended.code, ended.output).toBe(0);
      return ended.output;
    };
    await up(main);
    expect(await answerOf(project, main, "/add/of-main")).toMatchObject({ items: ["of-main"], db: [""] });
    const trees = ["one", "two", "three"].map((tree) => addWorktree(main, tree, tree));
    const said = await Promise.all(trees.map(up));
    for (const text of said) expect(text).toMatch(/backend: REDIS_URL names cache's database \d+ instead of 0/);
    const added = await Promise.all(trees.map((tree, at) => answerOf(project, tree, `/add/of-${at}`)));
    expect(added.map(({ items }) => items)).toEqual([["of-0"], ["of-1"], ["of-2"]]);
    const numbers = added.map(({ db }) => db[0]);
    expect(new Set(numbers).size).toBe(3);
    expect((await answerOf(project, main)).items).toEqual(["of-main"]);

    // the same number again, with what was in it, until it is forgotten; others keep theirs
    const [one = "", two = ""] = trees;
    expect((await project.devpm(["down"], { cwd: one })).code).toBe(0);
    await up(one);
    expect(await answerOf(project, one)).toMatchObject({ items: ["of-0"], db: [numbers[0]] });
    const forgot = await project.devpm(["down", "--forget"], { cwd: one });
    expect(forgot.output).toContain(`database ${numbers[0]} of cache was dropped`);
    const size = (number: string): string =>
      execFileSync("docker", ["exec", `${name}-cache-1`, "redis-cli", "-n", number, "DBSIZE"], {
        encoding: "utf8",
      }).trim();
    expect(size(numbers[0]!)).toMatch(/^(?:\(integer\) )?0$/);
    expect((await answerOf(project, two)).items).toEqual(["of-1"]);
    expect((await answerOf(project, main)).items).toEqual(["of-main"]);
    expect((await project.devpm(["down", "--all"])).code).toBe(0);
  },
);
