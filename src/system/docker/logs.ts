import type Dockerode from "dockerode";
import type { ContainerLine, LogOptions, Reply } from "./types.ts";
import { faultOf } from "./fault.ts";
import { lineReader } from "./frames.ts";

/**
 * Reads a container's log. Not through dockerode's own `logs()`: without `follow` it hands back a parsed object instead of
 * text when the whole log happens to be JSON.
 */
export async function readLogs(
  api: Dockerode,
  id: string,
  { lines, since, follow, signal }: LogOptions,
  onLine: (line: ContainerLine) => void,
): Promise<Reply<void>> {
  const options = {
    stdout: true,
    stderr: true,
    timestamps: true,
    follow,
    ...(lines === undefined ? {} : { tail: lines }),
    ...(since === undefined ? {} : { since: (since.getTime() / 1000).toFixed(3) }),
  };
  try {
    const { Config: config } = await api.getContainer(id).inspect({ abortSignal: signal });
    const reader = lineReader({ tty: config.Tty }, onLine);
    for await (const chunk of await open(api, id, options, signal)) reader.push(chunk as Buffer);
    reader.end();
    return { ok: true, value: undefined };
  } catch (error) {
    return signal.aborted ? { ok: true, value: undefined } : { ok: false, fault: faultOf(error) };
  }
}

type Dial = (request: object, done: (error: Error | null, stream: NodeJS.ReadableStream) => void) => void;

const open = (api: Dockerode, id: string, options: object, abortSignal: AbortSignal): Promise<NodeJS.ReadableStream> =>
  new Promise((resolve, reject) => {
    const modem = api.modem as { dial: Dial };
    modem.dial(
      {
        path: `/containers/${id}/logs?`,
        method: "GET",
        isStream: true,
        options,
        abortSignal,
        statusCodes: { 200: true, 404: "no such container", 500: "server error" },
      },
      (error, stream) => (error ? reject(error) : resolve(stream)),
    );
  });
