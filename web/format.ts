import { duration } from "../src/util/figures.ts";

/** Figures as people read them: of what takes less than the terminal shows, a digit more. */
export const fineDuration = (ms: number): string => (ms < 10 ? `${Math.round(ms * 10) / 10} ms` : duration(ms));

export const bytes = (count: number): string =>
  count < 1e6
    ? `${Math.round(count / 1e3)} kB`
    : count < 1e9
      ? `${Math.round(count / 1e6)} MB`
      : `${(count / 1e9).toFixed(1)} GB`;

/** Made once: making it takes longer than all other work on a line. */
const CLOCK = new Intl.DateTimeFormat("en-GB", {
  hour12: false,
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});

/** The time of day of an ISO time, in the reader's zone. */
export const timeOfDay = (iso: string): string => {
  const at = new Date(iso);
  return Number.isNaN(at.getTime()) ? "" : CLOCK.format(at);
};

export const relativeTo = (root: string, file: string): string =>
  file.startsWith(`${root}/`) ? file.slice(root.length + 1) : file;

/** The value below which this share of them is; null for none. */
export const quantile = (values: readonly number[], share: number): number | null => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
};
