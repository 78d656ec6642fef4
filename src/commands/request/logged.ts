import type { CommandContext } from "../shared/context.ts";

export interface LoggedLine {
  at: string;
  stream: "out" | "err";
  line: string;
}

/** Listens to what an app logs, from now on. */
export interface LoggedListener {
  /** The lines so far, once the app rests: its access line comes after its answer. */
  rest(): Promise<LoggedLine[]>;
}

const QUIET_MS = 80;
const MOST_MS = 600;
const MOST_LINES = 200;

export async function createListener(context: CommandContext, app: string): Promise<LoggedListener> {
  const { clock } = context.system;
  const engine = await context.system.connectEngine(await context.instance());
  const lines: LoggedLine[] = [];
  let last = clock.monotonic();
  await engine?.events(true, (event) => {
    if (event.event !== "log" || event.app !== app) return;
    last = clock.monotonic();
    const { at, stream, line } = event;
    lines.push({ at, stream, line });
    // of a flood the end is kept
    if (lines.length > MOST_LINES) lines.shift();
  });
  return {
    async rest() {
      const deadline = clock.monotonic() + MOST_MS;
      last = clock.monotonic();
      while (clock.monotonic() < Math.min(deadline, last + QUIET_MS)) await clock.sleep(QUIET_MS / 4);
      engine?.close();
      return lines;
    },
  };
}
