import type { Signals } from "../../system/signals.ts";
import type { System } from "../../system/system.ts";
import { dropBegun } from "../../teardown/started-shim.ts";
import { attach } from "../attach/run.ts";
import { print, report, type CommandContext } from "../shared/context.ts";
import { UNTIL_READY_MS } from "../shared/with-session.ts";
import type { DevOptions } from "./run.ts";
import { CONFIGURED_MS, liveRecord, pageWords, whyNotJoined } from "./running.ts";

/**
 * A second `devpm dev` in a terminal shows the session that runs there too, and starts what was named and is off. null: there is
 * no session that could be joined, and the start that follows says why.
 */
export async function attachRunning(
  system: System,
  signals: Signals,
  context: CommandContext,
  options: DevOptions,
): Promise<number | null> {
  const record = await liveRecord(system, context);
  if (record === null || record.state === "stopping") return null;
  const dropping = dropBegun(system);
  const engine = await context.system.connectEngine(await context.instance());
  await dropping;
  if (engine === null) return null;
  try {
    if (engine.refused) return null;
    const answer = await engine.ask({ op: "join" }, CONFIGURED_MS);
    if (!answer?.ok) return null;
    const refused = await whyNotJoined(system, context, { options, engine, record, joined: answer.joined });
    if (refused) return await report(context, [refused]);
    // how it goes is shown by the stream
    if (options.only.length > 0) void engine.ask({ op: "start", names: options.only }, UNTIL_READY_MS);
    const page = await pageWords(engine, options);
    if (page !== null) print(context.terminal.out, [page]);
    return await attach(context, signals, { app: null, plain: options.plain, timestamps: options.timestamps });
  } finally {
    engine.close();
  }
}
