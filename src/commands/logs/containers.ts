import type { Docker, DockerEngine } from "../../system/docker/types.ts";
import type { System } from "../../system/system.ts";
import type { HistoryQuery } from "../../logs/history.ts";
import type { Reader } from "../../logs/follow.ts";
import type { LogRecord } from "../../logs/record.ts";

/** The logs that a container engine keeps. */
export interface ContainerLogs {
  /** By name or id; resolves with null at the end of the log, or with one sentence about the failure. */
  read(
    container: string,
    options: { lines?: number; since?: Date; follow: boolean; signal: AbortSignal },
    onLine: (line: { at: string; stream: "out" | "err"; line: string }) => void,
  ): Promise<string | null>;
}

export interface ContainerReading {
  services: readonly { service: string; container: string | null }[];
  query: HistoryQuery;
  /** What comes from now on, too. */
  follow: boolean;
  reader: Reader;
  signal: AbortSignal;
}

/** Shows the lines of these services; resolves with one sentence for each that has none. */
export async function readContainers(
  containers: ContainerLogs,
  { services, query, follow, reader, signal }: ContainerReading,
): Promise<string[]> {
  const wanted = {
    // a filter needs all lines, which the engine can only count; when following, that would be the whole log
    ...(query.limit === null || (query.filtered && !follow) ? {} : { lines: query.limit }),
    ...(query.since === null ? {} : { since: new Date(query.since) }),
    follow,
    signal,
  };
  const held: LogRecord[] = [];
  const faults = await Promise.all(
    services.map(async ({ service, container }) => {
      if (container === null) return `${service} has no container: devpm infra up`;
      const fault = await containers.read(container, wanted, ({ at, stream, line }) => {
        const record: LogRecord = { at, n: 0, app: service, stream, line };
        if (!query.accept(record)) return;
        if (follow) reader.show(record);
        else held.push(record);
      });
      return fault === null ? null : `${service}: ${fault}`;
    }),
  );
  const sorted = held.toSorted((a, b) => (a.at < b.at ? -1 : Number(a.at > b.at)));
  for (const record of query.limit === null ? sorted : sorted.slice(Math.max(0, sorted.length - query.limit)))
    reader.show(record);
  return faults.filter((fault) => fault !== null);
}

/** The logs of containers, by the engine that the user's `docker` command talks to. */
export async function containerLogs({ docker, environment, files }: ContainerSystem): Promise<ContainerLogs> {
  const connection = await docker.connect(environment, files);
  if (!connection.ok) {
    const tried = connection.attempts.map(({ url, fault }) => `${url}: ${fault.detail}`).join("; ");
    return { read: () => Promise.resolve(`no container engine answers (${tried})`) };
  }
  return { read: reader(connection.engine) };
}

type ContainerSystem = Pick<System, "environment" | "files"> & { docker: Docker };

const reader =
  (engine: DockerEngine): ContainerLogs["read"] =>
  async (container, options, onLine) => {
    const reply = await engine.logs(container, options, onLine);
    return reply.ok ? null : reply.fault.detail;
  };
