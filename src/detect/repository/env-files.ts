import path from "node:path";
import { writtenValues } from "../../config/env-file.ts";
import type { Repository } from "./snapshot.ts";

const EXAMPLE =
  /example|sample|template|dist$|\.default|\.(tmpl|tpl|skeleton|placeholder|blank|copy)\b|exemple|exemplo|ejemplo/i;
const NOT_LOCAL = /prod|staging|stage\b|deploy|\bci\b|\btest|azure|aws|docker\b|e2e|release/i;

/** Whether a file's name is marked as a template's, whatever it is a template of: `.database_env.example`. */
export const isMarked = (file: string): boolean => EXAMPLE.test(path.posix.basename(file));

/** Whether a file's name is that of a template of variables. */
export const isTemplate = (file: string): boolean => {
  const name = path.posix.basename(file);
  return isEnvironmentFile(name) && EXAMPLE.test(name);
};

/** Settings of another kind that each developer has a copy of: `config.example.yaml`, `settings.py.sample`. */
export const isSettingsTemplate = (file: string): boolean =>
  /\b(config\w*|settings\w*|secrets\w*|local\w*)\b/i.test(path.posix.basename(file)) &&
  /[._-](example|sample|template|dist)\b/i.test(path.posix.basename(file));

export const isEnvironmentFile = (name: string): boolean =>
  /^\.?env$|^\.env|\.env$|\.env\.|^(dot)?env[._-](example|sample|template)/.test(name) &&
  !/\.(py|ts|js|md|sh|d\.ts)$/.test(name);

/** Not meant for the developer's own machine. */
export const isForElsewhere = (file: string): boolean => NOT_LOCAL.test(path.posix.basename(file));

/** The variables of a folder: its templates, over them what is committed. `${…}` and quotes left as they are. */
export function variablesOf(repository: Repository, folder: string): Record<string, string> {
  const names = repository
    .names(folder)
    .filter((name) => (isEnvironmentFile(name) || name === ".flaskenv") && !isForElsewhere(name));
  const rank = (name: string): number => (EXAMPLE.test(name) ? 0 : name === ".flaskenv" ? 1 : name === ".env" ? 2 : 3);
  return Object.assign(
    {},
    ...names
      .toSorted((a, b) => rank(a) - rank(b))
      .map((name) => writtenValues(repository.text(path.posix.join(folder, name)) ?? "")),
  ) as Record<string, string>;
}
