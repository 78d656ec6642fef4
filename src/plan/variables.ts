import path from "node:path";
import type { App } from "../model/project.ts";
import { variableOfUrl } from "../model/url-variable.ts";

export interface EnvironmentInput {
  app: Pick<App, "name" | "port" | "venv" | "dependsOn">;
  /** The user's whole environment. */
  shell: Readonly<Record<string, string>>;
  /** Of the `envFiles`, later ones already over earlier ones. */
  fromFiles: Readonly<Record<string, string>>;
  /** The config's `env`; a variable that is undefined is left as it is. */
  fromConfig: Readonly<Record<string, string | undefined>>;
  session: string;
  /** Where each app is reached, null without a port. */
  urls: Readonly<Record<string, string | null>>;
}

/** An app's whole environment: shell, then what development wants, files, config, and what devpm says about itself. */
export function environmentOf(input: EnvironmentInput): Record<string, string> {
  const { app, shell, fromFiles, fromConfig, session } = input;
  const chosen = { ...shell, ...usual(shell), ...fromFiles, ...defined(fromConfig) };
  return {
    ...chosen,
    ...(app.venv === null ? {} : activated(app.venv, chosen.PATH)),
    ...(app.port === null ? {} : { PORT: String(app.port) }),
    DEVPM: "1",
    DEVPM_SESSION: session,
    DEVPM_APP: app.name,
    ...dependencyUrls(app.dependsOn.apps, input.urls),
  };
}

/** Over the shell, under the config: whole lines at once, no stale bytecode, no browser tab at each start, colours. */
function usual(shell: Readonly<Record<string, string>>): Record<string, string> {
  const silent = shell.NO_COLOR !== undefined || shell.FORCE_COLOR !== undefined;
  return {
    PYTHONUNBUFFERED: "1",
    PYTHONDONTWRITEBYTECODE: "1",
    BROWSER: "none",
    ...(silent ? {} : { FORCE_COLOR: "1" }),
  };
}

/** What `source bin/activate` does. */
function activated(venv: string, searchPath: string | undefined): Record<string, string> {
  const bin = path.join(venv, "bin");
  return { VIRTUAL_ENV: venv, PATH: searchPath ? `${bin}:${searchPath}` : bin };
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

const defined = (variables: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined));
