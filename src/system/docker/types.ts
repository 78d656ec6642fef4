import type { Environment } from "../environment.ts";
import type { Files } from "../files/files.ts";

/** The way to a container engine: Docker's own, or any other that implements its API. */
export interface Docker {
  /**
   * Finds the engine the user's `docker` command would talk to (DOCKER_HOST, then the current context), and only where
   * neither was chosen the usual sockets. Bounded in time; the result of each attempt is kept.
   */
  connect(environment: Environment, files: Files, options?: ConnectOptions): Promise<Connection>;
}

export interface ConnectOptions {
  signal?: AbortSignal;
  /** Milliseconds an engine may take to answer the first call (default 3 000; over ssh 15 000). */
  timeoutMs?: number;
}

export type Connection = { ok: true; engine: DockerEngine } | { ok: false; attempts: Attempt[] };

/** One engine that did not answer, and what it reported instead. */
export interface Attempt {
  /** `unix:///var/run/docker.sock`, `tcp://10.0.0.5:2376`, `ssh://ana@build`. */
  url: string;
  /** Why it was tried: `DOCKER_HOST`, `context "colima"`, `usual socket`. */
  source: string;
  fault: EngineFault;
}

/** `absent`: no such socket or name. `refused`: no listener. `denied`: no access. `hangs`: accepts, never answers. */
export interface EngineFault {
  kind: "absent" | "refused" | "denied" | "hangs" | "lost" | "answered";
  /** One sentence, the engine's or the system's own words where there are some. */
  detail: string;
  /** The HTTP status of an engine that did answer. */
  status: number | null;
}

export type Reply<T> = { ok: true; value: T } | { ok: false; fault: EngineFault };

export interface Endpoint {
  url: string;
  source: string;
  /** Name or address under which ports published by its containers are reached from here. */
  host: string;
  /** The containers run on another machine: its folders and processes cannot be read from here. */
  remote: boolean;
  /** What the `docker` command needs in its environment to reach the same engine. */
  env: Readonly<Record<string, string>>;
}

/** An engine that answered. Every call is bounded in time and reports failure as a value. */
export interface DockerEngine {
  readonly endpoint: Endpoint;
  version(): Promise<Reply<{ version: string; api: string; platform: string }>>;
  /** Running or not. `labels` are `name=value`, all must match. */
  containers(labels: readonly string[]): Promise<Reply<ContainerSummary[]>>;
  inspect(id: string): Promise<Reply<ContainerDetails>>;
  start(id: string): Promise<Reply<void>>;
  unpause(id: string): Promise<Reply<void>>;
  /** Asks it to stop, kills it after its own grace period (the container's, Docker's default 10 s). */
  stop(id: string): Promise<Reply<void>>;
  /** Runs a program in a running container; `env` are `NAME=value`. What it printed on both streams, in lines. */
  exec(
    id: string,
    argv: readonly string[],
    env: readonly string[],
  ): Promise<Reply<{ exitCode: number; output: string }>>;
  /** The image's id, or null where the engine does not have it. */
  image(reference: string): Promise<Reply<string | null>>;
  /** Calls back for each event until the engine goes away or `signal` aborts, then resolves with why. */
  events(labels: readonly string[], signal: AbortSignal, listener: EventListener): Promise<EngineFault | null>;
  /** Calls back for each line, oldest first. Resolves when the log ends, `signal` aborts or the engine goes away. */
  logs(id: string, options: LogOptions, onLine: (line: ContainerLine) => void): Promise<Reply<void>>;
  /** Closes connections; calls in flight fail. */
  close(): void;
}

export interface EventListener {
  /** The subscription is active: what happens from here on is reported. */
  open(): void;
  event(event: ContainerEvent): void;
}

export interface ContainerSummary {
  id: string;
  name: string;
  /** As it was asked for; an image id once the name means another image. */
  image: string;
  /** created, running, paused, restarting, removing, exited, dead. */
  state: string;
  /** "Up 3 minutes (healthy)", "Exited (1) 5 seconds ago". */
  status: string;
  labels: Readonly<Record<string, string>>;
  ports: PublishedPort[];
}

export interface PublishedPort {
  container: number;
  host: number;
  /** The address it is bound to; empty where the engine does not report it. */
  address: string;
  protocol: string;
}

export interface ContainerDetails {
  id: string;
  image: string;
  state: string;
  exitCode: number;
  oomKilled: boolean;
  /** The engine's own message on why it could not be started; empty otherwise. */
  error: string;
  startedAt: string;
  restartCount: number;
  tty: boolean;
  env: Readonly<Record<string, string>>;
  health: Health | null;
}

export interface Health {
  status: string;
  failingStreak: number;
  /** The check's command as written: `["CMD-SHELL", "pg_isready"]`. */
  test: string[];
  /** Newest last. */
  results: { exitCode: number; output: string; end: string }[];
}

export interface ContainerEvent {
  /** start, die, oom, `health_status: healthy`, … */
  action: string;
  id: string;
  labels: Readonly<Record<string, string>>;
}

export interface LogOptions {
  /** How many of the last lines; all by default. */
  lines?: number;
  since?: Date;
  follow: boolean;
  signal: AbortSignal;
}

export interface ContainerLine {
  stream: "out" | "err";
  line: string;
  at: string;
}
