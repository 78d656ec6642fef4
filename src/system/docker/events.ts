import type Dockerode from "dockerode";
import type { ContainerEvent, EventListener, EngineFault } from "./types.ts";
import { engineFault } from "./fault.ts";
import { abortsWith } from "../../util/abort.ts";

const OPEN_MS = 10_000;

/** Follows the container events of one compose project until the engine ends the stream or `signal` aborts. */
export async function followEvents(
  api: Dockerode,
  labels: readonly string[],
  signal: AbortSignal,
  listener: EventListener,
): Promise<EngineFault | null> {
  const opening = abortsWith(signal);
  const limit = setTimeout(() => opening.abort(new DOMException("no answer", "TimeoutError")), OPEN_MS);
  try {
    const filters = { type: ["container"], label: [...labels] };
    const stream = await api.getEvents({ filters: JSON.stringify(filters), abortSignal: opening.signal } as object);
    clearTimeout(limit);
    listener.open();
    await read(stream, listener);
    return signal.aborted ? null : { kind: "lost", detail: "the engine closed the connection", status: null };
  } catch (error) {
    return signal.aborted ? null : engineFault(error);
  } finally {
    clearTimeout(limit);
    opening.abort();
  }
}

interface RawEvent {
  Action?: string;
  status?: string;
  id?: string;
  Actor?: { ID?: string; Attributes?: Record<string, string> };
}

async function read(stream: NodeJS.ReadableStream, listener: EventListener): Promise<void> {
  let rest = "";
  stream.setEncoding("utf8");
  for await (const chunk of stream) {
    const lines = (rest + String(chunk)).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.trim()) listener.event(eventOf(JSON.parse(line) as RawEvent));
  }
}

const eventOf = (raw: RawEvent): ContainerEvent => ({
  action: raw.Action ?? raw.status ?? "",
  id: raw.Actor?.ID ?? raw.id ?? "",
  labels: raw.Actor?.Attributes ?? {},
});
