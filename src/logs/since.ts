const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/**
 * `--since`: an age (`90s`, `5m`, `2h`, `1d`; a bare number is seconds), a date or date-time (ISO 8601, local time
 * where it has no zone), or `last-save`. Returned as ISO 8601 in UTC, the form of log records; null: none of these.
 */
export function parseSince(text: string, now: Date, lastSave: () => string | null): string | null {
  if (text === "last-save") return lastSave();
  const ago = /^(\d+(?:\.\d+)?)\s*([smhd]?)$/.exec(text);
  if (ago) {
    const unit = UNITS[(ago[2] || "s") as keyof typeof UNITS];
    return isoOrNull(now.getTime() - Number(ago[1]) * unit);
  }
  // a bare date is local midnight, not midnight UTC as in ECMAScript
  return /^\d{4}-\d\d-\d\d/.test(text) ? isoOrNull(Date.parse(text.length === 10 ? `${text}T00:00` : text)) : null;
}

function isoOrNull(ms: number): string | null {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
