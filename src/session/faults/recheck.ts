import { askVite, isModule, sourceMapOf, viteBase, type ViteServer } from "../../reload/vite-module.ts";
import type { System } from "../../system/system.ts";
import type { SessionModel } from "../session-model.ts";

/** Vite notices a save within milliseconds, or not at all. */
const NOTICE_MS = 2_000;
const POLL_MS = 50;
/** What it prints about a broken file arrives by another way than its answer. */
const PRINTED_MS = 300;

/** Where an app answers now; a port of null where it does not. */
export function servedBy({ apps }: SessionModel, app: string): ViteServer {
  const url = apps.get(app)?.status.url ?? null;
  if (url === null) return { port: null };
  const { port, protocol } = new URL(url);
  return { port: Number(port) || null, https: protocol === "https:" };
}

/** Which line of a file a position in its module comes from. */
export async function originalLine(
  system: System,
  served: ViteServer,
  file: string,
  generated: { line: number; column: number },
): Promise<number | null> {
  const base = await viteBase(system, served);
  const map = base === null ? null : await sourceMapOf(system, served, base, file);
  return map === null ? null : system.sourceMaps.originalLine(map, generated);
}

/** Has the development server of an app look at a saved file again: what it finds is in its output. */
export async function recheck(system: System, served: ViteServer, file: string): Promise<void> {
  const base = isModule(file) ? await viteBase(system, served) : null;
  if (base === null) return;
  const deadline = system.clock.monotonic() + NOTICE_MS;
  for (;;) {
    const { state } = await askVite(system, served, base, file);
    if (state === "broken") return system.clock.sleep(PRINTED_MS);
    if ((state !== "old" && state !== "silent") || system.clock.monotonic() > deadline) return;
    await system.clock.sleep(POLL_MS);
  }
}
