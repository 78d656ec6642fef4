import { randomBytes } from "node:crypto";
import path from "node:path";
import type { TestContext } from "vitest";
import { noDocker, removeComposeProject } from "../../rigs/docker.ts";
import { untilAnswers } from "../../rigs/http.ts";
import { freePorts } from "../../rigs/ports.ts";
import { openProject, type Project } from "../../rigs/project.ts";
import { pythonWith } from "../../rigs/python.ts";
import { openRepository } from "../../rigs/worktrees.ts";

export const IMAGE = "postgres:17";

/** Answers with what its database holds, and adds to it. */
const SERVER = `
import http.server, json, os, psycopg
def ask(statement):
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True, client_encoding="utf8") as db:
        done = db.execute(statement)
        return [row[0] for row in done.fetchall()] if done.description else []
ask("CREATE TABLE IF NOT EXISTS items (name text)")
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if "/add/" in self.path:
            ask("INSERT INTO items VALUES ('" + self.path.split("/add/")[1] + "')")
        body = {"in": os.getcwd(), "items": ask("SELECT name FROM items ORDER BY name"), "db": ask("SELECT current_database()::text")}
        self.send_response(200); self.send_header("Access-Control-Allow-Origin", os.environ.get("CORS", "")); self.end_headers(); self.wfile.write(json.dumps(body).encode())
    def log_message(self, *a): pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
`;

interface ShopOptions {
  /** The compose file has a name of its own; else Compose takes the folder's. */
  named: boolean;
  /** Where its ports are reached. */
  host?: string;
  /** Files beside those of the backend, and further apps, given its port. */
  /** Of the backend, in the configuration. */
  env?: Record<string, string>;
  more?: (backend: number) => { files: Record<string, string>; apps: Record<string, object> };
}

export async function openShop(ctx: TestContext, { named, host = "localhost", env = {}, more }: ShopOptions) {
  ctx.skip(...skipped());
  const project = await openProject(ctx, {});
  const name = `devpm-t-${randomBytes(4).toString("hex")}`;
  const [backend = 0, database = 0] = await freePorts(2);
  const python = await pythonWith(["psycopg[binary]"]);
  const compose = {
    ...(named ? { name } : {}),
    services: {
      postgres: {
        image: IMAGE,
        environment: { POSTGRES_USER: "shop", POSTGRES_PASSWORD: "shop", POSTGRES_DB: "shop" },
        ports: [host === "localhost" ? `127.0.0.1:${database}:5432` : `${database}:5432`],
        healthcheck: { test: ["CMD", "pg_isready", "-h", "127.0.0.1", "-U", "shop"], interval: "1s", retries: 30 },
      },
    },
  };
  const app = {
    command: `${path.join(python, "bin/python")} server.py`,
    ...{ cwd: "backend", port: backend, reload: false, setup: false, env, dependsOn: ["postgres"] },
  };
  const beside = more?.(backend) ?? { files: {}, apps: {} };
  const main = openRepository(
    project,
    {
      ...beside.files,
      ".gitignore": "node_modules\n__pycache__\n",
      "backend/server.py": SERVER,
      "backend/.env": `DATABASE_URL=postgresql://shop:shop@${host}:${database}/shop\n`,
      "compose.yml": JSON.stringify(compose),
      "ecosystem.config.json": JSON.stringify({
        name: "shop",
        infra: { services: ["postgres"] },
        apps: { backend: app, ...beside.apps },
      }),
    },
    named ? "main" : name,
  );
  ctx.onTestFinished(() => removeComposeProject(name));
  return { project, main, name, backend, database };
}

const skipped = (): [boolean, string] => {
  const unable = noDocker(IMAGE);
  return [unable !== null, unable ?? ""];
};

interface Answered {
  in: string;
  items: string[];
  db: string[];
}

export async function answerOf(project: Project, cwd: string, at = "/"): Promise<Answered> {
  const status = await project.devpm(["status", "--json"], { cwd });
  const { apps } = JSON.parse(status.stdout) as { apps: { url: string }[] };
  return JSON.parse((await untilAnswers(`${apps[0]?.url}${at}`)).body) as Answered;
}
