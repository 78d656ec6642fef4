import path from "node:path";
import { appFingerprint } from "../../config/fingerprint.ts";
import type { LoadedProject } from "../../config/project-loader.ts";
import type { App, Project, Task } from "../../model/project.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { ConfigSources } from "../../system/loader/config-sources.ts";
import type { System } from "../../system/system.ts";
import { abortsWith } from "../../util/abort.ts";
import { isBelow, upwards } from "../../util/paths.ts";
import { joinWithAnd } from "../../util/text.ts";
import { releaseAfterLoads } from "../release-memory.ts";
import type { Apps } from "./apps.ts";
import type { EventStream } from "../stream.ts";

export interface ReconfigureOptions {
  /** As it was started. */
  project: Project;
  /** What it was made of. */
  sources: ConfigSources;
  apps: Pick<Apps, "reconfigure">;
  /** Receives the project as it runs, after each change. */
  use: (project: Project) => void;
  load: () => Promise<LoadedProject>;
  emit: EventStream["emit"];
  stopping: AbortSignal;
}

/** The configuration as it is on disk, beside what the session runs. */
export interface Following {
  /** Applies a save that was not noticed yet; what needs a new session, and why the file cannot be used. */
  now(): Promise<Outlook>;
}

export interface Outlook {
  /** In a few words each; empty where the session runs what the file says. */
  later: string[];
  problems: Diagnostic[];
}

/** An editor saves in several steps. */
const QUIET_MS = 100;
/** A configuration that writes what it loads, something else each time, is loaded no more often than this without a save. */
const LOADS = 3;
/** Where it writes it a little later, all saves come this soon after a load: after so many in a row each one waits twice as long. */
const SOON_MS = 500;
const IN_ROW = 10;
const MOST_DOUBLINGS = 5;

/**
 * Applies a saved configuration to the running apps: those it changes are restarted, and groups are renamed. A save of a file that
 * it loads is one of it. One that cannot be loaded changes nothing, and what needs a new session (apps added or removed, ports,
 * tasks, infra) is reported.
 */
export function followConfiguration(system: System, options: ReconfigureOptions): Following {
  if (options.sources.size === 0) return { now: () => Promise.resolve(NOTHING) };
  let { sources } = options;
  let running: Promise<Loaded> = Promise.resolve({ project: options.project, outlook: NOTHING, sources });
  let timer = new AbortController();
  let watched = new AbortController();
  let loaded = -Infinity;
  let isSaving = false;
  /** Saves that came soon after a load, one after another. */
  let inRow = 0;
  const release = releaseAfterLoads(system, options.stopping);
  // one after another: a save may arrive while the previous one is being loaded
  const look = (): Promise<Loaded> => {
    running = running.then(async (before) => {
      let now = before;
      for (let times = 0; times < LOADS && !options.stopping.aborted; times++) {
        const read = await current(system, sources);
        if (!isSaved(sources, read)) break;
        now = await reload(now.project, options);
        sources = times < LOADS - 1 ? now.sources : await current(system, now.sources);
        loaded = system.clock.monotonic();
        release();
        watch();
      }
      return now;
    });
    return running;
  };
  const soon = (): void => {
    if (!isSaving) inRow = system.clock.monotonic() - loaded < SOON_MS ? inRow + 1 : 0;
    isSaving = true;
    timer.abort();
    timer = abortsWith(options.stopping);
    const { signal } = timer;
    const quiet = QUIET_MS * 2 ** Math.min(Math.max(inRow - IN_ROW, 0), MOST_DOUBLINGS);
    void system.clock.sleep(quiet, signal).then(() => {
      if (signal.aborted) return;
      isSaving = false;
      void look();
    });
  };
  const moved = (): void => {
    watch();
    soon();
  };
  const watch = (): void => {
    const before = watched;
    watched = abortsWith(options.stopping);
    // the outer ones first: what is made in one meanwhile is noticed by it, or is there already
    for (const folder of foldersOf(sources, options.project.root)) system.files.watch(folder, moved, watched.signal);
    for (const file of sources.keys()) system.files.watch(file, soon, watched.signal);
    // later than the new ones: what was saved meanwhile is noticed by either
    before.abort();
  };
  watch();
  void look();
  return { now: async () => (await look()).outlook };
}

/** Those in the project: each may be made later, or removed and made again, and what is watched in it is in the former one. */
function foldersOf(sources: ConfigSources, root: string): string[] {
  const inside = [...sources.keys()].filter((file) => isBelow(file, root));
  return [...new Set(inside.flatMap((file) => upwards(path.dirname(file), root).slice(0, -1)))].toSorted();
}

/** The same files as they are now. */
async function current({ files }: Pick<System, "files">, sources: ConfigSources): Promise<ConfigSources> {
  const read = async (file: string): Promise<[string, string | null]> => [
    file,
    await files.read(file).catch(() => null),
  ];
  return new Map(await Promise.all([...sources.keys()].map(read)));
}

/** One that has gone comes back mostly: a switch of branches, an editor. */
const isSaved = (before: ConfigSources, now: ConfigSources): boolean =>
  [...now].some(([file, text]) => text !== null && text !== before.get(file));

const NOTHING: Outlook = { later: [], problems: [] };

interface Loaded {
  project: Project;
  sources: ConfigSources;
  outlook: Outlook;
}

async function reload(running: Project, { apps, use, load, emit, stopping }: ReconfigureOptions): Promise<Loaded> {
  const loaded = await load();
  const { sources } = loaded;
  if (stopping.aborted) return { project: running, sources, outlook: NOTHING };
  if (!loaded.ok) {
    for (const diagnostic of loaded.diagnostics) emit({ event: "diagnostic", ...stillRunning(diagnostic) });
    return { project: running, sources, outlook: { later: [], problems: loaded.diagnostics.map(stillRunning) } };
  }
  const { here, later } = compared(running, loaded.value);
  if (later.length > 0) emit({ event: "notice", text: `takes effect at the next devpm dev: ${joinWithAnd(later)}` });
  const fresh = new Map(here.map((app) => [app.name, app]));
  const { groups } = loaded.value;
  const changed = { ...running, groups, apps: running.apps.map((app) => fresh.get(app.name) ?? app) };
  use(changed);
  void apps.reconfigure(here);
  return { project: changed, sources, outlook: { later, problems: [] } };
}

const stillRunning = (diagnostic: Diagnostic): Diagnostic => ({
  ...diagnostic,
  state: "Everything still runs as it was configured before.",
});

/** `here`: apps whose new settings a restart applies. `later`: what needs a new session, each in a few words. */
export function compared(before: Project, after: Project): { here: App[]; later: string[] } {
  const old = new Map(before.apps.map((app) => [app.name, app]));
  const fresh = new Map(after.apps.map((app) => [app.name, app]));
  const here: App[] = [];
  const later = before.apps.flatMap(({ name }) => (fresh.has(name) ? [] : [`${name} is gone`]));
  for (const app of after.apps) {
    const known = old.get(app.name);
    if (!known) later.push(`${app.name} is new`);
    else if (changedClaims(known, app).length > 0)
      later.push(`the ${joinWithAnd(changedClaims(known, app))} of ${app.name}`);
    else here.push(app);
    if (known && known.start !== app.start) later.push(`that ${app.name} is ${app.start ? "on" : "off"}`);
  }
  later.push(...changedTasks(before.tasks, after.tasks));
  if (JSON.stringify(before.infra) !== JSON.stringify(after.infra)) later.push("the infra");
  return { here, later };
}

/** What other apps, or its place on the machine, depend on. The debugger's port is one of `ports`, but no one calls it that. */
function changedClaims(before: App, after: App): string[] {
  const claims = ({ port, ports, dependsOn, debugger: found }: App): Record<string, string> => {
    const debug = found && "port" in found ? found.port : null;
    const own = [port, ports.filter((one) => one !== debug)];
    return { debugger: JSON.stringify(debug), ports: JSON.stringify(own), dependencies: JSON.stringify(dependsOn) };
  };
  const now = claims(after);
  return Object.entries(claims(before)).flatMap(([name, was]) => (was === now[name] ? [] : [name]));
}

/** A task that runs, or whose result stands, is not changed under what waits for it. */
function changedTasks(before: readonly Task[], after: readonly Task[]): string[] {
  const names = [...new Set([...before, ...after].map(({ name }) => name))];
  const find = (tasks: readonly Task[], name: string): string =>
    tasks
      .filter((task) => task.name === name)
      .map(appFingerprint)
      .join("");
  return names.flatMap((name) => (find(before, name) === find(after, name) ? [] : [`the task ${name}`]));
}
