import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { TestContext } from "vitest";
import type { App, InfraRequest, ProjectWithInfra } from "../../../src/model/project.ts";
import type { Diagnostic } from "../../../src/diagnostics/diagnostic.ts";
import type { Infra } from "../../../src/infra/infra.ts";
import { openInfra } from "../../../src/infra/project-infra.ts";
import type { InfraSystem } from "../../../src/infra/context.ts";
import type { SessionEvent } from "../../../src/model/events.ts";
import { realSystem } from "../../../src/system/real.ts";
import { publicApi } from "../../rigs/public-api.ts";
import type { Outcome } from "../../../src/diagnostics/outcome.ts";
import { removeComposeProject } from "../../rigs/docker.ts";
import { cleanEnvironment } from "../../rigs/environment.ts";
import { until } from "../../rigs/wait.ts";
import { sampleApp } from "../../unit/plan/sample.ts";

/** A folder with a compose file of its own project, on a real engine; its containers and volumes go with the test. */
export interface Lab {
  folder: string;
  /** The compose project's name. */
  name: string;
  environment: Record<string, string>;
  write(file: string, text: string): void;
  docker(...args: string[]): Promise<string>;
  compose(...args: string[]): Promise<string>;
  /** Id and start of the container of a service: what must stay the same when it is left alone. */
  identity(service: string): Promise<string>;
  open(options?: LabOptions): Watched;
}

export interface LabOptions {
  /** As a session looks at it. */
  onlyNeeded?: boolean;
  files?: string[];
  services?: string[] | null;
  required?: boolean;
  timeoutMs?: number;
  apps?: Partial<App>[];
  env?: Record<string, string>;
}

/** The infra of one session, with everything it said. */
export interface Watched {
  infra: Infra;
  events: SessionEvent[];
  names(): string[];
  of<E extends SessionEvent["event"]>(event: E): Extract<SessionEvent, { event: E }>[];
  until<E extends SessionEvent["event"]>(
    event: E,
    matches?: (event: Extract<SessionEvent, { event: E }>) => boolean,
  ): Promise<Extract<SessionEvent, { event: E }>>;
  abort(): void;
}

export const IMAGE = "postgres:17";
/** A service of the real image that runs a shell line instead of its server, and ends at once when asked to. */
export function shell(line: string, more = ""): string {
  const command = JSON.stringify(line.replaceAll("$", "$$$$"));
  // a network takes a second to make and another to remove; only ports need one
  const network = more.includes("ports:") ? "" : "    network_mode: none\n";
  return `    image: ${IMAGE}\n    init: true\n    entrypoint: [sh, -c, ${command}]\n    stop_grace_period: 0s\n${network}${more}`;
}

export const systemFor = (env: Readonly<Record<string, string>>, cwd: string): InfraSystem =>
  realSystem(
    {
      shell: env,
      cwd,
      home: env.HOME ?? "/root",
      uid: process.getuid?.() ?? 0,
      user: "ana",
      platform: process.platform,
      pid: process.pid,
      node: process.execPath,
    },
    publicApi,
  );

/**
 * What a program prints, without the newline. Never the synchronous kind: other tests run in this process at the same
 * time, and while it is blocked their timers run out before what they wait for is read.
 */
export async function run(
  [program = "", ...args]: readonly string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string; timeout?: number } = {},
): Promise<string> {
  const running = promisify(execFile)(program, args, { ...options, encoding: "utf8" });
  running.child.stdin?.end();
  return (await running).stdout.trim();
}

/** `engine`: another than the machine's own. Without one the test is skipped. */
export async function lab(ctx: TestContext, composeFile: string, engine?: string): Promise<Lab> {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), "devpm-infra-")));
  const home = path.join(folder, "home");
  mkdirSync(home);
  const { DOCKER_HOST: _host, ...clean } = cleanEnvironment(home);
  const environment: Record<string, string> = {
    ...clean,
    DEVPM_HOME: path.join(home, "devpm"),
    ...(engine ? { DOCKER_HOST: engine } : {}),
  };
  if (!engine) await needEngine(ctx, environment);
  const name = `devpmtest${randomBytes(4).toString("hex")}`;
  const write = (file: string, text: string): void => {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  };
  write("compose.yml", `name: ${name}\n${composeFile}`);
  const docker = (...args: string[]): Promise<string> => run(["docker", ...args], { env: environment, cwd: folder });
  const opened: Watched[] = [];
  ctx.onTestFinished(() => {
    for (const one of opened) one.abort();
    for (const one of opened) one.infra.close();
    removeComposeProject(name, environment);
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    folder,
    name,
    environment,
    write,
    docker,
    compose: (...args) => docker("compose", "-f", path.join(folder, "compose.yml"), ...args),
    identity: (service) => docker("inspect", "-f", "{{.Id}} {{.State.StartedAt}}", `${name}-${service}-1`),
    open(options = {}) {
      const watched = open(folder, { ...environment, ...options.env }, options);
      opened.push(watched);
      return watched;
    },
  };
}

export async function needEngine(ctx: TestContext, env: Record<string, string>): Promise<void> {
  const there = await succeeds(["docker", "image", "inspect", IMAGE], { env, timeout: 60_000 });
  ctx.skip(!there, `no Docker engine with the image ${IMAGE}`);
}

export const succeeds = (...[command, options]: Parameters<typeof run>): Promise<boolean> =>
  run(command, options).then(
    () => true,
    () => false,
  );

export function projectIn(folder: string, options: LabOptions): ProjectWithInfra {
  const request: InfraRequest = {
    files: (options.files ?? ["compose.yml"]).map((file) => path.join(folder, file)),
    services: options.services ?? null,
    required: options.required ?? true,
    timeoutMs: options.timeoutMs ?? 60_000,
  };
  return {
    name: "lab",
    root: folder,
    configFile: null,
    infra: request,
    tasks: [],
    groups: {},
    apps: (options.apps ?? []).map((app) => sampleApp({ ...app, cwd: app.cwd ? path.join(folder, app.cwd) : folder })),
  };
}

function open(folder: string, env: Record<string, string>, options: LabOptions): Watched {
  const events: SessionEvent[] = [];
  const stop = new AbortController();
  const project = projectIn(folder, options);
  const infra = openInfra(systemFor(env, folder), project, {
    emit: (event) => void events.push(event),
    signal: stop.signal,
    ...(options.onlyNeeded === undefined ? {} : { onlyNeeded: options.onlyNeeded }),
  });
  const of: Watched["of"] = (event) =>
    events.filter((one): one is Extract<SessionEvent, { event: typeof event }> => one.event === event);
  return {
    infra,
    events,
    names: () => events.map(({ event }) => event),
    of,
    until: (event, matches = () => true) =>
      until(`event ${event}`, () => of(event).find(matches), {
        describe: () => JSON.stringify(events, null, 1),
      }),
    abort: () => stop.abort(),
  };
}

/** The value, or a failure that shows the diagnostics. */
export function value<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Error(`failed:\n${JSON.stringify(outcome.diagnostics, null, 2)}`);
  return outcome.value;
}

export function diagnostic<T>(outcome: Outcome<T>): Diagnostic {
  if (outcome.ok) throw new Error("it did not fail");
  const [first] = outcome.diagnostics;
  if (!first) throw new Error("it failed without a diagnostic");
  return first;
}

/** Everything a diagnostic says, as one text. */
export const said = ({ code, summary, evidence, excerpt, state, fixes }: Diagnostic): string =>
  [
    `${summary}  ${code}`,
    ...evidence.map(([label, text]) => `${label}: ${typeof text === "string" ? text : text.join(" | ")}`),
    ...(excerpt ?? []),
    state ?? "",
    ...fixes.map(({ label, command }) => `${label}: ${command}`),
  ].join("\n");

/** Up and every service usable. */
export async function bringUp({ infra }: Watched): Promise<void> {
  value(await infra.check());
  value(await infra.up());
  for (const { service } of infra.statuses()) value(await infra.ready(service));
}
