import { parse } from "dotenv";
import type { App, References } from "../model/project.ts";
import type { System } from "../system/system.ts";
import { environmentOf } from "./variables.ts";

/**
 * The environment an app starts with, read anew each time, so that a changed `.env` counts. What the user's own `env`
 * function throws is thrown.
 */
export async function appEnvironment(
  { files, environment }: Pick<System, "files" | "environment">,
  app: App,
  { session, references }: { session: string; references: References },
): Promise<Record<string, string>> {
  const texts = await Promise.all(app.envFiles.map((file) => files.read(file)));
  const urls = Object.entries(references.apps).map(([name, { url }]) => [name, url] as const);
  return environmentOf({
    app,
    shell: environment.shell,
    fromFiles: Object.assign({}, ...texts.map((text) => parse(text ?? ""))) as Record<string, string>,
    fromConfig: configured(app, references),
    session,
    urls: Object.fromEntries(urls),
  });
}

/** A variable made with a value of an absent service holds a NUL, which no variable can: it is left as it is. */
function configured({ env }: App, references: References): Record<string, string> {
  const variables = Object.entries(typeof env === "function" ? env(references) : env);
  return Object.fromEntries(
    variables.filter((entry): entry is [string, string] => entry[1] !== undefined && !entry[1].includes("\u0000")),
  );
}
