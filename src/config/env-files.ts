import path from "node:path";
import type { App } from "../model/project.ts";
import type { ConfigDeps } from "./deps.ts";
import type { App as Options } from "./options.ts";
import { readsOwnEnvFiles } from "./own-env-files.ts";

/**
 * `.env` beside the config and the app, also one that is made later, then those that are named. What has rules of its own for its folder's (Vite, Next …)
 * is left to them.
 */
export async function envFiles(
  { kind, command }: Pick<App, "kind" | "command">,
  { cwd, root, envFile }: Pick<Options<string, string>, "envFile"> & { cwd: string; root: string },
  files: ConfigDeps["files"],
): Promise<string[]> {
  const usual = kind === "pm2" ? [] : [root, ...(cwd === root ? [] : [cwd])].map((folder) => path.join(folder, ".env"));
  const readsOwn = kind === "vite" || (await readsOwnEnvFiles(command, cwd, files));
  const wanted = readsOwn ? usual.filter((file) => path.dirname(file) !== cwd) : usual;
  return [...wanted, ...[envFile ?? []].flat().map((file) => path.resolve(root, file))];
}
