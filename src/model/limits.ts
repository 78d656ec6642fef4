/** The bounds of the session's socket, which docs/guarantees.md lists. Milliseconds, bytes and counts. */

/** A timer takes no more: what is longer would fire at once. */
export const LONGEST_MS = 2 ** 31 - 1;

/** A request is a line of a few hundred bytes, a report of a crash a few thousand. In UTF-16 units. */
export const LONGEST_FRAME = 256 * 1024;

/** An answer is the status of a session at most. */
export const LONGEST_ANSWER = 16 * 1024 * 1024;

/** How deep a frame's lists and objects may lie in each other. */
export const DEEPEST_FRAME = 8;

/** Connections at once. The oldest that never said anything goes first. */
export const MOST_CLIENTS = 2_000;

/** Requests of one connection that are under way at once. */
export const MOST_REQUESTS = 32;

/** Bytes that wait for a client that does not read its answers; past that it is dropped. */
export const MOST_UNREAD = 4 * 1024 * 1024;

/** Bytes of log lines that wait for a slow reader; what comes past that it misses, and is told how many lines. */
export const MOST_UNREAD_LOGS = 1024 * 1024;
