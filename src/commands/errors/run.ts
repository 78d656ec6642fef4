import { lastSave } from "../../logs/past.ts";
import { pastFaults } from "../../logs/past-faults.ts";
import { parseSince } from "../../logs/since.ts";
import type { Fault } from "../../model/fault.ts";
import { badTime } from "../shared/bad-time.ts";
import { colorsFor, print, printJson, report, type CommandContext } from "../shared/context.ts";
import { lastEnd } from "../shared/last-end.ts";
import { findSilent, whySilent } from "../shared/silent-session.ts";

export interface ErrorsOptions {
  since: string | undefined;
  json: boolean;
}

/** What is in progress is awaited: a report that is being printed, a file that Vite looks at again. */
const ANSWER_MS = 15_000;

/** `devpm errors`: always 0, as `status` is; a script reads the list. Without a session, what it ended with. */
export async function errors(context: CommandContext, { since, json }: ErrorsOptions): Promise<number> {
  const { system } = context;
  const instance = await context.instance();
  const from = since === undefined ? "" : parseSince(since, system.clock.now(), lastSaveOf(context, instance.logs));
  if (from === null) return report(context, [badTime(since ?? "", "errors")]);
  const found = (await current(context)) ?? { errors: pastFaults(system.logFiles, instance.logs), notes: null };
  const shown = found.errors.filter(({ last }) => last >= from);
  if (json) {
    printJson(context, { errors: shown });
    return 0;
  }
  const { faultLines } = await import("../../ui/faults.ts");
  const { out } = context.terminal;
  const colors = await colorsFor(context, "out");
  const { end, notes } = found.notes === null ? await past(context) : { end: null, notes: found.notes };
  // where it was ended from outside, no app is to blame, and all the same something was broken
  const lines = end !== null && shown.length === 0 ? [] : faultLines(shown, out.columns, colors);
  const why = end === null ? notes : [colors.yellow(`▲ ${end}`), ...notes];
  print(out, [...lines, ...why.map(context.asTyped)]);
  return 0;
}

async function current(context: CommandContext): Promise<{ errors: readonly Fault[]; notes: string[] } | null> {
  const engine = await context.system.connectEngine(await context.instance());
  const answer = await engine?.ask({ op: "errors" }, ANSWER_MS);
  engine?.close();
  if (engine?.refused) print(context.terminal.err, [context.asTyped(engine.refused)]);
  return answer?.ok === true ? answer : null;
}

/** Why these errors are not those of a running session, and how that ended, where it did not end by itself. */
async function past(context: CommandContext): Promise<{ end: string | null; notes: string[] }> {
  const instance = await context.instance();
  const silent = await findSilent(context, instance);
  if (silent !== null)
    return { end: null, notes: [`the session does not answer, ${whySilent(silent)}: this is what it last reported`] };
  const end = await lastEnd(context.system, instance);
  return { end: end?.sentence ?? null, notes: ["no session is running here: this is what the last one ended with"] };
}

/** Before the first save everything happened since. */
const lastSaveOf =
  ({ system: { logFiles } }: CommandContext, folder: string) =>
  (): string =>
    lastSave(logFiles, folder, []) ?? "";
