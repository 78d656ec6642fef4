import { NOTHING_ENDED } from "../../model/events.ts";
import type { Stopped } from "../../model/protocol.ts";
import { leftoverDiagnostic, receiptLines } from "../../ui/receipt.ts";
import { print, printJson, report, type CommandContext } from "../shared/context.ts";
import { withNamed } from "../shared/with-session.ts";

export interface StopOptions {
  /** Apps, tasks and groups. */
  names: string[];
  json: boolean;
}

/** Longer than any sensible grace period: it only ends the wait for an engine that hangs. */
const STOPPED_MS = 5 * 60_000;

/** `devpm stop NAME…`: afterwards nothing of them is left and their ports are free; 1 where that is not possible. */
export function stop(context: CommandContext, { names, json }: StopOptions): Promise<number> {
  return withNamed(context, "stop", names, async (engine) => {
    const answer = await engine.ask({ op: "stop", names }, STOPPED_MS);
    if (answer?.ok !== true) {
      const error = answer?.error ?? "the session ended before the stop was done";
      print(context.terminal.err, [context.asTyped(error)]);
      return 1;
    }
    if (!json) return printStopped(context, names, answer.stopped);
    printJson(context, answer.stopped);
    return answer.stopped.leftovers.length > 0 ? 1 : 0;
  });
}

async function printStopped(context: CommandContext, names: readonly string[], stopped: Stopped): Promise<number> {
  const receipt = { ...NOTHING_ENDED, ...stopped };
  const nothing = stopped.ended.length === 0 && stopped.leftovers.length === 0;
  const lines = receiptLines(receipt);
  print(context.terminal.out, nothing ? [`${names.join(", ")}: nothing was running`, ...lines.slice(1)] : lines);
  const leftover = leftoverDiagnostic(receipt);
  if (!leftover) return 0;
  await report(context, [leftover]);
  return 1;
}
