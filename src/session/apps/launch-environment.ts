import { invalidApp } from "../../config/problem.ts";
import { failed, ok, type Outcome } from "../../diagnostics/outcome.ts";
import type { Infra } from "../../infra/infra.ts";
import type { App, MovedPort, Project, References } from "../../model/project.ts";
import type { Instance } from "../../model/instance.ts";
import { appEnvironment } from "../../plan/environment.ts";
import { fixedAddresses, fixedAddressWarning } from "../../plan/fixed-addresses.ts";
import { sharedDataWarning } from "../../plan/shared-data.ts";
import { THIS_MACHINE } from "../../plan/moved-addresses.ts";
import { asRecord, type Variable } from "../../plan/variables.ts";
import { refusedByKernel } from "../../pm2/environment-file.ts";
import type { SessionEvent } from "../../model/events.ts";
import type { System } from "../../system/system.ts";
import type { EventStream } from "../stream.ts";

/** Reads an app's environment at each of its starts, and reports what is worth a line, once. Fails where there is none to start with. */
export type LaunchEnvironment = (app: App, references: References) => Promise<Outcome<Variable[]>>;

interface Options {
  instance: Pick<Instance, "root">;
  session: string;
  project: Pick<Project, "configFile">;
  infra: Pick<Infra, "makeDatabases">;
  emit: EventStream["emit"];
}

export function createLaunchEnvironment(
  system: System,
  { instance, session, project, infra, emit }: Options,
): LaunchEnvironment {
  const { configFile } = project;
  const seen = new Set<string>();
  /** Apps share environment files, and start many times: each report once. */
  const once = (event: SessionEvent): void => {
    const text = JSON.stringify(event);
    if (!seen.has(text)) emit(event);
    seen.add(text);
  };
  const looked = new Set<string>();
  /** Once an app, since it reads the app's folder. */
  function warnOfFixed(app: App, references: References, variables: Readonly<Record<string, string>>): void {
    const movedPorts = fixedIn(app, references);
    if (movedPorts.length === 0 || looked.has(app.name)) return;
    looked.add(app.name);
    const found = fixedAddresses(system.files, { ...app, movedPorts }, new Set(Object.keys(variables)));
    const warning = fixedAddressWarning(app, instance.root, found);
    if (warning) once({ event: "diagnostic", ...warning });
  }
  return async (app, references) => {
    const read = await appEnvironment(system, app, { session, references, configFile });
    if (!read.ok) return read;
    const built = read.value;
    for (const warning of built.warnings) once({ event: "diagnostic", ...warning });
    for (const text of built.rewritten) once({ event: "notice", text });
    for (const text of await infra.makeDatabases(built.databases)) once({ event: "notice", text });
    const shared = sharedDataWarning(instance.root, built.shared);
    if (shared) once({ event: "diagnostic", ...shared });
    const variables = asRecord(built.variables);
    warnOfFixed(app, references, variables);
    const refused = refusedByKernel(variables, system.environment.platform);
    if (refused !== null) return failed(invalidApp(app, configFile, { key: "env", message: refused }));
    return ok(built.variables);
  };
}

/** What must not stand in an app's code: the ports that its connections cannot follow, and databases that others use. */
function fixedIn(app: App, { moved = [], stores = [] }: References): MovedPort[] {
  if (!app.movedPorts || app.kind === "task") return [];
  const shared = stores.flatMap(({ service, addresses }) =>
    addresses.map((address) => {
      const [, host = "", port] = /^(.+):(\d+)$/.exec(address) ?? [];
      return { app: service, from: Number(port), to: 0, further: true, ...(THIS_MACHINE.test(host) ? {} : { host }) };
    }),
  );
  return [...(isBeyondReach(app) ? [...app.movedPorts, ...moved] : []), ...shared];
}

/** Its code runs in a browser or in Python, whose connections do not follow a moved port. */
const isBeyondReach = ({ toolchain, ownEnvFiles }: App): boolean => toolchain === "python" || ownEnvFiles !== undefined;
