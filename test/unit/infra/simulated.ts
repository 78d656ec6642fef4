import type { Definition, ServiceDefinition } from "../../../src/infra/definition.ts";
import type { InfraContext } from "../../../src/infra/context.ts";
import { watchContainers } from "../../../src/infra/container-watch.ts";
import { LABELS } from "../../../src/infra/observation.ts";
import { oneShots } from "../../../src/infra/definition.ts";
import type { SessionEvent } from "../../../src/model/events.ts";
import type { App } from "../../../src/model/project.ts";
import type { CommandResult } from "../../../src/system/commands.ts";
import type {
  ContainerDetails,
  DockerEngine,
  EventListener,
  EngineFault,
  Reply,
} from "../../../src/system/docker/types.ts";
import type { Exchanged, Question } from "../../../src/system/exchange.ts";
import { files } from "../../../src/system/files/files.ts";
import { folderWith } from "../config/outside.ts";
import { machine } from "../machine.ts";
import { sampleApp, sampleProject } from "../plan/sample.ts";
import { virtualClock, type VirtualClock } from "../virtual-clock.ts";
import { body, details, summary } from "./build.ts";
import { commandResult } from "../command-result.ts";

export const LOST: EngineFault = { kind: "lost", detail: "connection reset", status: null };

/** A container engine that exists only in a test. */
export interface SimulatedEngine extends DockerEngine {
  /** Makes or changes the container of a service, and reports it as an event. */
  set(service: string, part: Partial<ContainerDetails>): void;
  remove(service: string): void;
  /** An event that changes nothing, of the container of a service. */
  event(action: string, service?: string): void;
  /** From now on every call fails with this; null: it answers again. */
  fail(fault: EngineFault | null): void;
  /** Ends the streams of events, as an engine that is restarted. */
  hangUp(): void;
  /** The calls, in their order: `start db`. */
  calls: string[];
  /** What `start`, `stop` and `unpause` of a service do; by default it then runs or is stopped. */
  on: Map<string, () => EngineFault | null>;
  images: Set<string>;
  log: string[];
  /** Labels of every container beside those of its project and service. */
  labels: Record<string, string>;
}

export function simulatedEngine(project = "market"): SimulatedEngine {
  const containers = new Map<string, ContainerDetails>();
  const listeners = new Set<EventListener & { end: () => void }>();
  let broken: EngineFault | null = null;
  const reply = <T>(value: T): Promise<Reply<T>> =>
    Promise.resolve(broken ? { ok: false, fault: broken } : { ok: true, value });
  const serviceOf = (id: string): string => id.replace(/^id-/, "");
  const act = async (verb: string, id: string, then: Partial<ContainerDetails>): Promise<Reply<void>> => {
    const service = serviceOf(id);
    engine.calls.push(`${verb} ${service}`);
    if (broken) return { ok: false, fault: broken };
    const fault = engine.on.get(`${verb} ${service}`)?.() ?? null;
    if (fault) return { ok: false, fault };
    if (!engine.on.has(`${verb} ${service}`)) engine.set(service, then);
    return { ok: true, value: undefined };
  };
  const engine: SimulatedEngine = {
    endpoint: { url: "unix:///var/run/docker.sock", source: "usual socket", host: "127.0.0.1", remote: false, env: {} },
    calls: [],
    on: new Map(),
    images: new Set(),
    log: [],
    labels: {},
    set(service, part) {
      containers.set(service, { ...details(), id: `id-${service}`, ...containers.get(service), ...part });
      engine.event("start");
    },
    remove(service) {
      containers.delete(service);
      engine.event("destroy");
    },
    event: (action, service) => {
      const id = service === undefined ? "" : `id-${service}`;
      for (const { event } of listeners) event({ action, id, labels: {} });
    },
    fail: (fault) => void (broken = fault),
    exec: () => Promise.resolve({ ok: true, value: { exitCode: 0, output: "" } }),
    hangUp: () => {
      for (const { end } of listeners) end();
    },
    version: () => reply({ version: "29", api: "1.50", platform: "linux/amd64" }),
    containers: () => {
      engine.calls.push("containers");
      return reply(
        [...containers].map(([service, { state, image }]) =>
          summary({
            id: `id-${service}`,
            name: `${project}-${service}-1`,
            image,
            state,
            status: "",
            labels: { ...engine.labels, [LABELS.project]: project, [LABELS.service]: service },
            ports: PUBLISHED[service] ?? [],
          }),
        ),
      );
    },
    inspect: (id) => {
      const found = containers.get(serviceOf(id));
      return found ? reply(found) : Promise.resolve({ ok: false, fault: LOST });
    },
    start: (id) => act("start", id, { state: "running" }),
    unpause: (id) => act("unpause", id, { state: "running" }),
    stop: (id) => act("stop", id, { state: "exited", exitCode: 0 }),
    image: (reference) => reply(engine.images.has(reference) ? `sha256:${reference}` : null),
    events: (_, signal, listener) =>
      new Promise((resolve) => {
        if (broken) return resolve(broken);
        const end = (): void => {
          listeners.delete(entry);
          resolve(signal.aborted ? null : LOST);
        };
        const entry = { ...listener, end };
        listeners.add(entry);
        signal.addEventListener("abort", end);
        listener.open();
      }),
    logs: (_, options, onLine) => {
      for (const line of engine.log.slice(-(options.lines ?? Infinity))) onLine({ stream: "out", line, at: "" });
      return reply(undefined);
    },
    close: () => void engine.calls.push("close"),
  };
  return engine;
}

const tcp = (container: number, host: number) => ({ container, host, address: "127.0.0.1", protocol: "tcp" });
const PUBLISHED: Record<string, ReturnType<typeof tcp>[]> = { db: [tcp(5432, 5432)], cache: [tcp(6379, 6379)] };

export interface Simulation {
  engine: SimulatedEngine;
  clock: VirtualClock;
  context: InfraContext;
  events: SessionEvent[];
  /** Names of the events with their service: `infra.failed db`. */
  said(): string[];
  /** Answers of the probes, by host port; by default they are not answered. */
  answers: Map<number, Exchanged>;
  stopping: AbortController;
  /** What Compose was called with, and what it does: exit code 0 by default. */
  compose: {
    calls: string[];
    run: (args: readonly string[], onLine: (line: string) => void) => Partial<CommandResult>;
  };
}

export interface Given {
  services?: Partial<ServiceDefinition>[];
  apps?: Partial<App>[];
  timeoutMs?: number;
  required?: boolean;
}

/** A project whose compose file was resolved, and whose engine answers. */
export async function simulate({
  services = [{}],
  apps = [{ dependsOn: { apps: [], services: ["db"], tasks: [] } }],
  timeoutMs = 60_000,
  required = true,
}: Given = {}): Promise<Simulation> {
  const clock = virtualClock();
  const engine = simulatedEngine();
  const { processes, ports } = machine();
  const home = folderWith({});
  const events: SessionEvent[] = [];
  const answers = new Map<number, Exchanged>();
  const stopping = new AbortController();
  const compose: Simulation["compose"] = { calls: [], run: () => ({}) };
  const definition: Definition = {
    name: "market",
    folder: "/p",
    files: ["/p/compose.yml"],
    services: services.map((one) => body(one)),
    from: "compose",
    version: "2.40.0",
  };
  const names = definition.services.map(({ service }) => service);
  const containers = watchContainers({ engine, clock, project: "market", services: names, initial: null });
  const request = { files: ["/p/compose.yml"], services: null, timeoutMs };
  const program: InfraContext["system"]["compose"] = {
    spelling: () => Promise.resolve("docker compose"),
    fingerprint: () => Promise.resolve("1"),
    read: () => null,
    run: (args, options) => {
      compose.calls.push(args.slice(args.lastIndexOf("-f") + 2).join(" "));
      const result = compose.run(args, options.onLine ?? (() => {}));
      return Promise.resolve(commandResult(result));
    },
  };
  const context = {
    system: {
      environment: {
        shell: { DEVPM_HOME: home },
        cwd: "/p",
        home,
        uid: 1,
        user: "ana",
        platform: "linux",
        pid: 1,
        node: "node",
      },
      clock,
      files,
      processes,
      ports,
      compose: program,
      exchange: ({ port }: Question) =>
        Promise.resolve<Exchanged>(answers.get(port) ?? { ok: false, why: "ECONNREFUSED" }),
    } as unknown as InfraContext["system"],
    engine,
    definition,
    services: names,
    oneShots: oneShots(definition.services),
    completed: new Set<string>(),
    present: new Set<string>(),
    containers,
    failing: new Set<string>(),
    project: {
      ...sampleProject(apps.map((one) => sampleApp(one))),
      infra: { ...request, required },
    } as InfraContext["project"],
    request: request as unknown as InfraContext["request"],
    emit: (event) => void events.push(event),
    signal: stopping.signal,
  } satisfies InfraContext;
  await containers.refresh();
  return {
    engine,
    clock,
    context,
    events,
    answers,
    stopping,
    compose,
    said: () => events.map((event) => ("service" in event ? `${event.event} ${event.service}` : event.event)),
  };
}
