import type { Receipt } from "./events.ts";

/** One line about what a dead session left; null where it left nothing. */
export function sweptNotice({ ended, leftovers }: Pick<Receipt, "ended" | "leftovers">): string | null {
  if (ended.length === 0 && leftovers.length === 0) return null;
  const names = ended.map(({ pid, app }) => (app === "" ? `pid ${pid}` : `pid ${pid}, ${app}`));
  const swept = `swept ${ended.length} leftover${ended.length === 1 ? "" : "s"} of an earlier session (${names.join("; ")})`;
  if (leftovers.length === 0) return swept;
  return `${swept}; still there: ${leftovers.map(({ pid, reason }) => `pid ${pid} ${reason}`).join("; ")}`;
}
