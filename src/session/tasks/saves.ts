import type { Task } from "../../model/project.ts";
import { newestSave } from "../../reload/newest-save.ts";
import type { System } from "../../system/system.ts";
import { afterQuiet } from "../../util/after-quiet.ts";

const QUIET_MS = 40;

/** Calls back once after each burst of saves in any of the folders, until the signal is aborted. */
export function onSaves(
  { files, clock }: Pick<System, "files" | "clock">,
  folders: readonly string[],
  saved: () => void,
  signal: AbortSignal,
): void {
  const changed = afterQuiet(clock, QUIET_MS, signal, saved);
  for (const folder of folders) files.watchFolder(folder, changed, signal);
}

const POLL_MS = 400;

/**
 * Calls back once, after any save below the task's folder: a migration may fail because of a model. The folder is
 * polled, not watched: this lasts only until the task is fixed, and a recursive watch of a repository costs more.
 */
export async function onSourceSave(
  { files, clock }: Pick<System, "files" | "clock">,
  task: Task,
  saved: () => void,
  signal: AbortSignal,
): Promise<void> {
  const newest = (): Promise<number> => newestSave(files, { ...task, reload: "restart", watch: [task.cwd] });
  const before = await newest();
  while (!signal.aborted) {
    await clock.sleep(POLL_MS, signal);
    if (signal.aborted || (await newest()) === before) continue;
    saved();
    return;
  }
}
