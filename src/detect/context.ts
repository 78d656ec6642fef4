import type { Repository } from "./repository/snapshot.ts";
import type { Said } from "./commands/said.ts";
import type { Package } from "./front/packages.ts";
import type { PythonFiles } from "./python/index.ts";
import type { Composed } from "./compose/choose.ts";
import type { Backend } from "./python/backends.ts";
import type { FrontEnd } from "./front/apps.ts";

/** What was read of a repository, and what was made of it so far. */
export interface Context {
  repository: Repository;
  commands: Said[];
  packages: Package[];
  files: PythonFiles;
  composed: Composed | null;
  backends: Backend[];
  fronts: FrontEnd[];
}
