import { fingerprint } from "../../config/fingerprint.ts";
import type { App, References } from "../../model/project.ts";
import { plainEnvironment } from "../../plan/environment.ts";
import type { System } from "../../system/system.ts";

/** Whether the new configuration changes how an app runs. A new `env` that fails changes nothing, and is reported. */
export async function differs(
  system: Pick<System, "files" | "environment">,
  before: App,
  app: App,
  context: { session: string; references: References },
  notify: (text: string) => void,
): Promise<boolean> {
  const environment = async (one: App): Promise<string> => JSON.stringify(await plainEnvironment(system, one, context));
  const now = await environment(app).catch((error: unknown) => {
    notify(`${app.name} still runs as it was configured before: its new env fails: ${String(error)}`);
    return null;
  });
  if (now === null) return false;
  return fingerprint(before) !== fingerprint(app) || (await environment(before).catch(() => "")) !== now;
}
