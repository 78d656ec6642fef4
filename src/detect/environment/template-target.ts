import path from "node:path";
import type { Composed } from "../compose/composed.ts";
import type { Context } from "../context.ts";
import { isAside } from "../python/locate.ts";
import { isEnvironmentFile, isForElsewhere, isSettingsTemplate } from "../repository/env-files.ts";
import type { Repository } from "../repository/snapshot.ts";

/** The file that a template which no command copies is meant for: what Compose or the code asks for, else what its name says. */
export const fileOfTemplate = ({ repository, composed }: Context, template: string): string =>
  wantedByCompose(template, composed, repository) ??
  wantedByCode(template, repository) ??
  (isEnvironmentFile(path.posix.basename(template)) ? null : settingsTarget(template)) ??
  usualTarget(template);

/** `env_file: .env.dev` beside a lone `.env.example`. */
function wantedByCompose(template: string, composed: Composed | null, repository: Repository): string | null {
  const folder = path.posix.dirname(template);
  const wanted = [...new Set((composed?.stack.services ?? []).flatMap(({ envFiles }) => envFiles))].filter(
    (file) => path.posix.dirname(file) === folder && !repository.has(file),
  );
  const [only] = wanted;
  return only !== undefined &&
    wanted.length === 1 &&
    usualTarget(template) === path.posix.join(folder, ".env") &&
    !wanted.includes(usualTarget(template))
    ? only
    : null;
}

const LOADED =
  /\b(?:env_file\s*=\s*|(?:load_dotenv|dotenv_values|read_env)\(\s*(?:dotenv_path\s*=\s*)?)["']((?:[\w.-]+\/)*\.env[\w.-]*)["']/g;

/** `load_dotenv(".env.local")` beside a `.env.example`, where the code loads no file of another name there. */
function wantedByCode(template: string, repository: Repository): string | null {
  const folder = path.posix.dirname(template);
  if (usualTarget(template) !== path.posix.join(folder, ".env")) return null;
  const sources = repository.files.filter((file) => file.endsWith(".py") && isInFolder(file, folder) && !isAside(file));
  const loaded = new Set(
    sources.flatMap((file) =>
      [...(repository.text(file) ?? "").matchAll(LOADED)].map(([, name = ""]) => path.posix.join(folder, name)),
    ),
  );
  const [only] = loaded;
  const isThere = only !== undefined && path.posix.dirname(only) === folder && !isForElsewhere(only);
  return isThere && loaded.size === 1 ? only : null;
}

/** `settings.ini.example` → `settings.ini`, `config.sample.yaml` → `config.yaml`; null: its name has no such mark. */
export function settingsTarget(template: string): string | null {
  const name = path.posix.basename(template);
  const bare = name.replace(/[._-](example|sample|template|dist)(?=$|\.)/i, "");
  return isSettingsTemplate(template) && bare !== name ? path.posix.join(path.posix.dirname(template), bare) : null;
}

export const isInFolder = (file: string, folder: string): boolean => folder === "." || file.startsWith(`${folder}/`);

/** `.env.example` → `.env`, `.env.local.example` → `.env.local`, `sample.env` → `.env`. */
export function usualTarget(template: string): string {
  const name = path.posix.basename(template);
  const bare = name
    .replace(/\.txt$/i, "")
    .replace(/^(example|sample|template)(?=\.([\w-]+\.)?env(\.|$))/i, "")
    .replace(/^dotenv/, ".env")
    .replaceAll(
      /[._-](example|sample|template|dist|default|tmpl|tpl|skeleton|placeholder|blank|copy|exemple|exemplo|ejemplo)(?=$|[._-])/gi,
      "",
    );
  return path.posix.join(
    path.posix.dirname(template),
    bare.startsWith(".") || bare.includes(".env") ? bare : `.${bare}`,
  );
}
