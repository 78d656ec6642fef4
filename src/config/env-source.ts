import type { EnvSource, References } from "../model/project.ts";
import type { ConfigDeps } from "./deps.ts";
import { isObject } from "../util/guard.ts";
import type { App as Options, Variables } from "./options.ts";
import { show } from "./problem.ts";
import { configSnapshot } from "./snapshot.ts";

/** A function of the user's runs with the user's variables in `process.env`, as the file itself did. */
export function envSource(
  env: Options<string, string, string>["env"],
  added: Readonly<Record<string, string>>,
  { environment, loader }: ConfigDeps,
): EnvSource {
  if (typeof env !== "function") return { ...added, ...textual(env ?? {}) };
  const shell = { ...environment.shell, ...added };
  return async (references: References) => {
    const returned: unknown = await loader.within<unknown>(shell, () => env(references));
    const { config, problems } = configSnapshot(returned);
    const wrong = problems.map(({ key, message }) => `${key}: ${message}`).concat(variableProblems(config));
    if (wrong.length > 0)
      throw new Error(`its env function returned what no environment can hold: ${wrong.join("; ")}`);
    return { ...added, ...textual(config as Variables) };
  };
}

/** The same with weaker variables added. */
export const beneath = (weaker: Readonly<Record<string, string>>, env: EnvSource): EnvSource =>
  typeof env === "function" ? async (references) => ({ ...weaker, ...(await env(references)) }) : { ...weaker, ...env };

/** As the schema has it for an `env` that is no function. */
function variableProblems(returned: unknown): string[] {
  if (!isObject(returned)) return [`expected an object, got ${show(returned)}`];
  return Object.entries(returned)
    .filter(([, value]) => value != null && !["string", "number", "boolean"].includes(typeof value))
    .map(([name, value]) => `${name}: expected a string or a number, got ${show(value)}`);
}

const textual = (variables: Variables): Record<string, string> =>
  Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) =>
      value === undefined || value === null ? [] : [[name, String(value)] as const],
    ),
  );
