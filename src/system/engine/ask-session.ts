import type { Instance } from "../../model/instance.ts";
import type { Answer, Request } from "../../model/protocol.ts";
import type { EngineClient } from "./engine-client.ts";

interface Connects {
  connectEngine(instance: Instance): Promise<EngineClient | null>;
}

/** One request on a connection of its own. null: no session serves this instance, or it did not answer in time. */
export async function askSession<R extends Request>(
  system: Connects,
  instance: Instance,
  request: R,
  timeoutMs?: number,
): Promise<Answer<R["op"]> | null> {
  const engine = await system.connectEngine(instance);
  try {
    return (await engine?.ask(request, timeoutMs)) ?? null;
  } finally {
    engine?.close();
  }
}
