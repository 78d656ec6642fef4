import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { REPOSITORY } from "./devpm.ts";
import type { Project } from "./project.ts";

/** Runs git in a folder as a person without a name of their own would. */
export const git = (cwd: string, ...args: string[]): string =>
  execFileSync("git", ["-c", "user.email=ana@example.org", "-c", "user.name=Ana", ...args], {
    cwd,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env.PATH, HOME: "/nonexistent", GIT_CONFIG_NOSYSTEM: "1" },
  });

/** A repository with these files in a folder of the project; returns it. */
export function openRepository(project: Project, contents: Readonly<Record<string, string>>, name = "main"): string {
  const main = project.path(name);
  for (const [file, text] of Object.entries(contents)) {
    mkdirSync(path.dirname(path.join(main, file)), { recursive: true });
    writeFileSync(path.join(main, file), text);
  }
  git(main, "init", "-q", "-b", "main");
  git(main, "add", "-A");
  git(main, "commit", "-q", "-m", "shop");
  return main;
}

/** A linked worktree beside it, on a branch of its own. */
export function addWorktree(main: string, name: string, branch: string): string {
  const folder = path.join(path.dirname(main), name);
  git(main, "worktree", "add", "-q", folder, "-b", branch);
  return folder;
}

/** This repository's own Vite, as if the folder had installed it. */
export function installVite(folder: string): void {
  mkdirSync(path.join(folder, "node_modules"), { recursive: true });
  for (const name of ["vite", "rolldown", "esbuild", "postcss", "tinyglobby", "picomatch", "lightningcss"]) {
    const from = path.join(REPOSITORY, "node_modules", name);
    symlinkSync(from, path.join(folder, "node_modules", name));
  }
  cpSync(path.join(folder, "package.json"), path.join(folder, "node_modules/.package.json"));
}
