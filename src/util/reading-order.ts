/**
 * A line of an app that reads as it is stored: overrides and embeddings, which reverse what follows them (CVE-2021-42574), are
 * escapes as in source code. Right-to-left letters need none of them. The marks and isolates of dates and translated texts stay.
 */
export const inReadingOrder = (line: string): string => line.replaceAll(REORDERING, escaped);

/** As an escape in source code. */
export const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

const REORDERING = /[\u202A-\u202E]/g;
