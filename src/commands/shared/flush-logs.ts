import type { Instance } from "../../model/instance.ts";
import type { CommandSystem } from "./context.ts";

/** Resolves once every line that a running session has so far is in its log files: the engine writes them before it opens a stream. */
export async function flushLogs(system: Pick<CommandSystem, "connectEngine">, instance: Instance): Promise<void> {
  const engine = await system.connectEngine(instance);
  await engine?.events(false, () => {});
  engine?.close();
}
