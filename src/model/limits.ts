/** The limits of sessions and their sockets, which docs/guarantees.md lists. Milliseconds, bytes and counts. */

/** The maximum of a timer: a longer one would fire immediately. */
export const LONGEST_MS = 2 ** 31 - 1;

/** A request is a line of a few hundred bytes, a report of a crash a few thousand. In UTF-16 units. */
export const LONGEST_FRAME = 256 * 1024;

/** The largest answer is the status of a session. */
export const LONGEST_ANSWER = 16 * 1024 * 1024;

/** How deeply a frame's lists and objects may be nested. */
export const DEEPEST_FRAME = 8;

/** Simultaneous connections. The oldest that never sent anything is closed first. */
export const MOST_CLIENTS = 2_000;

/** Simultaneous requests of one connection. */
export const MOST_REQUESTS = 32;

/** Connections to the page of a session. The oldest one without an admitted request is closed first. */
export const MOST_PAGE_CONNECTIONS = 128;

/** Event streams of the page that are open at once; more are refused. */
export const MOST_PAGE_STREAMS = 32;

/** The body of a request to the page. Bytes. */
export const LONGEST_PAGE_BODY = 64 * 1024;

/** An export of traces of a FastAPI that is not kept warm. Bytes. */
export const LONGEST_TRACES = 4 * 1024 * 1024;

/** Browsers that a session's page knows, and links that are not used yet. The oldest is forgotten first. */
export const MOST_PAGE_KEYS = 64;

/** How long a link of `devpm ui` can be used, once. Milliseconds. */
export const PAGE_LINK_MS = 60 * 60_000;

/** Lines in one answer of the history to the page. */
export const MOST_PAGE_LINES = 5_000;

/** Bytes queued for a client that does not read its answers; beyond that it is disconnected. */
export const MOST_UNREAD = 4 * 1024 * 1024;

/**
 * Bytes of log lines queued for a slow reader: a client, a terminal, a pipe. It misses the lines beyond that, and receives
 * their number.
 */
export const MOST_UNREAD_LOGS = 1024 * 1024;

/** How long the apps wait for the terminal of `devpm dev` (or its pipe) once that much is queued for it. */
export const PATIENCE_MS = 500;

/** A line in the history; the rest of a longer one is dropped. In UTF-16 units. */
export const LONGEST_LINE = 1024 * 1024;

/** A line on a screen and in a live stream; the history has the rest. */
export const LONGEST_SHOWN_LINE = 64 * 1024;

/** Bytes of output that PM2's daemon keeps beside what the kernel keeps; beyond that the apps' pipes are left unread. */
export const MOST_UNREAD_OUTPUT = 64 * 1024;
