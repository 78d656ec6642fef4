import path from "node:path";
import type { System } from "../system/system.ts";
import { failed, ok, type Outcome } from "../diagnostics/outcome.ts";
import { upwards } from "../util/paths.ts";
import { CONFIG_NAMES } from "./file-names.ts";
import { configNotFound } from "./unloadable.ts";

export interface FoundConfig {
  /** Absolute; null where the folder has none and `devpm` detects what is there. */
  file: string | null;
  /** Real path of its folder: the project instance. */
  root: string;
}

/** Where the project is: `--config`, else the nearest ecosystem file. Loads nothing. */
export async function locateConfig(
  system: Pick<System, "files">,
  { cwd, configFile }: { cwd: string; configFile?: string },
): Promise<Outcome<FoundConfig>> {
  if (configFile === undefined) return ok(await findConfig(system, cwd));
  const found = await namedConfig(system, cwd, configFile);
  return found ? ok(found) : failed(configNotFound(configFile, cwd));
}

/** The nearest ecosystem file from `cwd` upwards; without one, `cwd` itself is the project. */
async function findConfig({ files }: Pick<System, "files">, cwd: string): Promise<FoundConfig> {
  const from = path.resolve(cwd);
  for (const folder of upwards(from)) {
    const names = await files.list(folder);
    const name = CONFIG_NAMES.find((candidate) => names.includes(candidate));
    if (name) return { file: path.join(folder, name), root: (await files.realpath(folder)) ?? folder };
  }
  return { file: null, root: (await files.realpath(from)) ?? from };
}

/** The file of `--config`, relative to `cwd`; null where there is no such file. */
async function namedConfig({ files }: Pick<System, "files">, cwd: string, named: string): Promise<FoundConfig | null> {
  const file = path.resolve(cwd, named);
  if ((await files.kind(file)) !== "file") return null;
  const folder = path.dirname(file);
  return { file, root: (await files.realpath(folder)) ?? folder };
}
