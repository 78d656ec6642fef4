import { variableSetting } from "../config/absent.ts";
import { installedVite } from "../config/vite-console.ts";
import type { App, MovedPort, References } from "../model/project.ts";
import { invalidApp } from "../config/problem.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { failed, ok, type Outcome } from "../diagnostics/outcome.ts";
import type { System } from "../system/system.ts";
import { rewriteVariables } from "./rewrite-variables.ts";
import type { OwnedDatabase } from "../model/shared-store.ts";
import { ownData } from "./own-data.ts";
import { type FileText, fileVariables } from "./file-variables.ts";
import { addressesOf } from "../model/shared-store.ts";
import { sharedData, type SharedData } from "./shared-data.ts";
import { asRecord, environmentOf, type Variable } from "./variables.ts";

/** The environment an app starts with, and how it came about. */
export interface AppEnvironment {
  variables: Variable[];
  /** Variables of the configuration that are left unset, because they need a service that is absent. */
  unset: { name: string; service: string }[];
  /** Lines of environment files that mean nothing. */
  warnings: Diagnostic[];
  /** In a worktree: what was rewritten to its ports, one line each. */
  rewritten: string[];
  /** Databases of its own, which must be there before it starts. */
  databases: OwnedDatabase[];
  /** What it shares with other checkouts, because it is in no container that devpm manages. */
  shared: SharedData[];
}

type Deps = Pick<System, "files" | "environment">;

interface Facts {
  session: string;
  references: References;
  /** For what is wrong with it; null: the project was detected. */
  configFile: string | null;
}

/**
 * The environment an app starts with, read again each time, so that a changed `.env` counts. It fails where the user's own
 * `env` function throws or takes too long, and where a file cannot be read.
 */
export async function appEnvironment(system: Deps, app: App, facts: Facts): Promise<Outcome<AppEnvironment>> {
  const { references, configFile } = facts;
  const texts = await readAll(system.files, app.envFiles);
  if (!texts.ok) return failed(invalidApp(app, configFile, { key: "envFile", message: texts.why }));
  const set = await configured(app, references);
  if (!set.ok) return failed(invalidApp(app, configFile, { key: "env", message: set.why }));
  return ok(await builtOf(system, app, facts, { texts: texts.value, ...set.value }));
}

/** What an app's environment is made of, once it is read. */
interface Read extends Configured {
  texts: FileText[];
}

async function builtOf(
  { files, environment }: Deps,
  app: App,
  { session, references }: Facts,
  { texts, config, unset }: Read,
): Promise<AppEnvironment> {
  const urls = Object.fromEntries(Object.entries(references.apps).map(([name, { url }]) => [name, url]));
  const vite = await installedVite(app, files);
  let warnings: Diagnostic[] = [];
  const variables = environmentOf({
    app,
    shell: environment.shell,
    config,
    session,
    urls,
    forwardsConsole: vite?.forwardsConsole === true,
    files: (stronger) => {
      const read = fileVariables(texts, stronger);
      ({ warnings } = read);
      return read.variables;
    },
  });
  if (!app.movedPorts) return { variables, unset, warnings, rewritten: [], databases: [], shared: [] };
  const own = await Promise.all(
    (app.ownEnvFiles ?? []).map(async (file) => ({ file, text: await files.read(file).catch(() => null) })),
  );
  const movedPorts = [...app.movedPorts, ...(references.moved ?? [])];
  const ports = rewriteVariables({ ...app, movedPorts }, variables, own);
  const data = await ownData(app.name, ports.variables, references.stores ?? []);
  const lines = [...ports.lines, ...data.lines];
  const shared = sharedData(data.variables, managed(movedPorts, references));
  return { variables: data.variables, unset, warnings, rewritten: lines, databases: data.databases, shared };
}

/** The addresses of servers that are this checkout's own, or that the infra has reported as shared. */
const managed = (
  movedPorts: readonly MovedPort[],
  { stores = [], sharedServers = [] }: References,
): ReadonlySet<string> =>
  new Set([
    ...stores.flatMap(({ addresses }) => addresses),
    ...sharedServers,
    ...movedPorts.flatMap(({ to }) => addressesOf(to)),
  ]);

/** The same, as variables that a program is started with. */
export async function plainEnvironment(system: Deps, app: App, facts: Facts): Promise<Outcome<Record<string, string>>> {
  const built = await appEnvironment(system, app, facts);
  return built.ok ? ok(asRecord(built.value.variables)) : built;
}

/** What the user's code or the disk returned; else its error, as a sentence. */
type Tried<T> = { ok: true; value: T } | { ok: false; why: string };

async function tried<T>(work: () => T | Promise<T>): Promise<Tried<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    return { ok: false, why: said(error) };
  }
}

/** With the name of the error where it has one: a `TypeError` is a mistake in the code. */
const said = (error: unknown): string =>
  error instanceof Error && error.name === "Error" ? error.message : String(error);

async function readAll(files: System["files"], names: readonly string[]): Promise<Tried<FileText[]>> {
  const read = await tried(() => Promise.all(names.map(async (file) => ({ file, text: await files.read(file) }))));
  return read.ok ? read : { ok: false, why: `its environment file cannot be read: ${read.why}` };
}

interface Configured extends Pick<AppEnvironment, "unset"> {
  config: Record<string, string>;
}

/** The configuration's `env`, without what needs an absent service: that stays as it is without devpm. */
async function configured({ env }: App, { apps, services }: References): Promise<Tried<Configured>> {
  const given = await tried(() => (typeof env === "function" ? env({ apps, services }) : env));
  return given.ok ? { ok: true, value: sorted(given.value) } : given;
}

function sorted(given: Readonly<Record<string, string | undefined>>): Configured {
  const config: Record<string, string> = {};
  const unset: AppEnvironment["unset"] = [];
  for (const [name, text] of Object.entries(given)) {
    if (text === undefined) continue;
    const setting = variableSetting(text);
    if (setting.kind === "value") config[name] = setting.text;
    else unset.push({ name, service: setting.service });
  }
  return { config, unset };
}
