import { readFileSync, readdirSync, realpathSync } from "node:fs";

/** Looks at files without a turn of the thread pool, which takes longer than each of these. None of them throws. */

/** Empty where it cannot be listed. */
export const namesNow = (folder: string): string[] => orElse(() => readdirSync(folder), []);

/** null: it cannot be read. */
export const textNow = (file: string): string | null => orElse(() => readFileSync(file, "utf8"), null);

/** null: there is no such file. */
export const realpathNow = (file: string): string | null => orElse(() => realpathSync(file), null);

function orElse<T>(look: () => T, otherwise: T): T {
  try {
    return look();
  } catch {
    return otherwise;
  }
}
