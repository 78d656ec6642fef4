import type { System } from "../../system/system.ts";
import type { ControlOptions } from "./options.ts";

/** If a wait ends with the reason of a crash that was found in the project's own code, puts the file and line before it. */
export async function withPlace(
  { clock }: Pick<System, "clock">,
  { faults, model }: Pick<ControlOptions, "faults" | "model">,
  names: readonly string[],
  error: string | null,
): Promise<string | null> {
  const failure = names
    .map((name) => model().apps.get(name)?.failure ?? null)
    .find((one) => one && error?.includes(one));
  if (error === null || !failure) return error;
  await faults.settled();
  // its last reports are written one tick after they are decided
  await clock.sleep(0);
  const fault = model().errors.find(({ app, message }) => names.includes(app) && failure.includes(message));
  if (!fault || fault.file === null) return error;
  const place = fault.line === null ? fault.file : `${fault.file}:${fault.line}`;
  return error.replace(failure, () => `${place}: ${failure}`);
}
