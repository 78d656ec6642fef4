import path from "node:path";
import type { App, SetupStep } from "../../model/project.ts";
import type { SessionEvent } from "../../model/events.ts";
import type { System } from "../../system/system.ts";
import { type Outcome, failed, ok } from "../../diagnostics/outcome.ts";
import { joinWithAnd } from "../../util/text.ts";
import { interpretersHere } from "../python/interpreters.ts";
import { requiredPython } from "../python/requires.ts";
import { installerOf } from "../toolchain/installer.ts";
import { setupEnvironment } from "./environment.ts";
import { type Remedies, setupFailed } from "./failed.ts";
import { lostInterpreter } from "./lost-interpreter.ts";
import { missingPackages } from "./missing.ts";
import {
  hasChanged,
  inputsOf,
  isLockFile,
  ranWith,
  readStamp,
  stampFile,
  type Stamp,
  stepFingerprint,
} from "./stamp.ts";

export interface SetupRequest {
  app: App;
  /** Where the steps that ran are recorded: `instance.setup`. */
  folder: string;
  emit: (event: SessionEvent) => void;
  /** Ends the running step with everything it started. What it was making counts as not made. */
  signal: AbortSignal;
  /** The session's mark, for the processes of the steps. */
  session?: string;
  /** Whether the app runs, and continues to where a step fails. */
  runs?: () => Promise<boolean>;
}

type Deps = Pick<System, "files" | "commands" | "clock" | "environment">;

/** Steps in progress, by their stamp file: a step that several apps have runs once, and each waits for it. */
const running = new Map<string, Promise<Outcome<boolean>>>();

/** The set-ups of apps and tasks in progress. */
const setups = new Set<Promise<Outcome<void>>>();

/** What the inputs held when a step last began. */
const ranFrom = new Map<string, ReadonlyMap<string, string | null>>();

/** What each failed step was last run with, and the apps and tasks that know: one cause is one diagnostic. */
const failures = new Map<string, { inputs: string; known: Set<string> }>();

/**
 * Whether it is news to report: another app that has the same step and fails with the same inputs was already explained.
 * A second failure of the same app is one that the user asked for.
 */
function isNews(file: string, inputs: string, app: string): boolean {
  const before = failures.get(file);
  const same = before?.inputs === inputs;
  const known = same ? before.known : new Set<string>();
  const news = !same || known.has(app);
  failures.set(file, { inputs, known: known.add(app) });
  return news;
}

/** Runs an app's steps whose inputs changed since they last ran to their end, in order. */
export async function runSetup(system: Deps, request: SetupRequest): Promise<Outcome<void>> {
  const under = runSteps(system, request);
  setups.add(under);
  try {
    return await under;
  } finally {
    setups.delete(under);
  }
}

async function runSteps(system: Deps, request: SetupRequest): Promise<Outcome<void>> {
  let earlierRan = false;
  for (const step of request.app.setup) {
    const done = await runStep(system, request, step, earlierRan);
    if (!done.ok) return done;
    earlierRan ||= done.value;
  }
  return ok(undefined);
}

/** True when the step had to run. One that is in progress is waited for, and runs again with what has changed since it began. */
async function runStep(
  system: Deps,
  request: SetupRequest,
  step: SetupStep,
  earlierRan: boolean,
): Promise<Outcome<boolean>> {
  const file = stampFile(request.folder, step);
  const theirs = running.get(file);
  if (!theirs) return shared(file, runIfDue(system, request, step, { file, earlierRan }));
  const done = await theirs;
  if (!done.ok && (await isAsFailed(system, request, step))) {
    // the app that ran it reports why it failed: one cause, one diagnostic
    failures.get(file)?.known.add(request.app.name);
    return failed();
  }
  if (done.ok && (await isAsRun(system, step, file))) return done;
  const again = await runStep(system, request, step, false);
  return again.ok ? ok(again.value || (done.ok && done.value)) : again;
}

/** Whether what two apps have in common of its inputs is what it began with. */
async function isAsRun({ files }: Deps, step: SetupStep, file: string): Promise<boolean> {
  const from = ranFrom.get(file);
  const now = await inputsOf(files, step);
  return step.inputs.every((input, at) => isLockFile(input) || !from?.has(input) || from.get(input) === now[at]);
}

/** Whether it would fail again as it just did. */
async function isAsFailed({ files }: Deps, { folder, signal }: SetupRequest, step: SetupStep): Promise<boolean> {
  const inputs = stepFingerprint(step, await inputsOf(files, step));
  return signal.aborted || failures.get(stampFile(folder, step))?.inputs === inputs;
}

async function shared(file: string, under: Promise<Outcome<boolean>>): Promise<Outcome<boolean>> {
  running.set(file, under);
  try {
    return await under;
  } finally {
    running.delete(file);
  }
}

/** True when the step had to run. `file`: its stamp; `earlierRan`: what it builds on was just rebuilt. */
async function runIfDue(
  system: Deps,
  request: SetupRequest,
  step: SetupStep,
  { file, earlierRan }: { file: string; earlierRan: boolean },
): Promise<Outcome<boolean>> {
  const { files } = system;
  const stamp = await readStamp(files, file);
  const missing = earlierRan ? null : await missingPackages(step, files);
  if (!earlierRan && (await isDone(system, step, stamp, missing))) {
    // from now on a change of its inputs is noticed
    if (stamp === null) await files.write(file, await doneStamp(files, step, await inputsOf(files, step)));
    return ok(false);
  }
  if (request.signal.aborted) return failed();
  reportDrift(request, step, stamp, missing);
  const fresh = await clearHalfMade(system, step, stamp);
  await files.write(file, JSON.stringify({ state: "began", fresh, title: step.title } satisfies Stamp));
  const { ended, before, after } = await runSettled(system, request, step);
  ranFrom.set(file, new Map(step.inputs.map((input, at) => [input, before[at] ?? null])));
  if (!ended.ok) {
    if (request.signal.aborted) return ended;
    await forget(system, step, file, fresh);
    return isNews(file, stepFingerprint(step, before), request.app.name) ? ended : failed();
  }
  failures.delete(file);
  await files.write(file, await doneStamp(files, step, ranWith(step, before, after)));
  return ok(true);
}

interface RunWith {
  ended: Outcome<void>;
  before: (string | null)[];
  after: (string | null)[];
}

/** Once more where an input has changed meanwhile, which a person may have done; a step that writes its own writes the same. */
async function runSettled(system: Deps, request: SetupRequest, step: SetupStep): Promise<RunWith> {
  const onceWith = async (before: (string | null)[]): Promise<RunWith> => {
    const ended = await run(system, request, step);
    return { ended, before, after: await inputsOf(system.files, step) };
  };
  const first = await onceWith(await inputsOf(system.files, step));
  return first.ended.ok && hasChanged(step, first.before, first.after) ? onceWith(first.after) : first;
}

async function doneStamp(files: Deps["files"], step: SetupStep, contents: readonly (string | null)[]): Promise<string> {
  const inputs = stepFingerprint(step, contents);
  const absent = (await missingPackages(step, files)) ?? [];
  return JSON.stringify({ state: "done", inputs, title: step.title, absent } satisfies Stamp);
}

/** Whether every step of the app last ran to its end with its inputs as they are now. */
export async function isSetUp(files: Deps["files"], { setup }: App, folder: string): Promise<boolean> {
  const steps = setup.map(async (step) => {
    const stamp = await readStamp(files, stampFile(folder, step));
    return stamp?.state === "done" && stamp.inputs === stepFingerprint(step, await inputsOf(files, step));
  });
  return (await Promise.all(steps)).every(Boolean);
}

/** Resolves when no app is being set up. What one step makes may be what the next one reads: between the two is no end. */
export async function setupEnded(): Promise<void> {
  while (setups.size > 0) await Promise.allSettled(setups);
}

async function isDone(
  { files }: Deps,
  step: SetupStep,
  stamp: Stamp | null,
  missing: readonly string[] | null,
): Promise<boolean> {
  if (step.output !== null && (await files.kind(step.output)) === null) return false;
  // the user's own environment: there before we ever made one, and with nothing to bring up to date
  if (stamp === null) return missing?.length === 0 || (step.output !== null && step.inputs.length === 0);
  if (stamp.state !== "done" || drifted(stamp, missing).length > 0) return false;
  return stamp.inputs === stepFingerprint(step, await inputsOf(files, step));
}

/** What went missing since the step last ran; what it left out itself (another platform's packages) does not count. */
const drifted = (stamp: Stamp | null, missing: readonly string[] | null): string[] =>
  stamp?.state === "done" ? (missing ?? []).filter((name) => !stamp.absent?.includes(name)) : [];

function reportDrift(
  { emit, app }: SetupRequest,
  { declares }: SetupStep,
  stamp: Stamp | null,
  missing: string[] | null,
) {
  const gone = drifted(stamp, missing);
  if (gone.length === 0 || !declares) return;
  const where = path.basename(declares.installedIn);
  emit({ event: "notice", text: `${app.name}: ${joinWithAnd(gone.slice(0, 5))} missing from ${where}` });
}

/** Removes what an interrupted run of ours left; returns whether the output will be all ours. */
async function clearHalfMade({ files }: Deps, { output }: SetupStep, stamp: Stamp | null): Promise<boolean> {
  if (output === null) return false;
  if (stamp?.state === "began" && stamp.fresh) await files.remove(output);
  return (await files.kind(output)) === null;
}

/** After a failure nothing of ours is left: what is there next time was made by the user, as the message advised. */
async function forget(system: Deps, step: SetupStep, file: string, fresh: boolean): Promise<void> {
  await clearHalfMade(system, step, { state: "began", fresh, title: step.title });
  await system.files.remove(file);
}

async function remedies(system: Deps, { cwd }: SetupStep): Promise<Remedies> {
  const [installer, interpreters, python] = await Promise.all([
    installerOf(system),
    interpretersHere(system),
    requiredPython(cwd, system.files),
  ]);
  return { installer, interpreters, python };
}

async function run(system: Deps, request: SetupRequest, step: SetupStep): Promise<Outcome<void>> {
  const { emit, app, signal } = request;
  const named = { app: app.name, step: step.title };
  const began = system.clock.monotonic();
  const lines: string[] = [];
  emit({ event: "setup.started", ...named });
  const [program = "", ...args] = step.run;
  const env = await setupEnvironment(system, app, step, request.session);
  const result = await system.commands.run(program, args, {
    cwd: step.cwd,
    env,
    signal,
    onLine(line) {
      lines.push(line);
      emit({ event: "setup.output", ...named, line });
    },
  });
  const success = result.exitCode === 0;
  const ms = Math.round(system.clock.monotonic() - began);
  const cancelled = !success && signal.aborted ? { cancelled: true as const } : {};
  emit({ event: "setup.finished", ...named, ms, ok: success, exitCode: result.exitCode, ...cancelled });
  if (success) return ok(undefined);
  if (signal.aborted) return failed();
  const runs = (await request.runs?.()) ?? false;
  const lost = result.failure === "ENOENT" ? await lostInterpreter(system, step, env.PATH) : null;
  return failed(setupFailed({ app, step, result, lines, runs, lost }, await remedies(system, step)));
}
