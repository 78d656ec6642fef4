/** Figures as people read them, in the terminal and in the browser. */

/** `24 ms`, `2.1 s`, `3 min 5 s`, `2 h 4 min`, `3 d 2 h`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return two(seconds, 60, "min", "s");
  if (seconds < 86_400) return two(Math.floor(seconds / 60), 60, "h", "min");
  return two(Math.floor(seconds / 3_600), 24, "d", "h");
}

function two(amount: number, size: number, large: string, small: string): string {
  const rest = amount % size;
  return rest === 0
    ? `${Math.floor(amount / size)} ${large}`
    : `${Math.floor(amount / size)} ${large} ${rest} ${small}`;
}

export const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

/** `12:04:07`, the local time of day. */
export const timeOfDay = (iso: string): string => new Date(iso).toTimeString().slice(0, 8);

/** `12 300`: in groups of three, for readability. */
export const counted = (count: number): string => String(count).replaceAll(/(?<=\d)(?=(?:\d{3})+$)/g, " ");
