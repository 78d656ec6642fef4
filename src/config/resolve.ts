import path from "node:path";
import { type AppEntry, entriesOf, claimedPort } from "./entries.ts";
import { isObject } from "../util/guard.ts";
import type { App as Options, Infra, Ready, Setup } from "./options.ts";
import { buildOutputs } from "./build-outputs.ts";
import { withDebuggers } from "./debug.ts";
import { envFiles } from "./env-files.ts";
import type { App, Command, InfraRequest, Isolation, Project, Readiness, SetupStep } from "../model/project.ts";
import { isolationNote, movedParts, ownPorts } from "./isolated.ts";
import type { ConfigDeps } from "./deps.ts";
import { COMPOSE_NAMES } from "./file-names.ts";
import { proxyNotes } from "./proxy-notes.ts";
import { rest } from "./passthrough.ts";
import { reloaderFlags } from "./reloader-flags.ts";
import { type Program, resolveProgram } from "./program.ts";
import { namingFolders } from "./setup-steps.ts";
import { groupsOf } from "./task-entries.ts";
import { beneath, envSource } from "./env-source.ts";
import { type Names, namesOf, sorted } from "./names.ts";
import { sharingVenvs } from "./sharing-venvs.ts";
import { resolveTasks } from "./tasks.ts";
import { parseCommand } from "./command-line.ts";

export interface ResolveSource {
  /** What the file exports, already validated. */
  config: unknown;
  root: string;
  configFile: string | null;
  /** What the file put into `process.env`. */
  variables: Readonly<Record<string, string>>;
  /** `--port APP=N`. */
  ports: Readonly<Record<string, number>>;
  isolation?: Isolation | null;
}

/** The validated configuration with every default filled in and every path absolute. */
export async function resolveProject(given: ResolveSource, outside: ConfigDeps): Promise<Project> {
  const { isolation = null } = given;
  const source = isolation ? { ...given, ports: { ...ownPorts(isolation), ...given.ports } } : given;
  const { config, root, configFile } = source;
  const entries = entriesOf(config);
  const names = namesOf(config);
  const infra = isObject(config) ? (config.infra as Infra | undefined) : undefined;
  const each = await Promise.all(entries.map((entry) => resolveApp(entry, names, source, outside)));
  const apps = withDebuggers(sharingInstalls(sharingFolders(sharingVenvs(each, each))), entries, isolation?.moved);
  const request = infra ? await infraRequest(infra, root, outside) : null;
  const configured = new Map(entries.map((entry) => [entry.name, claimedPort(entry, {}) ?? 0]));
  const proxies = await proxyNotes(
    { root, apps, infra: request, configured, redirects: isolation !== null },
    outside.files,
  );
  const notes = [...(isolation ? [isolationNote(isolation)] : []), ...proxies];
  return {
    name: isObject(config) && typeof config.name === "string" ? config.name : path.basename(root),
    root,
    configFile,
    infra: request,
    apps,
    tasks: sharingVenvs(await resolveTasks(config, apps, source, outside), each).map((task) => ({
      ...task,
      ...(isolation ? { movedPorts: isolation.moved } : {}),
    })),
    groups: groupsOf(config),
    ...(notes.length > 0 ? { notes } : {}),
    ...(isolation ? { isolation } : {}),
    ...(isObject(config) && typeof config.idleMinutes === "number" ? { idleMinutes: config.idleMinutes } : {}),
    ...(isObject(config) && isObject(config.mcp) && config.mcp.run === true ? { agentsMayRun: true } : {}),
  };
}

async function resolveApp(entry: AppEntry, names: Names, source: ResolveSource, outside: ConfigDeps): Promise<App> {
  const { root } = source;
  const options = entry.app as Options<string, string>;
  const cwd = path.resolve(root, options.cwd ?? ".");
  const port = claimedPort(entry, source.ports);
  const { variables = {}, ...program } = await resolveProgram(entry, { cwd, root, port }, outside);
  const watch = watching(entry, options, program);
  return {
    name: entry.name,
    ...program,
    cwd,
    port,
    ports: (options.ports ?? []).map((one) => movedTo(one, entry.name, source)),
    envFiles: await envFiles(program, { ...options, cwd, root }, outside.files),
    env: beneath(variables, envSource(options.env, source.variables, outside)),
    dependsOn: sorted(options.dependsOn ?? [], names),
    start: options.start ?? true,
    ...(await movedParts({ ...program, name: entry.name, cwd }, source, outside)),
    ready: readiness(movedReady(options.ready, entry.name, source), outside.loader),
    reload: watch.reload,
    watch: watch.folders.map((folder) => path.resolve(cwd, folder)),
    ignore: [
      ...list(options.ignore ?? (entry.kind === "pm2" ? options.ignore_watch : undefined)),
      ...watch.ignore,
      ...(watch.reload === "restart" && entry.kind !== "pm2"
        ? await buildOutputs(cwd, program.command, outside.files)
        : []),
    ],
    ...setUp(options.setup, program, cwd, root),
    graceMs: Number(options.graceMs ?? options.kill_timeout ?? usualGrace(port, watch.reload)),
    pm2: { ...(entry.kind === "pm2" && !watch.reload ? { autorestart: true } : {}), ...rest(entry.app) },
  };
}

const movedTo = (port: number, app: string, { isolation }: ResolveSource): number =>
  isolation?.moved.find((one) => one.app === app && one.from === port)?.to ?? port;

const movedReady = (ready: Ready | undefined, app: string, source: ResolveSource): Ready | undefined =>
  ready && "tcp" in ready && ready.tcp !== undefined ? { ...ready, tcp: movedTo(ready.tcp, app, source) } : ready;

/** A queue worker ends the job under way first: Celery's shutdown alone takes five seconds. */
const usualGrace = (port: number | null, reload: App["reload"]): number =>
  port === null && reload === "warm" ? 10_000 : 3_000;

/** Vite locks a folder for one development server: apps that share one are distinguished. */
const sharingFolders = (apps: readonly App[]): App[] =>
  apps.map((app) => {
    const shares = apps.some((other) => other !== app && other.kind === "vite" && other.cwd === app.cwd);
    return app.kind === "vite" && shares ? { ...app, sharesFolder: true } : app;
  });

/** What the set-up of another app that starts installs into the same folder is not left to the user. */
const sharingInstalls = (apps: readonly App[]): App[] => {
  const made = apps.flatMap(({ start, setup }) => (start ? setup.flatMap(({ declares }) => declares ?? []) : []));
  return apps.map((app) => ({
    ...app,
    installs: app.installs.filter(
      ({ declares: wanted }) =>
        !wanted ||
        !wanted.files.every((file) =>
          made.some(({ files, installedIn }) => installedIn === wanted.installedIn && files.includes(file)),
        ),
    ),
  }));
};

/** PM2's `watch: true` means a restart; a folder named beside a warm app only narrows what is watched. */
function watching(
  { kind }: AppEntry,
  { watch, reload }: Options<string, string>,
  { reload: usual, command: line }: Program,
) {
  const asked = watch === undefined ? undefined : watch !== false && (kind === "pm2" || !usual ? "restart" : usual);
  const named = reloaderFlags(line);
  const own = named.folders.length > 0 ? named.folders : ["."];
  return {
    reload: reload ?? asked ?? usual,
    folders: [...(typeof watch === "boolean" || watch === undefined ? own : list(watch)), ...named.watch],
    ignore: named.ignore,
  };
}

async function infraRequest(infra: Infra, root: string, { files }: ConfigDeps): Promise<InfraRequest> {
  const names = await files.list(root);
  const compose = infra.compose ?? COMPOSE_NAMES.find((name) => names.includes(name)) ?? "compose.yml";
  return {
    files: list(compose).map((file) => path.resolve(root, file)),
    services: infra.services ? [...infra.services] : null,
    required: infra.required ?? true,
    timeoutMs: infra.timeoutMs ?? 180_000,
  };
}

/** Its own steps, or those that its program has by default; these are then what could install its packages. */
function setUp(own: Options<string, string>["setup"], program: Program, cwd: string, root: string) {
  const setup = namingFolders(own === undefined ? program.setup : steps(own, cwd), root);
  const installs = program.installs ?? (own === undefined ? [] : program.setup);
  return { setup, installs };
}

function readiness(ready: Ready | undefined, loader: ConfigDeps["loader"]): Readiness {
  const timeoutMs = ready?.timeoutMs ?? 30_000;
  if (!ready) return { kind: "default", timeoutMs };
  if ("http" in ready && ready.http !== undefined) return { kind: "http", path: ready.http, timeoutMs };
  if ("tcp" in ready && ready.tcp !== undefined) return { kind: "tcp", port: ready.tcp, timeoutMs };
  if ("log" in ready && ready.log !== undefined)
    return { kind: "log", pattern: loader.pattern(pattern(ready.log)), timeoutMs };
  return { kind: "default", timeoutMs };
}

/** A pattern that remembers where it stopped (`g`, `y`) would miss lines. */
const pattern = (log: RegExp | string): RegExp =>
  typeof log === "string" ? new RegExp(log) : new RegExp(log.source, log.flags.replaceAll(/[gy]/g, ""));

function steps(setup: readonly Setup[] | false, cwd: string): SetupStep[] {
  return (setup || []).map(({ run, inputs, output }) => {
    const command: Command = typeof run === "string" ? parseCommand(run) : { argv: [...run], shell: false };
    return {
      run: command.shell ? ["/bin/sh", "-c", command.line] : command.argv,
      inputs: list(inputs).map((file) => path.resolve(cwd, file)),
      output: output === undefined ? null : path.resolve(cwd, output),
      cwd,
      title: typeof run === "string" ? run : run.join(" "),
    };
  });
}

const list = (value: string | readonly string[] | undefined): string[] =>
  typeof value === "string" ? [value] : [...(value ?? [])];
