import { NOTHING_ENDED } from "../../model/events.ts";
import type { Stopped } from "../../model/protocol.ts";
import { leftoverDiagnostic, receiptLines } from "../../ui/receipt.ts";
import { print, printJson, report, type CommandContext } from "../shared/context.ts";
import { unknownApps } from "../shared/names.ts";
import { unreachable } from "../shared/silent-session.ts";

export interface StopOptions {
  /** Apps, tasks and groups. */
  names: string[];
  json: boolean;
}

/** Longer than any sensible grace period: it only ends the wait for an engine that hangs. */
const LONGEST = 5 * 60_000;

/** `devpm stop NAME…`: afterwards nothing of them is left and their ports are free; 1 where that is not possible. */
export async function stop(context: CommandContext, { names, json }: StopOptions): Promise<number> {
  const { system, terminal } = context;
  const instance = await context.instance();
  const engine = await system.connectEngine(instance);
  if (engine === null) return report(context, [await unreachable(context, instance, "stop")]);
  try {
    const unknown = await unknownApps(engine, names, "stop");
    if (unknown) return await report(context, [unknown]);
    const answer = await engine.ask({ op: "stop", names }, LONGEST);
    if (answer?.ok !== true) {
      print(terminal.err, [answer?.error ?? "the session ended before the stop was done"]);
      return 1;
    }
    if (!json) return await printStopped(context, names, answer.stopped);
    printJson(context, answer.stopped);
    return answer.stopped.leftovers.length > 0 ? 1 : 0;
  } finally {
    engine.close();
  }
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
