import { execFileSync } from "node:child_process";
import path from "node:path";
import { expect, test } from "vitest";
import { openPage } from "../../rigs/browser.ts";
import { freePorts } from "../../rigs/ports.ts";
import type { Project } from "../../rigs/project.ts";
import { until } from "../../rigs/wait.ts";
import { addWorktree, installVite } from "../../rigs/worktrees.ts";
import { openShop } from "./worktree-shop.ts";

/** Linked worktrees beside main: `npm run soak:worktrees` has nine. */
const COUNT = Number(process.env.WORKTREES ?? 2);

/** Asks its backend twice: by a path that Vite's proxy forwards, and by the address that a file names. */
const PAGE = `
const show = (id, value) => (document.getElementById(id).textContent = value);
const ask = (id, url) => fetch(url).then((answer) => answer.text()).then((text) => show(id, text), (error) => show(id, String(error)));
ask("proxied", "/api");
ask("direct", import.meta.env.VITE_API_URL + "/api");
`;

const filesOf = (backend: number, web: number): Record<string, string> => ({
  "ui/package.json": JSON.stringify({
    ...{ name: "ui", private: true, type: "module", scripts: { dev: "vite" }, dependencies: { vite: "*" } },
  }),
  "ui/vite.config.js": `export default { server: { port: ${web}, proxy: { "/api": "http://localhost:${backend}" } } };`,
  "ui/.env.development": `VITE_API_URL=http://localhost:${backend}\n`,
  "ui/index.html":
    '<!doctype html><p id="proxied"></p><p id="direct"></p><script type="module" src="/main.js"></script>',
  "ui/main.js": PAGE,
});

interface Shown {
  in: string;
  items: string[];
  db: string[];
}

interface Memory {
  /** Of its processes, what they share counted once. Bytes. */
  pss: number;
  /** What cannot be given back: the processes' own, and the server's buffers, whether or not one of them has used them. */
  held: number;
}

function memoryOf(container: string): Memory {
  // as the user whose processes they are: root in a container may not read them
  const inside = (line: string): string =>
    execFileSync("docker", ["exec", "-u", "postgres", container, "sh", "-c", line], { encoding: "utf8" });
  const stat = inside("cat /sys/fs/cgroup/memory/memory.stat 2>/dev/null || cat /sys/fs/cgroup/memory.stat");
  const bytes = (name: string): number => Number(new RegExp(`^${name} (\\d+)$`, "m").exec(stat)?.[1] ?? 0);
  const pages = inside("cat /proc/[0-9]*/smaps_rollup 2>/dev/null || true").matchAll(/^Pss:\s+(\d+)/gm);
  const pss = [...pages].reduce((sum, [, kilobytes]) => sum + Number(kilobytes) * 1_024, 0);
  // as the two versions of control groups call it
  return { pss, held: bytes("shmem") + (bytes("rss") || bytes("anon")) };
}

/** What the catalogs of a database that is used take of the buffers; a copy through them takes 8 MB. */
const PER_DATABASE = 1_500_000;

async function webOf(project: Project, cwd: string): Promise<string> {
  const status = await project.devpm(["status", "--json"], { cwd });
  const { apps } = JSON.parse(status.stdout) as { apps: { name: string; url: string }[] };
  return apps.find(({ name }) => name === "web")?.url ?? "";
}

test(
  "in a browser each page shows what its own backend and its own database return",
  { timeout: 600_000 },
  async (ctx) => {
    const [web = 0] = await freePorts(1);
    const shop = await openShop(ctx, {
      named: true,
      more: (backend) => ({
        files: filesOf(backend, web),
        apps: { web: { preset: "vite", setup: false, cwd: "ui", port: web, dependsOn: ["backend"] } },
      }),
      env: { CORS: `http://localhost:${web}` },
    });
    const { project, main, name } = shop;
    const trees = Array.from({ length: COUNT }, (_, at) => addWorktree(main, `tree${at}`, `feature/${at}`));
    const folders = [main, ...trees];
    for (const folder of folders) installVite(path.join(folder, "ui"));
    const up = async (cwd: string): Promise<void> => {
      const ended = await project.devpm(["dev", "-d"], { cwd, deadlineMs: 300_000 });
      expect(ended.code, ended.output).toBe(0);
    };
    const page = await openPage(ctx);
    const shown = async (cwd: string): Promise<Shown> => {
      await page.goto(await webOf(project, cwd));
      const texts = await until("both answers", async () => {
        const [proxied, direct] = await Promise.all(["#proxied", "#direct"].map((id) => page.textContent(id)));
        return proxied && direct ? [proxied, direct] : null;
      });
      const [proxied, direct] = texts.map((text) => JSON.parse(text) as Shown);
      expect(direct).toEqual(proxied);
      return proxied!;
    };
    await up(main);
    const container = `${name}-postgres-1`;
    expect(await shown(main)).toEqual({ in: path.join(main, "backend"), items: [], db: ["shop"] });
    const alone = memoryOf(container);

    await Promise.all(trees.map(up));
    // what each page adds, and what all of them show after the last of them has
    for (const [at, folder] of folders.entries())
      await fetch(`${await webOf(project, folder)}/api/add/of-${at}`).then((answer) => expect(answer.status).toBe(200));
    for (const [at, folder] of folders.entries())
      expect(await shown(folder)).toEqual({
        in: path.join(folder, "backend"),
        items: [`of-${at}`],
        db: [at === 0 ? "shop" : `shop_tree${at - 1}`],
      });
    // workers that the server starts for a moment come on top
    let now = memoryOf(container);
    const words = ({ pss, held }: Memory): string =>
      `${(pss / 1e6).toFixed(1)} MB (held ${(held / 1e6).toFixed(1)} MB)`;
    const figures = (): string => `Postgres: one database ${words(alone)}, ${COUNT + 1} databases ${words(now)}`;
    await until(
      "the memory of all databases",
      () => {
        now = memoryOf(container);
        return now.pss <= alone.pss * 1.2 && now.held <= alone.held + COUNT * PER_DATABASE;
      },
      { describe: figures },
    );
    console.log(figures());
    expect((await project.devpm(["down", "--all"])).code).toBe(0);
  },
);
