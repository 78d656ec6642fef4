import path from "node:path";
import { faultOf } from "../diagnostics/fault.ts";
import { type IsolationSystem, isolationOf } from "../checkout/isolation.ts";
import { nestedWorktrees } from "../checkout/nested.ts";
import { literal } from "../model/save-rules.ts";
import type { ConfigDeps } from "./deps.ts";
import { type Outcome, failed, ok } from "../diagnostics/outcome.ts";
import { debugPorts, debugProblems } from "./debug.ts";
import { declaredPorts, entriesOf, withApps } from "./entries.ts";
import { isObject } from "../util/guard.ts";
import { locateConfig } from "./find.ts";
import { globProblems } from "./glob-problems.ts";
import { placeProblems } from "./places.ts";
import { type Problem, invalid } from "./problem.ts";
import { instanceOf } from "../model/instance.ts";
import type { Config } from "./options.ts";
import type { Isolation, Project } from "../model/project.ts";
import { resolveProject } from "./resolve.ts";
import { semanticProblems } from "./semantics.ts";
import { unknownNames, unknownPorts } from "./unknown-names.ts";
import { knownShape } from "./shape.ts";
import { configSnapshot } from "./snapshot.ts";
import type { ConfigSources } from "../system/loader/config-sources.ts";
import { switched } from "./switched.ts";
import { groupsOf, taskEntriesOf } from "./task-entries.ts";
import { notAConfig, nothingFound, unloadable } from "./unloadable.ts";

export interface ProjectRequest {
  /** Where the command was typed, after `-C`. */
  cwd: string;
  /** `--config FILE`, as typed. */
  configFile?: string;
  /** `--port APP=N`. */
  ports?: Readonly<Record<string, number>>;
  /** `--isolated`, `--no-isolated`; neither: what the configuration or the checkout decides. */
  isolated?: boolean;
  /** A start: a worktree's ports are probed and kept from now on. */
  claim?: boolean;
  /** `--only NAME…` and the groups of `devpm dev GROUP…`: these, and what they depend on; the rest is off. */
  only?: readonly string[];
}

/** `sources`: the files that the configuration was made of, also where it cannot be used. */
export type LoadedProject = Outcome<Project> & { sources: ConfigSources };

export type LoaderSystem = ConfigDeps & IsolationSystem;

/**
 * What a folder without an ecosystem file holds, as a configuration (null: no app), and the notes about it.
 * Passed in, because detection is a later stage that most sessions never load.
 */
export type Detection = (root: string) => Promise<{ config: Record<string, unknown> | null; notes: string[] }>;

/** The project of a folder, checked and resolved: every later stage starts from it. */
export async function loadProject(
  system: LoaderSystem,
  request: ProjectRequest,
  detection: Detection = () => Promise.resolve({ config: null, notes: [] }),
): Promise<LoadedProject> {
  let sources: ConfigSources = new Map();
  try {
    const made = await located(system, request, detection, (seen) => (sources = seen));
    return { ...made, sources };
  } catch (error) {
    const fault = faultOf(error);
    if (fault.code === "DEVPM_BUG") throw error;
    return { ...failed({ ...fault, state: "Nothing was started." }), sources };
  }
}

async function located(
  system: LoaderSystem,
  request: ProjectRequest,
  detection: Detection,
  onSources: (sources: ConfigSources) => void,
): Promise<Outcome<Project>> {
  const found = await locateConfig(system, request);
  if (!found.ok) return found;
  const { file, root } = found.value;
  if (file === null) return detected(system, root, request, detection);
  const loaded = await loadConfig(system, file, root, onSources);
  if (!loaded.ok) return loaded;
  return checked(system, { ...loaded.value, file, root }, request);
}

/** Without an ecosystem file: what `devpm init` would write. */
async function detected(
  system: LoaderSystem,
  root: string,
  request: ProjectRequest,
  detection: Detection,
): Promise<Outcome<Project>> {
  const { config, notes } = await detection(root);
  if (config === null) return failed(nothingFound(root, notes));
  const project = await checked(system, { config, variables: {}, file: null, root }, request);
  return project.ok ? ok({ ...project.value, notes: [...notes, ...(project.value.notes ?? [])] }) : project;
}

interface Loaded {
  config: unknown;
  variables: Record<string, string>;
}

async function loadConfig(
  system: LoaderSystem,
  file: string,
  root: string,
  onSources: (sources: ConfigSources) => void,
): Promise<Outcome<Loaded>> {
  const { loader, files, environment } = system;
  const loaded = await loader.load(file, environment.shell, configSnapshot, await ownCode(system, root));
  onSources(loaded.sources);
  if (!loaded.ok) return failed(unloadable(file, loaded, loaded.at && (await files.read(loaded.at.file))));
  const read = loaded.value;
  if (read.problems.length > 0) return failed(invalid(file, read.problems));
  const config = withApps(read.config);
  if (!isObject(config) || Object.keys(config).length === 0)
    return failed(notAConfig(file, read.config, await files.read(file)));
  return ok({ config, variables: loaded.variables });
}

/** Where the configuration's code is kept; null where others could write there, because it is run. */
async function ownCode({ files, environment }: LoaderSystem, root: string): Promise<string | null> {
  const { folder, cache } = instanceOf(root, environment);
  const privacy = await files.privacyOf(folder).catch(() => null);
  return privacy?.state === "private" ? path.join(cache, "config-code") : null;
}

async function checked(
  system: LoaderSystem,
  { config, variables, file, root }: Loaded & { file: string | null; root: string },
  { ports = {}, only = [], isolated, claim = false }: ProjectRequest,
): Promise<Outcome<Project>> {
  const problems: Problem[] = [
    ...(await knownShape(system, config, root)),
    ...semanticProblems(config, ports),
    ...globProblems(config, root),
    ...(await placeProblems(config, root, system.files)),
  ];
  const apps = entriesOf(config).map(({ name }) => name);
  const names = [...apps, ...taskEntriesOf(config).map(({ name }) => name), ...Object.keys(groupsOf(config))];
  const unknown = [unknownPorts(ports, apps), unknownNames(only, names, "dev --only")].filter((one) => one !== null);
  const diagnostics = [
    ...(problems.length > 0 ? [invalid(file ?? "what was detected here", problems)] : []),
    ...unknown.map((one) => ({ ...one, state: "Nothing was started." })),
  ];
  if (diagnostics.length > 0) return failed(...diagnostics);
  const declared = [...declaredPorts(config), ...debugPorts(entriesOf(config))];
  const configured = isObject(config) ? (config.isolate as Config["isolate"]) : undefined;
  const own = await isolationOf(system, { root, declared, configured, asked: isolated, claim });
  if (!own.ok) return own;
  const isolation = own.value && withExplicit(own.value, ports);
  const project = await resolveProject({ config, root, configFile: file, variables, ports, isolation }, system);
  const undebugged = debugProblems(project.apps, entriesOf(config));
  if (undebugged.length > 0) return failed(invalid(file ?? root, undebugged));
  const nested = await nestedWorktrees(system.files, root);
  return ok(switched(withoutNested(project, nested), only));
}

/** A save in a worktree that is inside of this checkout is none of this one's. */
function withoutNested(project: Project, nested: readonly string[]): Project {
  if (nested.length === 0) return project;
  const globs = nested.map(literal);
  return { ...project, apps: project.apps.map((app) => ({ ...app, ignore: [...app.ignore, ...globs] })) };
}

/** `--port` is stronger than what a worktree was given. */
const withExplicit = (isolation: Isolation, ports: Readonly<Record<string, number>>): Isolation => ({
  ...isolation,
  moved: isolation.moved.map((one) => (one.further ? one : { ...one, to: ports[one.app] ?? one.to })),
});
