import type Dockerode from "dockerode";
import { faultOf } from "./fault.ts";
import { lineReader } from "./frames.ts";
import type { Reply } from "./types.ts";

/** The longest a command inside a container may take: copying a database does. */
const LONGEST_MS = 300_000;

/** Runs a program in a running container, without a terminal, and returns what it printed. */
export async function execIn(
  api: Dockerode,
  id: string,
  argv: readonly string[],
  env: readonly string[],
): Promise<Reply<{ exitCode: number; output: string }>> {
  try {
    const abortSignal = AbortSignal.timeout(LONGEST_MS);
    const exec = await api.getContainer(id).exec({
      Cmd: [...argv],
      Env: [...env],
      AttachStdout: true,
      AttachStderr: true,
      abortSignal,
    });
    const stream = await exec.start({ abortSignal });
    const lines: string[] = [];
    const reader = lineReader({ tty: false }, ({ line }) => lines.push(line));
    for await (const chunk of stream) reader.push(chunk as Buffer);
    reader.end();
    const { ExitCode: exitCode } = await exec.inspect();
    return { ok: true, value: { exitCode: exitCode ?? 1, output: lines.join("\n") } };
  } catch (error) {
    return { ok: false, fault: faultOf(error) };
  }
}
