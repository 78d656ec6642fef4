import { ok, type Outcome } from "../../diagnostics/outcome.ts";
import { NOTHING_ENDED, type Receipt } from "../../model/events.ts";
import type { ServiceStatus } from "../../model/service-status.ts";
import { instanceOf, type Instance } from "../../model/instance.ts";
import { everySession } from "../../checkout/all-sessions.ts";
import { staleSessions, removeStale, archiveStale } from "../../session/store/lock.ts";
import type { SessionRecord } from "../../model/session-record.ts";
import type { System } from "../../system/system.ts";
import { takeEnded } from "../../teardown/ended.ts";
import { sweep } from "../../teardown/sweep.ts";
import { leftoverDiagnostic, receiptLines } from "../../ui/receipt.ts";
import { forgetCheckout } from "./forget.ts";
import { print, printJson, report, type CommandContext } from "../shared/context.ts";
import { infraRefusal } from "../infra/refusal.ts";
import { infraCommand } from "../infra/run.ts";

export interface DownOptions {
  force: boolean;
  json: boolean;
  /** Also stops the containers, once the apps have ended. */
  infra: boolean;
  /** Also drops what this checkout, and every one whose folder is gone, was given. */
  forget?: boolean;
  config?: string;
}

/** How long a teardown may take, beyond the longest grace period, before the engine counts as hung. */
const MARGIN_MS = 15_000;

/** `devpm down`: ends this project's session, from whatever terminal it was started, and what a crashed one left. */
export async function down(system: System, context: CommandContext, options: DownOptions): Promise<number> {
  // before anything ends: what is refused changes nothing
  const refused = options.infra ? await infraRefusal(system, context, options.config) : null;
  if (refused) return report(context, [refused]);
  const instance = await context.instance();
  const ended = await endSessions(system, context, instance, options.force);
  if (!ended.ok) return report(context, ended.diagnostics);
  const found = ended.value;
  const byGuardian = found.length === 0 ? await takeEnded(system, instance.sessionFile) : null;
  const receipts = byGuardian ? [byGuardian] : found;
  const receipt = receipts.reduce(merged, NOTHING_ENDED);
  const ranNothing = receipts.length === 0;
  const end = (other: Instance) => endSessions(system, context, other, options.force);
  const forgot = options.forget === true ? await forgetCheckout(system, instance, end) : null;
  if (!options.json) {
    const shown = options.infra ? { ...receipt, infraUp: [] } : receipt;
    const lines = ranNothing ? ["nothing is running here"] : receiptLines(shown);
    if (byGuardian) lines.unshift("nothing is running here; the last session was ended by its guardian:");
    print(context.terminal.out, [...lines.map(context.asTyped), ...(forgot?.lines ?? [])]);
  }
  const problems = forgot?.problems ?? [];
  const stopped: { services?: ServiceStatus[] } = {};
  const stopping = { ...options, answer: (services: ServiceStatus[]) => void (stopped.services = services) };
  const infra = options.infra && problems.length === 0 ? await infraCommand(system, context, "down", stopping) : 0;
  if (options.json)
    printJson(context, {
      event: "session.stopped",
      at: system.clock.now().toISOString(),
      ...receipt,
      ...(stopped.services ? withInfra(stopped.services) : {}),
      ...(forgot ? { forgot: forgot.lines } : {}),
    });
  if (problems.length > 0) return report(context, problems);
  const leftover = leftoverDiagnostic(receipt);
  if (!leftover) return infra;
  return options.json ? 1 : report(context, [leftover]);
}

/** What `--infra` left of them: of one that could not be stopped it is not said that it has ended. */
const withInfra = (infra: readonly ServiceStatus[]) => ({
  infraUp: infra.filter(({ state }) => state !== "stopped" && state !== "missing").map(({ service }) => service),
  infra,
});

/** `devpm down --all`: the same for every session of this user, wherever it was started. */
export async function downAll(
  system: System,
  context: CommandContext,
  { force, json }: Pick<DownOptions, "force" | "json">,
): Promise<number> {
  const roots = [...new Set((await everySession(system.files, system.environment)).map(({ root }) => root))];
  // side by side: each may have to wait for the grace of its slowest app
  const ended = await Promise.all(
    roots.map(async (root) => {
      const outcome = await endSessions(system, context, instanceOf(root, system.environment), force);
      return { root, outcome };
    }),
  );
  const receipts = ended.flatMap(({ outcome }) => (outcome.ok ? outcome.value : []));
  const receipt = receipts.reduce(merged, NOTHING_ENDED);
  const { out } = context.terminal;
  if (json) printJson(context, { event: "session.stopped", at: system.clock.now().toISOString(), ...receipt });
  else if (roots.length === 0) print(out, ["no session is running"]);
  else
    for (const { root, outcome } of ended)
      if (outcome.ok)
        print(out, [`${root}:`, ...receiptLines(outcome.value.reduce(merged, NOTHING_ENDED))].map(context.asTyped));
  const problems = ended.flatMap(({ outcome }) => (outcome.ok ? [] : outcome.diagnostics));
  const leftover = leftoverDiagnostic(receipt);
  if (leftover) problems.push(leftover);
  if (problems.length === 0) return 0;
  return json ? 1 : report(context, problems);
}

/** By its engine, or where none answers by its session file. Empty where nothing was running. */
async function endSessions(
  system: System,
  context: CommandContext,
  instance: Instance,
  force: boolean,
): Promise<Outcome<Receipt[]>> {
  const asked = await askEngine(system, context, instance, force);
  return asked ? ok([asked]) : endDirectly(system, instance, force);
}

/** null: no engine runs, or it does not answer. */
async function askEngine(
  { processes }: System,
  { system }: CommandContext,
  instance: Instance,
  force: boolean,
): Promise<Receipt | null> {
  const engine = await system.connectEngine(instance, BUSY_MS);
  const alive = await engine?.ask({ op: "status" }, BUSY_MS);
  if (!engine || !alive) {
    engine?.close();
    return null;
  }
  const pid = alive.ok ? alive.status.session?.pid : undefined;
  const identity = pid === undefined ? null : processes.identify(pid);
  const answer = await engine.ask({ op: "down", force }, LONGEST_MS);
  engine.close();
  // it has answered and is about to end, as the last process of the session
  if (identity) await processes.waitGone([identity], FINISH_MS);
  return answer?.ok === true ? answer.receipt : null;
}

/** A busy engine must not be taken for one that hangs, which is killed. */
const BUSY_MS = 5_000;
const FINISH_MS = 2_000;
const LONGEST_MS = 60_000 + MARGIN_MS;

/** By the session file: for an engine that died, or that does not answer and is ended like the rest. */
async function endDirectly(system: System, instance: Instance, force: boolean): Promise<Outcome<Receipt[]>> {
  const hung = await unresponsive(system, instance);
  if (!hung.ok) return hung;
  const dead = await staleSessions(system.files, instance);
  const receipts: Receipt[] = [];
  for (const record of [...(hung.value ? [hung.value] : []), ...dead]) {
    receipts.push(await swept(system, instance, record, force));
    await removeStale(system.files, instance, record);
  }
  return ok(receipts);
}

/** An engine that is already ending does not answer any more; it gets the time to finish. */
async function unresponsive(system: System, instance: Instance): Promise<Outcome<SessionRecord | null>> {
  const found = await archiveStale(system, instance);
  if (!found.ok || found.value?.state !== "stopping") return found;
  await system.processes.waitGone([found.value.engine], LONGEST_MS);
  return archiveStale(system, instance);
}

const swept = (system: System, { sessionFile }: Instance, record: SessionRecord, force: boolean): Promise<Receipt> =>
  sweep(system, { record, recordFile: sessionFile, force });

const merged = (one: Receipt, other: Receipt): Receipt => ({
  ended: [...one.ended, ...other.ended],
  leftovers: [...one.leftovers, ...other.leftovers],
  spared: [...one.spared, ...other.spared],
  portsFree: [...new Set([...one.portsFree, ...other.portsFree])],
  portsHeld: [...one.portsHeld, ...other.portsHeld],
  infraUp: [...new Set([...one.infraUp, ...other.infraUp])],
  ...((one.infraShared ?? other.infraShared) ? { infraShared: true } : {}),
  ms: one.ms + other.ms,
});
