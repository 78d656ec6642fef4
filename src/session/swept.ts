import type { Receipt } from "./events.ts";

/** What the guardian of a session whose devpm was killed has done since, for the next command. */
export function guardianNotice({ ended, leftovers }: Receipt): string {
  const apps = [...new Set(ended.map(({ app }) => app))].filter((app) => app !== "").toSorted();
  const what = apps.length > 0 ? `ended ${apps.join(" and ")}` : "ended what it had started";
  const left = leftovers.map(({ pid, command, reason }) => `pid ${pid} ${command} ${reason}`);
  const rest = left.length === 0 ? "nothing was left" : `still there: ${left.join("; ")}`;
  return `the last session's devpm was killed; its guardian ${what}, ${rest}`;
}

/** One line about what a dead session had left; null where it had left nothing. */
export function sweptNotice({ ended, leftovers }: Receipt): string | null {
  if (ended.length === 0 && leftovers.length === 0) return null;
  const names = ended.map(({ pid, app }) => (app === "" ? `pid ${pid}` : `pid ${pid}, ${app}`));
  const swept = `swept ${ended.length} leftover${ended.length === 1 ? "" : "s"} of an earlier session (${names.join("; ")})`;
  if (leftovers.length === 0) return swept;
  return `${swept}; still there: ${leftovers.map(({ pid, reason }) => `pid ${pid} ${reason}`).join("; ")}`;
}
