import { spawn } from "node:child_process";
import type { Environment } from "./environment.ts";

/** Opens an address in the user's browser; false: there is no program for it. */
export type Browse = (url: string) => Promise<boolean>;

/** The first of them that can be started. It is none of the session's processes, and outlives it. */
export function browserOf({ shell, platform, cwd }: Environment): Browse {
  const usual = platform === "darwin" ? ["open"] : ["xdg-open", "wslview"];
  const programs = [...(shell.BROWSER ? [shell.BROWSER] : []), ...usual];
  return async (url) => {
    for (const program of programs) {
      const started = await new Promise<boolean>((resolve) => {
        const child = spawn(program, [url], { cwd, env: shell, stdio: "ignore", detached: true });
        child.once("error", () => resolve(false));
        child.once("spawn", () => resolve(true));
        child.unref();
      });
      if (started) return true;
    }
    return false;
  };
}
