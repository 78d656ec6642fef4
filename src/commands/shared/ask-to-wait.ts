import type { Request } from "../../model/protocol.ts";
import type { EngineClient } from "../../system/engine/engine-client.ts";

type Wait = Omit<Extract<Request, { op: "wait" }>, "op">;

/** The engine itself keeps the deadline; its answer needs a moment to arrive. Milliseconds. */
const ANSWER_MARGIN = 1_000;

/** null: no answer within the wait's own time, or the session ended. */
export const askToWait = (engine: Pick<EngineClient, "ask">, wait: Wait) =>
  engine.ask({ op: "wait", ...wait }, wait.timeoutMs + ANSWER_MARGIN);
