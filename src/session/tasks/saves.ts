import type { System } from "../../system/system.ts";

/** An editor writes in several steps, a checkout in many. */
const QUIET_MS = 40;

/** Calls back once after saves in any of the folders have come to rest, again and again until the signal. */
export function onSaves(
  { files, clock }: Pick<System, "files" | "clock">,
  folders: readonly string[],
  saved: () => void,
  signal: AbortSignal,
): void {
  let resting = new AbortController();
  const changed = (): void => {
    resting.abort();
    resting = new AbortController();
    const { signal: again } = resting;
    void clock.sleep(QUIET_MS, AbortSignal.any([again, signal])).then(() => {
      if (!again.aborted && !signal.aborted) saved();
    });
  };
  for (const folder of folders) files.watchFolder(folder, changed, signal);
}

const LOOK_EVERY_MS = 400;

/** What a migration may be mended in; what it writes itself (databases, logs) is none of it. */
const SOURCES = /\.(py|[cm]?[jt]sx?|sql|prisma|ini|toml|cfg|json|ya?ml|env)$|^\.env/;
const NOT_SOURCES = /^(\.(?!env).*|node_modules|venv|__pycache__|site-packages|dist|build)$/;

/**
 * Calls back once, after a source below the folder was saved. Looked for and not watched: it lasts only until a failed
 * task is mended, and a recursive watch of a repository costs more than that.
 */
export async function onSourceSave(
  { files, clock }: Pick<System, "files" | "clock">,
  folder: string,
  saved: () => void,
  signal: AbortSignal,
): Promise<void> {
  const newest = (): Promise<number> =>
    files.newest(
      folder,
      (name) => SOURCES.test(name),
      (name) => NOT_SOURCES.test(name),
    );
  const before = await newest();
  while (!signal.aborted) {
    await clock.sleep(LOOK_EVERY_MS, signal);
    if (signal.aborted || (await newest()) === before) continue;
    saved();
    return;
  }
}
