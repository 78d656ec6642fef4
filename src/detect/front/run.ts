import path from "node:path";
import type { DetectedApp } from "../model.ts";
import type { Repository } from "../repository/snapshot.ts";
import type { FrontEnd } from "./apps.ts";
import { type Package, isMember } from "./packages.ts";

type Run = Pick<DetectedApp, "kind" | "preset" | "command" | "setup">;

/** Tools that are Vite underneath: the preset gives them their port. */
const IS_VITE = new Set(["vite", "sveltekit"]);

/** How a front end is run: by the preset where it is Vite's own `dev` script, else by its script; devpm gives both the port. */
export function frontRun(repository: Repository, packages: readonly Package[], front: FrontEnd): Run {
  const { tool, script, plain, manager } = front;
  const vite = IS_VITE.has(tool.kind) && (plain === null || plain.startsWith("vite"));
  if (vite && script === "dev") return { kind: tool.kind, preset: "vite" };
  const command = script === null ? `${EXECUTES[manager] ?? "npx"} ${plain ?? ""}` : `${manager} run ${script}`;
  return { kind: tool.kind, command, setup: [install(repository, packages, front)] };
}

/** What runs a program of a package's own dependencies. */
const EXECUTES: Readonly<Record<string, string>> = { npm: "npx", pnpm: "pnpm exec", yarn: "yarn exec", bun: "bunx" };

function install(
  repository: Repository,
  packages: readonly Package[],
  { manager, package: { folder } }: FrontEnd,
): { run: string; inputs: string[]; output?: string } {
  const locks = repository
    .names(folder)
    .filter((name) => /^(package-lock\.json|pnpm-lock\.yaml|yarn\.lock|bun\.lockb?)$/.test(name));
  const member = packages.some((one) => isMember(repository, one, folder));
  // a workspace may put everything into its root
  return {
    run: manager === "npm" ? "npm install --no-audit --no-fund" : `${manager} install`,
    inputs: ["package.json", ...locks],
    ...(member ? {} : { output: "node_modules" }),
  };
}

/** A front end's own name: its folder's, or `web` where that is generic. */
export const frontName = ({ package: { folder }, target }: FrontEnd): string => {
  const base = path.posix.basename(target ?? folder);
  return base === "." || /^(src|app)$/.test(base) ? "web" : base;
};
