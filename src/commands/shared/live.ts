import path from "node:path";
import { readHistory } from "../../logs/history.ts";
import { newestFirst } from "../../logs/past.ts";
import type { Instance } from "../../model/instance.ts";
import type { LinesAnswer } from "../../model/page.ts";
import { openHistoryThread, type HistoryThread } from "../../page/history.ts";
import type { History, SessionDoors } from "../../live/doors.ts";
import type { Screen } from "../../live/screen.ts";
import type { LiveState } from "../../live/state.ts";
import type { Environment } from "../../system/environment.ts";
import type { Terminal } from "../../system/terminal.ts";
import type { CommandContext } from "./context.ts";

/** The flags of a command that shows a session. */
export interface LiveFlags {
  /** Without the footer and its keys: the stream alone. */
  plain: boolean;
  /** The time of day before each line. */
  timestamps: boolean;
}

/** A person sits at a terminal that can show a footer and hear single keys. */
export function isLive({ out, keys }: Terminal, { shell, agent }: Environment, { plain }: LiveFlags): boolean {
  const inCi = shell.CI !== undefined && !["", "0", "false"].includes(shell.CI);
  return out.isTTY && keys.isTTY && !plain && !inCi && agent === undefined && shell.TERM !== "dumb";
}

type Leaving = Pick<SessionDoors, "quit" | "detach" | "returned">;

export interface ScreenWish extends LiveFlags {
  leaving: Leaving;
  /** What is known of a session that runs already. */
  state?: LiveState;
  /** The only apps and tasks that are shown at first. */
  names?: readonly string[] | null;
}

/** The session of an instance on this terminal, with the footer and the keys. */
export async function screenOf(context: CommandContext, instance: Instance, wish: ScreenWish): Promise<Screen> {
  const { system, terminal, color, verbose, asTyped } = context;
  const { leaving, timestamps, state, names = null } = wish;
  const [{ openScreen }, { nothingYet }, branch] = await Promise.all([
    import("../../live/screen.ts"),
    import("../../live/state.ts"),
    branchOf(system, instance.root),
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
      doors: sessionDoors(context, instance, leaving),
    },
  );
}

/** What is read at once holds up what comes. Milliseconds. */
const READ_MS = 500;

/** What the screen can do to the session of an instance, whichever process runs it. */
function sessionDoors({ system }: Pick<CommandContext, "system">, instance: Instance, leaving: Leaving): SessionDoors {
  const { clock, logFiles } = system;
  const asked = async <T>(what: (engine: Engine) => Promise<T>): Promise<T | null> => {
    const engine = await system.connectEngine(instance);
    try {
      return engine ? await what(engine) : null;
    } finally {
      engine?.close();
    }
  };
  let thread: Promise<HistoryThread> | null = null;
  return {
    ...leaving,
    ask: (request, timeoutMs) => asked((engine) => engine.ask(request, timeoutMs)),
    async history(query): Promise<History> {
      // the answer comes once every line so far is in the files
      await asked((engine) => engine.events(true, () => {}));
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

type Engine = NonNullable<Awaited<ReturnType<CommandContext["system"]["connectEngine"]>>>;

/** The branch that is checked out where the project is, as git records it; null where there is none. */
async function branchOf({ files }: CommandContext["system"], root: string): Promise<string | null> {
  for (let folder = root; ; folder = path.dirname(folder)) {
    const git = path.join(folder, ".git");
    const kind = await files.kind(git).catch(() => null);
    if (kind === "folder") return branchIn(await files.read(path.join(git, "HEAD")));
    if (kind === "file") {
      // a linked worktree names the folder that has its HEAD
      const [, place = ""] = /^gitdir: (.+)$/m.exec((await files.read(git)) ?? "") ?? [];
      return branchIn(await files.read(path.join(path.resolve(folder, place), "HEAD")));
    }
    if (path.dirname(folder) === folder) return null;
  }
}

/** Detached at a commit it is none. */
const branchIn = (head: string | null): string | null => /^ref: refs\/heads\/(.+)$/m.exec(head ?? "")?.[1] ?? null;
