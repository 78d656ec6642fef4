import type { Instance } from "../../model/instance.ts";
import type { EngineClient } from "../../system/engine/engine-client.ts";
import { report, type CommandContext } from "./context.ts";
import { unknownApps } from "./names.ts";
import { REACHED_MS, reached, unreachable } from "./silent-session.ts";

/** The engine bounds each app by its own readiness deadline; this only ends the wait for an engine that hangs. */
export const UNTIL_READY_MS = 15 * 60_000;

/** Connects to the session, calls `use`, and closes the connection. Returns its exit code; without a session the reason is reported. */
export async function withSession(
  context: CommandContext,
  command: string,
  use: (engine: EngineClient, instance: Instance) => Promise<number>,
): Promise<number> {
  const instance = await context.instance();
  const engine = await reached(context, instance);
  if (engine === null) return report(context, [await unreachable(context, instance, command, REACHED_MS)]);
  try {
    return await use(engine, instance);
  } finally {
    engine.close();
  }
}

/** The same for a command that names apps, tasks or groups: names that the session does not have are reported. */
export const withNamed = (
  context: CommandContext,
  command: string,
  names: readonly string[],
  use: (engine: EngineClient) => Promise<number>,
): Promise<number> =>
  withSession(context, command, async (engine) => {
    const unknown = await unknownApps(engine, names, command);
    return unknown ? report(context, [unknown]) : use(engine);
  });
