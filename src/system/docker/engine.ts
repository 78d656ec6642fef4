import type Dockerode from "dockerode";
import type {
  ContainerDetails,
  ContainerSummary,
  Endpoint,
  DockerEngine,
  EventListener,
  EngineFault,
  Reply,
} from "./types.ts";
import { execIn } from "./exec.ts";
import { followEvents } from "./events.ts";
import { engineFault } from "./fault.ts";
import { readLogs } from "./logs.ts";

/** dockerode on one connection. */
export interface Client {
  api: Dockerode;
  /** What the transport itself reported (ssh's stderr). */
  complaint: () => string;
  close: () => void;
}

/** An engine that is alive answers these immediately; one that does not within this time hangs. */
const CALL_MS = 10_000;
/** Stopping waits for the container's grace, starting for networks and volumes. */
const SLOW_MS = 60_000;

export function engineOver({ api, close }: Client, { url, source, host, remote, env }: Endpoint): DockerEngine {
  const call = async <T>(act: (abortSignal: AbortSignal) => Promise<T>, ms = CALL_MS): Promise<Reply<T>> => {
    try {
      return { ok: true, value: await act(AbortSignal.timeout(ms)) };
    } catch (error) {
      return { ok: false, fault: engineFault(error) };
    }
  };
  const change = async (act: (abortSignal: AbortSignal) => Promise<unknown>): Promise<Reply<void>> => {
    const reply = await call(act, SLOW_MS);
    // 304: it already was in that state
    return reply.ok || reply.fault.status === 304 ? { ok: true, value: undefined } : reply;
  };
  return {
    endpoint: { url, source, host, remote, env },
    version: () => call(async () => versionOf(await api.version())),
    containers: (labels) =>
      call(async (abortSignal) =>
        (await api.listContainers({ all: true, filters: { label: [...labels] }, abortSignal })).map(summary),
      ),
    inspect: (id) => call(async (abortSignal) => details(await api.getContainer(id).inspect({ abortSignal }))),
    start: (id) => change((abortSignal) => api.getContainer(id).start({ abortSignal })),
    unpause: (id) => change((abortSignal) => api.getContainer(id).unpause({ abortSignal })),
    stop: (id) => change((abortSignal) => api.getContainer(id).stop({ abortSignal })),
    exec: (id, argv, variables) => execIn(api, id, argv, variables),
    async image(reference) {
      const reply = await call((abortSignal) => api.getImage(reference).inspect({ abortSignal } as object));
      if (reply.ok) return { ok: true, value: reply.value.Id };
      return reply.fault.status === 404 ? { ok: true, value: null } : reply;
    },
    events: (labels, signal, listener: EventListener): Promise<EngineFault | null> =>
      followEvents(api, labels, signal, listener),
    logs: (id, options, onLine) => readLogs(api, id, options, onLine),
    close,
  };
}

const versionOf = (v: Dockerode.DockerVersion): { version: string; api: string; platform: string } => ({
  version: v.Version,
  api: v.ApiVersion,
  platform: `${v.Os}/${v.Arch}`,
});

function summary(c: Dockerode.ContainerInfo): ContainerSummary {
  return {
    id: c.Id,
    name: (c.Names[0] ?? c.Id.slice(0, 12)).replace(/^\//, ""),
    image: c.Image,
    state: c.State,
    status: c.Status,
    labels: c.Labels,
    ports: c.Ports.filter((port) => port.PublicPort).map((port) => ({
      container: port.PrivatePort,
      host: port.PublicPort,
      address: port.IP ?? "",
      protocol: port.Type,
    })),
  };
}

function details(c: Dockerode.ContainerInspectInfo): ContainerDetails {
  const { State: state, Config: config } = c;
  return {
    id: c.Id,
    image: config.Image,
    state: state.Status,
    exitCode: state.ExitCode,
    oomKilled: state.OOMKilled,
    error: state.Error,
    startedAt: state.StartedAt,
    restartCount: c.RestartCount,
    tty: config.Tty,
    env: Object.fromEntries((config.Env ?? []).map(pair)),
    health: healthOf(state.Health, config.Healthcheck?.Test ?? []),
  };
}

interface RawHealth {
  Status: string;
  FailingStreak: number;
  Log?: { ExitCode: number; Output: string; End: string }[] | null;
}

/** Podman reports a container without a check as one whose check has no status. */
function healthOf(raw: RawHealth | undefined, test: string[]): ContainerDetails["health"] {
  if (!raw?.Status || raw.Status === "none") return null;
  return {
    status: raw.Status,
    failingStreak: raw.FailingStreak,
    test,
    results: (raw.Log ?? []).map((r) => ({ exitCode: r.ExitCode, output: r.Output, end: r.End })),
  };
}

function pair(text: string): [string, string] {
  const at = text.indexOf("=");
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}
