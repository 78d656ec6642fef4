import { spawn } from "node:child_process";
import type { Environment } from "./environment.ts";
import { findExecutable } from "./executables.ts";
import { files } from "./files/files.ts";

/** Opens an address in the user's browser; false where there is none to open it in. */
export type OpenBrowser = (url: string, environment: Environment) => Promise<boolean>;

export const openBrowser: OpenBrowser = async (url, environment) => {
  const { shell, cwd } = environment;
  for (const name of programsFor(environment)) {
    const file = await findExecutable(files, name, shell.PATH, cwd);
    if (file !== null && (await started(file, url, shell))) return true;
  }
  return false;
};

/** By the order in which a user wants them. None on another machine's screen: there the address is printed alone. */
function programsFor({ shell, platform }: Environment): string[] {
  const wanted = shell.BROWSER ? shell.BROWSER.split(":").filter((name) => name !== "") : [];
  if (platform === "darwin") return [...wanted, "open"];
  const hasScreen = Boolean(shell.DISPLAY || shell.WAYLAND_DISPLAY || shell.WSL_DISTRO_NAME);
  return hasScreen ? [...wanted, "xdg-open", "wslview"] : wanted;
}

/** A program that reports a failure does so soon; one that is the browser itself runs as long as that does. Milliseconds. */
const FAILS_MS = 1_500;

function started(file: string, url: string, env: Readonly<Record<string, string>>): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(file, [url], { env, detached: true, stdio: "ignore" });
    const runs = setTimeout(() => resolve(true), FAILS_MS);
    const ended = (opened: boolean): void => {
      clearTimeout(runs);
      resolve(opened);
    };
    child.once("exit", (code) => ended(code === 0));
    child.once("error", () => ended(false));
    child.unref();
  });
}
