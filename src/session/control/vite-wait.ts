import path from "node:path";
import type { App } from "../../model/project.ts";
import {
  askVite,
  isModule,
  isSilent,
  isViteConfig,
  type ModuleState,
  viteBase,
  viteRestart,
  type ViteServer,
} from "../../reload/vite-module.ts";
import type { System } from "../../system/system.ts";
import { shellQuote } from "../../util/shell-quote.ts";
import { duration } from "../../util/text.ts";

export interface ViteWait {
  app: App;
  served: ViteServer;
  /** Saved since it started, the newest first. */
  saved: readonly string[];
  /** What it printed last. */
  printed: () => readonly string[];
  root: string;
  /** It is this file alone that is asked for, of this app. */
  named: boolean;
  timeoutMs: number;
  gone: AbortSignal;
}

const POLL_MS = 25;
/** Where what is served does not show what it was made from, a save this old has been noticed. */
const NOTICED_MS = 1_000;
const MOST_MODULES = 20;
/** How long what listens there may refuse connections. */
const RESTART_MS = 5_000;
const LEFT = "the client has stopped waiting";

/**
 * Until Vite serves what was saved as it is on disk; else the error that it reports, with its place and code. `none`: what listens
 * there is not Vite.
 */
export async function servedNow(system: System, wait: ViteWait): Promise<string | null | { none: true }> {
  const deadline = system.clock.monotonic() + wait.timeoutMs;
  const restarted = await untilRestarted(system, wait, deadline);
  if (restarted !== null) return restarted;
  const base = await viteBase(system, wait.served);
  if (base === null) return { none: true };
  const modules = wait.saved.filter(isModule).slice(0, MOST_MODULES);
  const states = await Promise.all(modules.map((file) => untilNoticed(system, { ...wait, base }, file, deadline)));
  return states.find((problem) => problem !== null) ?? null;
}

/**
 * It restarts itself when its configuration is saved: it reads that while it still answers, and then refuses connections for a
 * moment. Where it prints nothing of that, a moment after the save.
 */
async function untilRestarted(system: System, wait: ViteWait, deadline: number): Promise<string | null> {
  const { app, served, saved, gone } = wait;
  const config = saved.find(isViteConfig);
  const isNoticed = async (): Promise<boolean> =>
    config === undefined || system.clock.now().getTime() - (await system.files.savedAt(config)) > NOTICED_MS;
  const patient = Math.min(deadline, system.clock.monotonic() + RESTART_MS);
  for (;;) {
    const restart = viteRestart(wait.printed());
    if (restart !== "under way" && !(await isSilent(system, served)) && (await isNoticed())) {
      if (restart === null || config === undefined) return null;
      return `${app.name}: Vite could not restart with ${path.relative(wait.root, config)} (devpm logs ${shellQuote(app.name)})`;
    }
    if (gone.aborted) return LEFT;
    const now = system.clock.monotonic();
    if (now > deadline) return `not within ${duration(wait.timeoutMs)}: ${app.name} restarts itself`;
    // what never takes connections there, or prints the same for another reason, is no Vite
    if (now > patient) return null;
    await system.clock.sleep(POLL_MS, gone);
  }
}

async function untilNoticed(
  system: System,
  wait: ViteWait & { base: string },
  file: string,
  deadline: number,
): Promise<string | null> {
  const { app, served, base, gone } = wait;
  for (;;) {
    const answer = await askVite(system, served, base, file);
    const { state } = answer;
    if (answer.state === "broken") return problemOf(wait, file, answer);
    if (state === "unknown" && wait.named) return `${app.name} does not serve ${path.relative(wait.root, file)}`;
    const age = system.clock.now().getTime() - (await system.files.savedAt(file));
    if (state !== "silent" && (state !== "old" || age > NOTICED_MS)) return null;
    if (gone.aborted) return LEFT;
    if (system.clock.monotonic() > deadline)
      return `not within ${duration(wait.timeoutMs)}: ${app.name} ${state === "silent" ? "does not answer" : `serves an older ${path.basename(file)}`}`;
    await system.clock.sleep(POLL_MS, gone);
  }
}

type Broken = Extract<ModuleState, { state: "broken" }>;

function problemOf({ app, root }: ViteWait, asked: string, { message, file, line, frame }: Broken): string {
  const where = path.relative(root, file ?? asked);
  return [`${app.name}: ${where}${line === null ? "" : `:${line}`}: ${message}`, ...frame].join("\n");
}
