import path from "node:path";
import type { App } from "../model/project.ts";
import { variableOfUrl } from "../model/url-variable.ts";
import { activation } from "../util/activation.ts";

/** Where a variable of an app comes from. */
export type VariableSource =
  | { kind: "file"; file: string; line: number }
  /** The user's environment when devpm was started. */
  | { kind: "shell" }
  /** Defaults for development: unbuffered output, no stale bytecode, no browser tab at each start, colours, the browser's console. */
  | { kind: "default" }
  /** `env` of the configuration, or what the configuration put into `process.env`. */
  | { kind: "config" }
  /** The activation of the app's virtual environment. */
  | { kind: "venv" }
  /** What devpm sets about itself and the app's dependencies. */
  | { kind: "devpm" };

export function sourceInWords(source: VariableSource, root: string): string {
  switch (source.kind) {
    case "file":
      return `${path.relative(root, source.file)}:${source.line}`;
    case "config":
      return "configuration";
    case "default":
      return "devpm's default";
    default:
      return source.kind;
  }
}

export interface Variable {
  name: string;
  value: string;
  source: VariableSource;
  /** Weaker sources that have it too, the strongest first. */
  overrides: VariableSource[];
}

/** Variables of one strength. */
export type Layer = readonly Pick<Variable, "name" | "value" | "source">[];

export interface EnvironmentInput {
  app: Pick<App, "name" | "port" | "venv" | "dependsOn">;
  /** The user's whole environment. */
  shell: Readonly<Record<string, string>>;
  /** The variables of the environment files; given what the app has from stronger sources, which references may name. */
  files: (stronger: ReadonlyMap<string, string>) => Layer;
  /** The configuration's `env`. */
  config: Readonly<Record<string, string>>;
  session: string;
  /** It runs a Vite that prints what the browser reports, once it takes its caller for an agent. */
  forwardsConsole: boolean;
  /** Where each app is reached, null without a port. */
  urls: Readonly<Record<string, string | null>>;
}

/**
 * An app's whole environment, by name. The stronger last: files, the shell, the configuration, what devpm sets.
 * A default of devpm's replaces what the shell has, and yields to a file or a configuration that names the variable.
 */
export function environmentOf(input: EnvironmentInput): Variable[] {
  const shell = layer({ kind: "shell" }, input.shell);
  const config = layer({ kind: "config" }, input.config);
  const own = layer({ kind: "devpm" }, ownOf(input));
  const files = input.files(valuesOf(shell, config, own));
  const chosen = new Set([...files, ...config].map(({ name }) => name));
  const usual = layer({ kind: "default" }, usualOf(input, new Set([...chosen, ...Object.keys(input.shell)])));
  const defaults = usual.filter(({ name }) => !chosen.has(name));
  const searchPath = valuesOf(files, shell, defaults, config).get("PATH");
  const venv = input.app.venv === null ? [] : layer({ kind: "venv" }, activation(input.app.venv, searchPath));
  return merged(files, shell, defaults, config, venv, own);
}

/** What a program is started with. */
export const asRecord = (variables: readonly Variable[]): Record<string, string> =>
  Object.fromEntries(variables.map(({ name, value }) => [name, value]));

function merged(...layers: Layer[]): Variable[] {
  const all = new Map<string, Variable>();
  for (const { name, value, source } of layers.flat()) {
    const weaker = all.get(name);
    all.set(name, { name, value, source, overrides: weaker ? [weaker.source, ...weaker.overrides] : [] });
  }
  return [...all.values()];
}

const layer = (source: VariableSource, variables: Readonly<Record<string, string>>): Layer =>
  Object.entries(variables).map(([name, value]) => ({ name, value, source }));

const valuesOf = (...layers: Layer[]): Map<string, string> =>
  new Map(layers.flat().map(({ name, value }) => [name, value]));

function usualOf({ forwardsConsole }: EnvironmentInput, wished: ReadonlySet<string>): Record<string, string> {
  const silent = wished.has("NO_COLOR") || wished.has("FORCE_COLOR");
  return {
    PYTHONUNBUFFERED: "1",
    PYTHONDONTWRITEBYTECODE: "1",
    BROWSER: "none",
    ...(silent ? {} : { FORCE_COLOR: "1" }),
    // without it Vite prints nothing from the browser; a real agent sets it by itself
    ...(forwardsConsole && !wished.has("AI_AGENT") ? { AI_AGENT: "devpm" } : {}),
  };
}

function ownOf({ app, session, urls }: EnvironmentInput): Record<string, string> {
  return {
    ...(app.port === null ? {} : { PORT: String(app.port) }),
    DEVPM: "1",
    DEVPM_SESSION: session,
    DEVPM_APP: app.name,
    ...dependencyUrls(app.dependsOn.apps, urls),
  };
}

/** `DEVPM_URL_BACKEND`, for each app it depends on. */
function dependencyUrls(names: readonly string[], urls: EnvironmentInput["urls"]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const url = urls[name];
      return url ? [[variableOfUrl(name), url] as const] : [];
    }),
  );
}

/** The highest precedence first. */
const RANK: readonly VariableSource["kind"][] = ["devpm", "venv", "config", "default", "shell", "file"];

/** As a person looks for them: what wins over the others on top, and by name within a source. */
export function strongestFirst<T extends Pick<Variable, "name" | "source">>(variables: readonly T[]): T[] {
  const rank = ({ source }: T): number => RANK.indexOf(source.kind);
  return variables.toSorted((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
}
