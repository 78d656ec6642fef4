import path from "node:path";
import { everySession } from "../../checkout/all-sessions.ts";
import { readAllocation } from "../../checkout/allocation.ts";
import { checkoutOf } from "../../checkout/git.ts";
import { loadProject } from "../../config/project-loader.ts";
import { detection } from "../../detect/detection.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { Outcome } from "../../diagnostics/outcome.ts";
import { isOfMain } from "../../infra/own/shared-project.ts";
import { instanceOf, type Instance } from "../../model/instance.ts";
import type { Project } from "../../model/project.ts";
import { isThere } from "../../model/service-status.ts";
import type { SessionRecord } from "../../model/session-record.ts";
import { askSession } from "../../system/engine/ask-session.ts";
import type { System } from "../../system/system.ts";
import { shellQuote } from "../../util/shell-quote.ts";
import { joinWithAnd } from "../../util/text.ts";
import type { CommandContext } from "../shared/context.ts";
import { BUSY_MS } from "../shared/silent-session.ts";

/** Why the containers are not to be stopped here; null: they are. */
export async function infraRefusal(
  system: System,
  context: CommandContext,
  configFile: string | undefined,
): Promise<Diagnostic | null> {
  const request = { cwd: system.environment.cwd, configFile };
  return refusalOf(system, context, await loadProject(system, request, detection(system)));
}

export async function refusalOf(
  system: System,
  context: CommandContext,
  loaded: Outcome<Project>,
  evenUsed = false,
): Promise<Diagnostic | null> {
  // none is stopped: a session that does not answer keeps nobody from ending the one here
  if (loaded.ok && loaded.value.infra === null) return null;
  const instance = await context.instance();
  return (await ofMain(system, instance, loaded)) ?? (evenUsed ? null : await usedByOthers(system, instance));
}

async function ofMain(system: System, instance: Instance, loaded: Outcome<Project>): Promise<Diagnostic | null> {
  if (loaded.ok) {
    const { isolation } = loaded.value;
    return isolation?.main && isOfMain(loaded.value) ? sharedInfra(isolation.main, isolation.name) : null;
  }
  const given = await readAllocation(system, instance);
  return given?.main && given.compose === undefined ? sharedInfra(given.main, path.basename(instance.root)) : null;
}

/** A session of another checkout whose apps would lose their services. */
export interface InfraUser {
  root: string;
  branch: string | null;
  pid: number;
  /** null: it does not answer. Empty: it was started without them (`--no-infra`), and may use them all the same. */
  services: string[] | null;
}

async function usedByOthers(system: System, { root }: Instance): Promise<Diagnostic | null> {
  const { files, environment } = system;
  const sessions = await everySession(files, environment);
  const users = await Promise.all(sessions.map((record) => userOf(system, record, root)));
  const found = users.filter((user) => user !== null);
  return found.length === 0 ? null : usedInfra(root, found);
}

async function userOf(system: System, { root, engine }: SessionRecord, main: string): Promise<InfraUser | null> {
  if (root === main || !system.processes.alive(engine)) return null;
  const instance = instanceOf(root, system.environment);
  const given = await readAllocation(system, instance);
  if (given?.main !== main || given.compose !== undefined) return null;
  const ask = { connectEngine: (one: Instance) => system.connectEngine(one, BUSY_MS) };
  const answer = await askSession(ask, instance, { op: "status" }, BUSY_MS);
  const infra = answer?.ok === true ? answer.status.infra : null;
  const services = infra?.filter(({ state }) => isThere(state)).map(({ service }) => service) ?? null;
  if (infra && infra.length > 0 && services?.length === 0) return null;
  const checkout = await checkoutOf(system.files, root).catch(() => null);
  return { root, branch: checkout?.branch ?? null, pid: engine.pid, services };
}

/** Ended from a worktree, they would end under the apps of every other checkout. */
export const sharedInfra = (main: string, name: string): Diagnostic => ({
  code: "DEVPM_INFRA_SHARED",
  severity: "error",
  summary: `The containers are shared by every checkout of this project, and stay up`,
  evidence: [
    ["worktree", name],
    ["main", main],
  ],
  state: "Nothing was stopped, and no data was touched.",
  fixes: [
    { label: "look at them", command: "devpm infra status" },
    { label: "or end the session of this worktree alone", command: "devpm down" },
    { label: "or stop them where they belong", command: `devpm -C ${shellQuote(main)} infra down` },
  ],
});

/** The same from the main checkout, while sessions of others run. */
export const usedInfra = (main: string, users: readonly InfraUser[]): Diagnostic => ({
  code: "DEVPM_INFRA_SHARED",
  severity: "error",
  summary: `The containers are used by ${sessionsOf(users)}, and stay up`,
  evidence: [
    ["main", main],
    ["used by", users.map(userLine)],
  ],
  state: "Nothing was stopped, and no data was touched.",
  fixes: [
    { label: "look at them", command: "devpm list" },
    { label: "or end the session here alone", command: "devpm down" },
    {
      label: "or end those first",
      command: users.map(({ root }) => `devpm -C ${shellQuote(root)} down`).join(" && "),
    },
    { label: "or stop them under those sessions, data is kept", command: "devpm infra down --force" },
  ],
});

const sessionsOf = ({ length }: readonly InfraUser[]): string =>
  length === 1 ? "a session of another checkout" : `${length} sessions of other checkouts`;

const userLine = ({ root, branch, pid, services }: InfraUser): string =>
  `${root} (${branch === null ? "" : `${branch}, `}pid ${pid}): ${usedOf(services)}`;

function usedOf(services: InfraUser["services"]): string {
  if (services === null) return "it does not answer";
  return services.length === 0 ? "started without them, and may use them all the same" : joinWithAnd(services);
}
