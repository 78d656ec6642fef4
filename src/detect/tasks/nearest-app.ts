import type { Context } from "../context.ts";
import type { DetectedApp, TaskPresetName } from "../model.ts";

const PYTHON = new Set(["flask", "fastapi", "django", "other-python"]);

/** The app of this folder, or of one above or below it, whose language is the tool's. */
export function nearestApp(
  apps: readonly DetectedApp[],
  folder: string,
  preset: TaskPresetName | undefined,
  { backends }: Context,
): DetectedApp | undefined {
  const isPythons = preset === undefined || !/^(prisma|drizzle|knex)/.test(preset);
  const able = apps.filter(({ kind }) => PYTHON.has(kind) === isPythons);
  const homeOf = ({ cwd }: DetectedApp): string => backends.find((one) => one.cwd === cwd)?.home ?? cwd;
  const isWithin = (inner: string, outer: string): boolean => outer === "." || `${inner}/`.startsWith(`${outer}/`);
  return (
    able.find(({ cwd }) => cwd === folder) ??
    able.find((app) => homeOf(app) === folder) ??
    able.find(({ cwd }) => cwd !== "." && (isWithin(cwd, folder) || isWithin(folder, cwd))) ??
    able.find(({ cwd }) => cwd === ".") ??
    (able.length === 1 && isPythons ? able[0] : undefined)
  );
}
