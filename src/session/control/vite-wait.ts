import path from "node:path";
import type { App } from "../../model/project.ts";
import { askVite, type ModuleState, type ViteServer } from "../../reload/vite-module.ts";
import type { System } from "../../system/system.ts";
import { duration } from "../../util/text.ts";

export interface ViteWait {
  app: App;
  served: ViteServer;
  base: string;
  /** Saved since it started, the newest first. */
  modules: readonly string[];
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

/** Until Vite serves these modules as they are on disk; else the error that it reports, with its place and code. */
export async function servedNow(system: System, wait: ViteWait): Promise<string | null> {
  const deadline = system.clock.monotonic() + wait.timeoutMs;
  const states = await Promise.all(
    wait.modules.slice(0, MOST_MODULES).map((file) => untilNoticed(system, wait, file, deadline)),
  );
  return states.find((problem) => problem !== null) ?? null;
}

async function untilNoticed(system: System, wait: ViteWait, file: string, deadline: number): Promise<string | null> {
  const { app, served, base, gone } = wait;
  for (;;) {
    const answer = await askVite(system, served, base, file);
    if (answer.state === "broken") return problemOf(wait, file, answer);
    if (answer.state === "unknown" && wait.named) return `${app.name} does not serve ${path.relative(wait.root, file)}`;
    const age = system.clock.now().getTime() - (await system.files.savedAt(file));
    if (answer.state !== "old" || age > NOTICED_MS) return null;
    if (gone.aborted) return "the client has stopped waiting";
    if (system.clock.monotonic() > deadline)
      return `not within ${duration(wait.timeoutMs)}: ${app.name} serves an older ${path.basename(file)}`;
    await system.clock.sleep(POLL_MS, gone);
  }
}

type Broken = Extract<ModuleState, { state: "broken" }>;

function problemOf({ app, root }: ViteWait, asked: string, { message, file, line, frame }: Broken): string {
  const where = path.relative(root, file ?? asked);
  return [`${app.name}: ${where}${line === null ? "" : `:${line}`}: ${message}`, ...frame].join("\n");
}
