import type { TestContext } from "vitest";
import { freePorts } from "../../rigs/ports.ts";
import { openProject, type Project } from "../../rigs/project.ts";
import { openScreenModel, type ScreenModel } from "../../rigs/screen.ts";
import type { Terminal } from "../../rigs/terminal.ts";

/** Answers on its port, and prints what a request says: `/say?text=line #&times=3`. */
const SERVER = `import { createServer } from "node:http";
import { readFileSync } from "node:fs";
readFileSync("data.txt");
createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, "http://localhost");
  if (pathname === "/crash") setTimeout(() => process.exit(3), 10);
  if (pathname === "/health") console.log('"GET /health HTTP/1.1" 200 -');
  const lines = Array.from({ length: Number(searchParams.get("times") ?? 1) }, (_, n) => searchParams.get("text")?.replaceAll("#", n));
  if (pathname === "/say") process.stdout.write(lines.join("\\n") + "\\n");
  response.end("ok");
}).listen(Number(process.env.PORT), () => console.log(process.argv[2] + " listens"));
`;

/** Two apps that print on request, in a repository whose branch is feature/basket. */
export interface Market {
  project: Project;
  ports: readonly [backend: number, web: number];
  /** Has an app print lines; `#` is their number. */
  say(port: number, text: string, times?: number): Promise<void>;
}

export async function openMarket(ctx: TestContext): Promise<Market> {
  const [backend = 0, web = 0] = await freePorts(2);
  const project = await openProject(ctx, {
    files: {
      "server.mjs": SERVER,
      "data.txt": "",
      "ecosystem.config.json": JSON.stringify({
        name: "market",
        apps: {
          backend: {
            command: "node server.mjs backend",
            port: backend,
            reload: "restart",
            watch: ["data.txt"],
            ready: { http: "/health" },
          },
          web: { command: "node server.mjs web", port: web },
        },
      }),
      ".git/HEAD": "ref: refs/heads/feature/basket\n",
    },
  });
  return {
    project,
    ports: [backend, web],
    async say(port, text, times = 1) {
      // a connection that is kept may lead to the process before a restart
      const headers = { connection: "close" };
      await fetch(`http://127.0.0.1:${port}/say?text=${encodeURIComponent(text)}&times=${times}`, { headers });
    },
  };
}

export interface Live {
  terminal: Terminal;
  screen: ScreenModel;
}

/** A devpm in a terminal, with the model of what it shows. */
export async function live(
  ctx: TestContext,
  project: Project,
  args: readonly string[],
  { columns = 100, rows = 24, env = {} }: { columns?: number; rows?: number; env?: Record<string, string> } = {},
): Promise<Live> {
  const terminal = await project.terminal(args, { columns, rows, env });
  const screen = openScreenModel(terminal, columns, rows);
  ctx.onTestFinished(screen.close);
  return { terminal, screen };
}

/** What of the footer must never be in the text above it. */
export const FOOTER = /1-9 one app|[●◌✖○]|feature\/basket/;
