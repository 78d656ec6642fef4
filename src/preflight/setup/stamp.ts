import { createHash } from "node:crypto";
import path from "node:path";
import type { SetupStep } from "../../model/project.ts";
import type { Files } from "../../system/files/files.ts";

/** What is known about a step: when it last ran to its end, with what; or that it began and did not end. */
export type Stamp =
  /** `absent`: declared packages that it did not install, those of another platform for example. */
  | { state: "done"; inputs: string; title: string; absent?: string[] }
  /** `fresh`: its output did not exist before, so what is there now is half made by us. */
  | { state: "began"; fresh: boolean; title: string };

/** One file a step, by what it runs and where; shared by the apps that have the same step. */
export function stampFile(folder: string, step: SetupStep): string {
  return path.join(folder, `${digest([step.cwd, ...step.run]).slice(0, 16)}.json`);
}

export async function readStamp(files: Files, file: string): Promise<Stamp | null> {
  try {
    return JSON.parse((await files.read(file)) ?? "null") as Stamp | null;
  } catch {
    return null;
  }
}

/** The content of a step's inputs, in their order; null for one that is not there. */
export const inputsOf = (files: Files, { inputs }: SetupStep): Promise<(string | null)[]> =>
  Promise.all(inputs.map((input) => files.read(input)));

/** The content of what decides whether the step runs again; an input that is not there counts as such. */
export const stepFingerprint = ({ run }: SetupStep, contents: readonly (string | null)[]): string =>
  digest([...run, ...contents.map((content) => content ?? "\u0000absent")]);

/**
 * What the step ran with. It may have written its lock file; what lists the packages only users change, and a change
 * made while it ran is still to be installed.
 */
export const ranWith = (
  { inputs, declares }: SetupStep,
  before: readonly (string | null)[],
  after: readonly (string | null)[],
): (string | null)[] => inputs.map((input, at) => (declares && !isLockFile(input) ? before[at] : after[at]) ?? null);

/** Whether an input is not what the step began with; lock files are written by it. */
export const hasChanged = (
  { inputs }: SetupStep,
  before: readonly (string | null)[],
  after: readonly (string | null)[],
): boolean => inputs.some((input, at) => !isLockFile(input) && before[at] !== after[at]);

/** A lock file of npm, pnpm, yarn, bun, uv, poetry, pdm, pipenv or pixi. */
export const isLockFile = (file: string): boolean => /lock|shrinkwrap/.test(path.basename(file));

const digest = (parts: readonly string[]): string => createHash("sha256").update(JSON.stringify(parts)).digest("hex");

/** The stamp of a task: beside those of the steps, and like them kept from session to session. */
export const taskStampFile = (folder: string, task: string): string => path.join(folder, `task-${task}.json`);
