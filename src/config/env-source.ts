import type { EnvSource, References } from "../model/project.ts";
import type { ConfigDeps } from "./deps.ts";
import type { App as Options, Variables } from "./options.ts";

/** A function of the user's runs with the user's variables in `process.env`, as the file itself did. */
export function envSource(
  env: Options<string, string, string>["env"],
  added: Readonly<Record<string, string>>,
  { environment, loader }: ConfigDeps,
): EnvSource {
  if (typeof env !== "function") return { ...added, ...textual(env ?? {}) };
  const shell = { ...environment.shell, ...added };
  return (references: References) => ({ ...added, ...textual(loader.within(shell, () => env(references))) });
}

const textual = (variables: Variables): Record<string, string> =>
  Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) =>
      value === undefined || value === null ? [] : [[name, String(value)] as const],
    ),
  );
