import type { FaultFinder, FoundFault } from "./found.ts";

/** What a server writes before its level: the time, the process, the thread. */
const FATAL = /(?:^|[\s\][])(?<level>FATAL|PANIC|CRITICAL)\b(?:[:\]]|\s)+(?<text>.+)$/;

/** Normal while a database starts, stops or is restored. */
const PASSING =
  /starting up|shutting down|in recovery mode|not yet accepting connections|due to administrator command|terminating (?:autovacuum|background)/i;

/** The most severe lines of a container. Other errors of a database are answers to a client, which reports them itself. */
export const containerFinder = (): FaultFinder => ({
  line(text): FoundFault[] {
    const { level, text: said } = FATAL.exec(text)?.groups ?? {};
    if (level === undefined || said === undefined || PASSING.test(said)) return [];
    return [{ kind: "container", message: `${level}: ${said.trim()}`, places: [], frames: [] }];
  },
  rest: () => [],
  matters: () => true,
  busy: false,
});
