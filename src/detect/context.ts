import type { FoundCommand } from "./commands/found-command.ts";
import type { ChosenCompose } from "./compose/choose.ts";
import type { ContainerInCode } from "./environment/containers-in-code.ts";
import type { FrontEnd } from "./front/apps.ts";
import type { ConfigFile } from "./front/config.ts";
import type { Expectation } from "./front/expectations.ts";
import type { Package } from "./front/packages.ts";
import type { DetectedApp, DetectedTask, Template } from "./model.ts";
import type { Backend } from "./python/backend.ts";
import type { PythonFiles } from "./python/code/files.ts";
import type { Repository } from "./repository/snapshot.ts";

/** All that was gathered, for the rules that need several parts of it. */
export interface Context {
  repository: Repository;
  commands: FoundCommand[];
  packages: Package[];
  files: PythonFiles;
  composed: ChosenCompose | null;
  backends: Backend[];
  fronts: FrontEnd[];
  /** The configurations of each front end's tool. */
  configs: ReadonlyMap<FrontEnd, ConfigFile[]>;
  /** What each front end expects to listen elsewhere. */
  expected: ReadonlyMap<FrontEnd, Expectation[]>;
  /** Where the code of each backend names a container. */
  inCode: ReadonlyMap<Backend, ContainerInCode[]>;
}

/** The same, with what was decided: for the notes on what that leaves open. */
export interface Decided extends Context {
  apps: readonly DetectedApp[];
  tasks: readonly DetectedTask[];
  templates: readonly Template[];
}
