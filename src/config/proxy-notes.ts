import path from "node:path";
import { type App, claimedPorts, type InfraRequest } from "../model/project.ts";
import { variableOfUrl } from "../model/url-variable.ts";
import type { Files } from "../system/files/files.ts";
import { proxyTargets, readViteConfig, type ProxyTarget } from "./vite-config.ts";

interface Proxies {
  root: string;
  apps: readonly App[];
  infra: InfraRequest | null;
  /** The port that the configuration gives each app, before `--port`. */
  configured: ReadonlyMap<string, number>;
  /** Connections to a moved port are redirected: a worktree. */
  redirects: boolean;
}

/** Proxy targets of a front end that no part of the project serves: one line each, with file and line. */
export async function proxyNotes(
  { root, apps, infra, configured, redirects }: Proxies,
  files: Files,
): Promise<string[]> {
  const claimed = new Set(apps.flatMap(claimedPorts));
  const published = await publishedPorts(infra, files);
  const folders = [...new Set(apps.filter(({ toolchain }) => toolchain === "node").map(({ cwd }) => cwd))];
  const notes = await Promise.all(
    folders.map(async (cwd) => {
      const config = await readViteConfig(cwd, files);
      const own = apps.filter((app) => app.cwd === cwd);
      const foreign = (config ? proxyTargets(config) : []).filter(
        ({ port }) => !claimed.has(port) && !published.has(port),
      );
      const targets = foreign.filter(({ port }) => !own.some(({ name }) => configured.get(name) === port));
      return targets.map((target) =>
        noteOf(target, `${path.relative(root, config!.file)}:${target.line}`, { apps, configured, redirects }),
      );
    }),
  );
  return [...new Set(notes.flat())];
}

function noteOf(
  { port, url }: ProxyTarget,
  place: string,
  { apps, configured, redirects }: Pick<Proxies, "apps" | "configured" | "redirects">,
): string {
  const moved = apps.find(({ name }) => configured.get(name) === port);
  if (!moved) return `${place} proxies to ${url}, and no app or service of this project has port ${port}`;
  const { port: now } = moved;
  if (redirects) return `${place}: ${url} is ${url.replace(/\d+$/, String(now))} here (${moved.name})`;
  const line = `process.env.${variableOfUrl(moved.name)} ?? "${url}"`;
  return `${place} proxies to ${url}, but ${moved.name} is on ${moved.port} in this session; write there: ${line}`;
}

/** Host ports that the compose files name: enough to skip a proxy to a container. */
async function publishedPorts(infra: InfraRequest | null, files: Files): Promise<ReadonlySet<number>> {
  const texts = await Promise.all((infra?.files ?? []).map((file) => files.read(file).catch(() => null)));
  return new Set(
    texts.flatMap((text) =>
      [...(text ?? "").matchAll(/(?:\b|:-?)(\d{2,5})\}?:\d{2,5}\b|published:\s*["']?(\d{2,5})/g)].map((found) =>
        Number(found[1] ?? found[2]),
      ),
    ),
  );
}
