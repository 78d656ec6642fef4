import path from "node:path";
import type { App, SetupStep } from "../../model/project.ts";
import type { System } from "../../system/system.ts";
import { activation } from "../../util/activation.ts";

/** What a step runs with: the user's shell, the app's venv once it is whole, and what the step adds. */
export async function setupEnvironment(
  { files, environment }: Pick<System, "files" | "environment">,
  app: App,
  step: SetupStep,
  session: string | undefined,
): Promise<Record<string, string>> {
  const { shell } = environment;
  return {
    ...shell,
    ...(app.venv !== null && (await files.kind(path.join(app.venv, "bin"))) === "folder"
      ? activation(app.venv, shell.PATH)
      : {}),
    PYTHONUNBUFFERED: "1",
    ...step.env,
    ...(session === undefined ? {} : { DEVPM_SESSION: session }),
  };
}
