import { settingOf } from "../config/absent.ts";
import { installedVite } from "../config/vite-console.ts";
import type { App, MovedPort, References } from "../model/project.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { System } from "../system/system.ts";
import { followed } from "./followed.ts";
import type { OwnedDatabase } from "../model/shared-store.ts";
import { ownData } from "./own-data.ts";
import { fileVariables } from "./file-variables.ts";
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
  /** In a worktree: what followed its ports, one line each. */
  followed: string[];
  /** Databases of its own, which must be there before it starts. */
  databases: OwnedDatabase[];
  /** What it writes to together with other checkouts, as it is in no container that devpm manages. */
  shared: SharedData[];
}

type Deps = Pick<System, "files" | "environment">;

interface Facts {
  session: string;
  references: References;
}

/**
 * The environment an app starts with, read again each time, so that a changed `.env` counts. What the user's own `env`
 * function throws is thrown; so is, as a sentence, that a file cannot be read.
 */
export async function appEnvironment({ files, environment }: Deps, app: App, facts: Facts): Promise<AppEnvironment> {
  const { session, references } = facts;
  const texts = await Promise.all(app.envFiles.map(async (file) => ({ file, text: await readable(files, file) })));
  const { config, unset } = await configured(app, references);
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
  if (!app.follows) return { variables, unset, warnings, followed: [], databases: [], shared: [] };
  const own = await Promise.all(
    (app.ownEnvFiles ?? []).map(async (file) => ({ file, text: await files.read(file).catch(() => null) })),
  );
  const follows = [...app.follows, ...(references.moved ?? [])];
  const ports = followed({ ...app, follows }, variables, own);
  const data = await ownData(app.name, ports.variables, references.stores ?? []);
  const lines = [...ports.lines, ...data.lines];
  const shared = sharedData(data.variables, managed(follows, references));
  return { variables: data.variables, unset, warnings, followed: lines, databases: data.databases, shared };
}

/** Where servers are that are this checkout's own, or of which the infra has reported that they are shared. */
const managed = (follows: readonly MovedPort[], { stores = [], sharedServers = [] }: References): ReadonlySet<string> =>
  new Set([
    ...stores.flatMap(({ addresses }) => addresses),
    ...sharedServers,
    ...follows.flatMap(({ to }) => addressesOf(to)),
  ]);

/** The same as a program is started with it. */
export const plainEnvironment = async (system: Deps, app: App, facts: Facts): Promise<Record<string, string>> =>
  asRecord((await appEnvironment(system, app, facts)).variables);

async function readable(files: System["files"], file: string): Promise<string | null> {
  try {
    return await files.read(file);
  } catch (error) {
    throw new Error(`its environment file cannot be read: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

/** The configuration's `env`, without what needs an absent service: that stays as it is without devpm. */
async function configured(
  { env }: App,
  references: References,
): Promise<Pick<AppEnvironment, "unset"> & { config: Record<string, string> }> {
  const config: Record<string, string> = {};
  const unset: AppEnvironment["unset"] = [];
  for (const [name, text] of Object.entries(
    typeof env === "function" ? await env({ apps: references.apps, services: references.services }) : env,
  )) {
    if (text === undefined) continue;
    const setting = settingOf(text);
    if (setting.kind === "value") config[name] = setting.text;
    else unset.push({ name, service: setting.service });
  }
  return { config, unset };
}
