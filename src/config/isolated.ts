import path from "node:path";
import type { App, Command, Isolation, MovedPort } from "../model/project.ts";
import type { ConfigDeps } from "./deps.ts";
import { hmrPorts, readViteConfig } from "./vite-config.ts";
import { readsOwnEnvFiles } from "./own-env-files.ts";

/** What each app of a checkout with ports of its own is given for its port. */
export const ownPorts = ({ moved }: Isolation): Record<string, number> =>
  Object.fromEntries(moved.filter(({ further }) => !further).map(({ app, to }) => [app, to]));

/** `worktree feature-login (branch feature/login): backend 5050 → 21440, web 5173 → 21441`. */
export function isolationNote({ name, branch, moved }: Isolation): string {
  const ports = moved.map(({ app, from, to }) => `${app} ${from} → ${to}`);
  const of = branch === null || branch === name ? "" : ` (branch ${branch})`;
  return `worktree ${name}${of}${ports.length > 0 ? `: ${ports.join(", ")}` : ""}`;
}

type MovedParts = Pick<App, "movedPorts" | "ownEnvFiles" | "hmrPorts"> & { command?: Command };

/** What an app needs to reach the ports that were moved; empty in a checkout with the ports of the configuration. */
export async function movedParts(
  { name, kind, command, cwd }: Pick<App, "name" | "kind" | "command" | "cwd">,
  { isolation }: { isolation?: Isolation | null },
  { files }: ConfigDeps,
): Promise<MovedParts> {
  if (!isolation) return {};
  const { moved } = isolation;
  const readsOwn = kind === "vite" || (await readsOwnEnvFiles(command, cwd, files));
  const own = moved.filter((one) => one.app === name);
  const vite = readsOwn ? await readViteConfig(cwd, files) : null;
  const hot = vite ? hmrPorts(vite) : [];
  return {
    movedPorts: moved,
    ...(kind === "command" || kind === "pm2" ? { command: withMovedPorts(command, own) } : {}),
    ...(hot.length > 0 ? { hmrPorts: hot } : {}),
    ...(readsOwn ? { ownEnvFiles: ownEnvFiles(command, cwd) } : {}),
  };
}

/** A port that is written into the app's own command line: `--port 8000`, `--bind=0.0.0.0:8000`. */
export function withMovedPorts(command: Command, moved: readonly MovedPort[]): Command {
  const replaced = (text: string): string =>
    text.replaceAll(/(^|[\s=:])(\d{2,5})(?=$|[\s'"])/g, (all, before: string, digits: string) => {
      const found = moved.find(({ from }) => from === Number(digits));
      return found ? `${before}${found.to}` : all;
    });
  if (command.shell) return { ...command, line: replaced(command.line) };
  return { argv: command.argv.map((word, at) => (at === 0 ? word : replaced(word))), shell: false };
}

/** As Vite, Next and their like read them; the strongest last. */
function ownEnvFiles(command: Command, cwd: string): string[] {
  const line = command.shell ? command.line : command.argv.join(" ");
  const mode = /--mode[ =]([\w.-]+)/.exec(line)?.[1] ?? "development";
  return [".env", ".env.local", `.env.${mode}`, `.env.${mode}.local`].map((name) => path.join(cwd, name));
}
