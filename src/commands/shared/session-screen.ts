import path from "node:path";
import { branchAt } from "../../checkout/git.ts";
import { readHistory } from "../../logs/history.ts";
import { newestFirst } from "../../logs/past.ts";
import type { Instance } from "../../model/instance.ts";
import type { LinesAnswer } from "../../model/page.ts";
import { openHistoryThread, type HistoryThread } from "../../page/history.ts";
import type { PastLines, SessionAccess } from "../../live/session-access.ts";
import type { Screen } from "../../live/screen.ts";
import type { LiveState } from "../../live/state.ts";
import { askSession } from "../../system/engine/ask-session.ts";
import type { Environment } from "../../system/environment.ts";
import type { Terminal } from "../../system/terminal/terminal.ts";
import type { CommandContext } from "./context.ts";
import { flushLogs } from "./flush-logs.ts";

/** The flags of a command that shows a session. */
export interface LiveFlags {
  /** Without the footer and its keys: the stream alone. */
  plain: boolean;
  /** The time of day before each line. */
  timestamps: boolean;
}

/** A person sits at a terminal that can show a footer and reports single keys. */
export function canShowFooter({ out, keys }: Terminal, { shell, agent }: Environment, { plain }: LiveFlags): boolean {
  const inCi = shell.CI !== undefined && !["", "0", "false"].includes(shell.CI);
  return out.isTTY && keys.isTTY && !plain && !inCi && agent === undefined && shell.TERM !== "dumb";
}

type Leaving = Pick<SessionAccess, "quit" | "detach" | "returned">;

export interface SessionScreenOptions extends LiveFlags {
  leaving: Leaving;
  /** What is known of a session that runs already. */
  state?: LiveState;
  /** The only apps and tasks that are shown at first. */
  names?: readonly string[] | null;
}

/** The session of an instance on this terminal, with the footer and the keys. */
export async function screenOf(
  context: CommandContext,
  instance: Instance,
  options: SessionScreenOptions,
): Promise<Screen> {
  const { system, terminal, color, verbose, asTyped } = context;
  const { leaving, timestamps, state, names = null } = options;
  const [{ openScreen }, { nothingYet }, branch] = await Promise.all([
    import("../../live/screen.ts"),
    import("../../live/state.ts"),
    branchAt(system.files, instance.root),
  ]);
  return openScreen(
    { clock: system.clock, terminal },
    {
      color,
      verbose,
      timestamps,
      asTyped,
      names,
      branch,
      state: state ?? nothingYet(path.basename(instance.root)),
      session: sessionAccess(context, instance, leaving),
    },
  );
}

/** What is read at once holds up what comes. Milliseconds. */
const READ_MS = 500;

/** What the screen can do to the session of an instance, whichever process runs it. */
function sessionAccess(
  { system }: Pick<CommandContext, "system">,
  instance: Instance,
  leaving: Leaving,
): SessionAccess {
  const { clock, logFiles } = system;
  let thread: Promise<HistoryThread> | null = null;
  return {
    ...leaving,
    ask: (request, timeoutMs) => askSession(system, instance, request, timeoutMs),
    async history(query): Promise<PastLines> {
      await flushLogs(system, instance);
      const until = clock.monotonic() + READ_MS;
      let cut = false;
      const enough = (): boolean => (cut ||= clock.monotonic() > until);
      const { records, last } = readHistory(logFiles, instance.logs, {
        ...query,
        filtered: true,
        inOrder: false,
        enough,
      });
      return { records: [...records], last, cut };
    },
    async search(search, unwanted) {
      thread ??= openHistoryThread(system, instance);
      const query = { ...search, after: null, since: null, until: null, level: null };
      const found = await (await thread).lines(query, unwanted);
      return "error" in found ? found.error : (JSON.parse(found.json) as LinesAnswer).lines;
    },
    events: () => newestFirst(logFiles, instance.logs),
    browse: async (url) => (await system.browser())(url, system.environment),
    pattern: system.pattern,
  };
}
