import path from "node:path";
import { isObject } from "../../util/guard.ts";
import { LOCK_FILES } from "../../config/package-manager.ts";
import type { Outcome } from "../../diagnostics/outcome.ts";
import type { Instance } from "../../model/instance.ts";
import type { App, Project, SetupStep } from "../../model/project.ts";
import { isSetUp, setupEnded } from "../../preflight/setup/setup.ts";
import { isLockFile } from "../../preflight/setup/stamp.ts";
import type { System } from "../../system/system.ts";
import { joinWithAnd } from "../../util/text.ts";
import type { Apps } from "./apps.ts";

export interface PackageChangesOptions {
  project: Pick<Project, "apps">;
  instance: Pick<Instance, "setup">;
  apps: Pick<Apps, "renew" | "isWarm" | "installed">;
  /** The configuration again: a lock file that is new or gone may mean another package manager. */
  load: () => Promise<Outcome<Project>>;
  stopping: AbortSignal;
}

/** A pull or a switch of branches writes many files, one after the other: they are read when they have rested this long. */
const QUIET_MS = 250;
/** A file that has gone is mostly the first half of a switch of branches, which may be slow with the second. */
const GONE_QUIET_MS = 3_000;

type Deps = Pick<System, "files" | "clock">;
/** The text of each file that counts, or null where there is none. */
type Contents = Map<string, string | null>;

/**
 * Follows the files that decide what an app's set-up installs (package.json, lock files, requirements). When they have
 * changed, the affected apps are set up again and restarted. A warm Python does this for itself.
 */
export async function followPackages(system: Deps, options: PackageChangesOptions): Promise<void> {
  const { files } = system;
  const { stopping } = options;
  let { apps } = options.project;
  let known = await contentsOf(files, apps);
  const watched = new Set<string>();
  let looking = Promise.resolve();
  let isDue = false;

  const look = async (): Promise<void> => {
    await setupEnded();
    const before = apps;
    const now = await restingContents(system, before, known, stopping);
    const changed = differing(known, now);
    if (changed.length === 0 || stopping.aborted) return;
    const loaded = await options.load();
    const after = loaded.ok ? loaded.value.apps.filter(({ name }) => before.some((app) => app.name === name)) : before;
    watch(after);
    const affected = await affectedBy(changed, { before, after, known }, files, options);
    // what the configuration and the installed packages were compared with has gone on: this was half of a change
    if (differing(now, await contentsOf(files, before)).length > 0 && !stopping.aborted) return look();
    apps = after;
    known = now;
    if (affected.length === 0 || stopping.aborted) return;
    const theirs = trackedBy([...affected, ...before.filter(({ name }) => affected.some((app) => app.name === name))]);
    const names = [...new Set(changed.filter((file) => theirs.includes(file)).map((file) => path.basename(file)))];
    await options.apps.renew(affected, `${joinWithAnd(names)} changed`);
    // the install's own lock file is no change; what was saved meanwhile is one
    const own = lockFilesOf(affected);
    const installed = await contentsOf(files, apps);
    known = new Map([...installed].map(([file, text]) => [file, own.has(file) ? text : (now.get(file) ?? null)]));
    return look();
  };

  const changed = (): void => {
    if (isDue || stopping.aborted) return;
    isDue = true;
    // one after another: a change during an install is looked at when that has ended
    looking = looking.then(() => {
      isDue = false;
      return look();
    });
  };

  const watch = (followed: readonly App[]): void => {
    for (const file of trackedBy(followed).filter((one) => !watched.has(one))) {
      watched.add(file);
      files.watch(file, changed, stopping);
    }
  };
  watch(apps);

  // a wait may ask before the watch has told, and before what was saved has rested
  options.apps.installed.follow(async () => {
    if (differing(known, await contentsOf(files, apps)).length > 0) changed();
    await looking;
  });
}

/** As they are when nothing has been written to them for a while: never one half of a change. */
async function restingContents(
  { files, clock }: Deps,
  apps: readonly App[],
  known: Contents,
  stopping: AbortSignal,
): Promise<Contents> {
  for (let before = await contentsOf(files, apps); ;) {
    await clock.sleep(hasGone(known, before) ? GONE_QUIET_MS : QUIET_MS, stopping);
    const now = await contentsOf(files, apps);
    if (stopping.aborted || differing(before, now).length === 0) return now;
    before = now;
  }
}

const differing = (before: Contents, now: Contents): string[] =>
  [...now.keys()].filter((file) => now.get(file) !== before.get(file));

/** Apps whose packages, or whose command in package.json, these files have changed. */
async function affectedBy(
  changed: readonly string[],
  { before, after, known }: { before: readonly App[]; after: readonly App[]; known: Contents },
  files: System["files"],
  { instance, apps }: PackageChangesOptions,
): Promise<App[]> {
  const isAffected = async (app: App): Promise<boolean> => {
    const old = before.find(({ name }) => name === app.name);
    if (!old || apps.isWarm(app.name)) return false;
    const theirs = trackedBy([app, old]).filter((file) => changed.includes(file));
    const made = await Promise.all(theirs.map((file) => isMade(file, app, { known, files, folder: instance.setup })));
    if (made.every(Boolean)) return false;
    const isSame = JSON.stringify([old.command, old.setup]) === JSON.stringify([app.command, app.setup]);
    return !isSame || !(await isSetUp(files, app, instance.setup));
  };
  const affected = await Promise.all(after.map(isAffected));
  return after.filter((_, at) => affected[at]);
}

/**
 * Whether it came with what a step has made, as `pyvenv.cfg` with a new environment: also where a later step failed. One that a user
 * makes, because the step could not, is a change.
 */
async function isMade(
  file: string,
  app: App,
  { known, files, folder }: { known: Contents; files: System["files"]; folder: string },
): Promise<boolean> {
  if ((known.get(file) ?? null) !== null) return false;
  const makers = app.setup.filter(({ output }) => output !== null && file.startsWith(`${output}${path.sep}`));
  const done = await Promise.all(makers.map((step) => isSetUp(files, { ...app, setup: [step] }, folder)));
  return done.some(Boolean);
}

/** The inputs of the apps' steps; beside those of Node every lock file that there might be. */
function trackedBy(apps: readonly Pick<App, "setup">[]): string[] {
  const steps = apps.flatMap(({ setup }) => setup);
  return [...new Set(steps.flatMap((step) => [...step.inputs, ...locksBeside(step)]))];
}

const locksBeside = ({ declares, cwd }: SetupStep): string[] =>
  declares && path.basename(declares.installedIn) === "node_modules"
    ? LOCK_FILES.map((name) => path.join(cwd, name))
    : [];

/** Those that an install of these apps writes itself. */
const lockFilesOf = (apps: readonly App[]): Set<string> =>
  new Set(apps.flatMap(({ setup }) => setup.flatMap(({ inputs }) => inputs.filter(isLockFile))));

/** Whether a file is gone and its folder has none instead, as another package manager's lock file. */
function hasGone(known: Contents, now: Contents): boolean {
  const there = (contents: Contents): string[] =>
    [...now.keys()].filter((file) => (contents.get(file) ?? null) !== null);
  const before = there(known);
  const instead = new Set(
    there(now)
      .filter((file) => !before.includes(file))
      .map((file) => path.dirname(file)),
  );
  return before.some((file) => now.get(file) === null && !instead.has(path.dirname(file)));
}

async function contentsOf(files: System["files"], apps: readonly App[]): Promise<Contents> {
  const tracked = trackedBy(apps);
  const contents = await Promise.all(tracked.map((file) => files.read(file).catch(() => null)));
  return new Map(tracked.map((file, at) => [file, relevant(file, contents[at] ?? null)]));
}

/** The text of a package.json without what installs nothing and starts nothing. */
function relevant(file: string, text: string | null): string | null {
  if (text === null || path.basename(file) !== "package.json") return text;
  try {
    const json = JSON.parse(text) as unknown;
    return isObject(json) ? JSON.stringify({ ...json, ...DESCRIPTIVE }) : text;
  } catch {
    return text;
  }
}

const DESCRIPTIVE = Object.fromEntries(
  ["name", "version", "description", "keywords", "author", "license", "homepage", "repository", "bugs"].map((key) => [
    key,
    undefined,
  ]),
);
