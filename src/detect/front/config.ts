import path from "node:path";
import { json } from "../parse/data.ts";
import { type Imports, evaluateExport } from "../parse/javascript.ts";
import type { Plain } from "../parse/javascript-value.ts";
import { variablesOf } from "../repository/env-files.ts";
import type { Repository } from "../repository/snapshot.ts";
import type { FrontEnd } from "./apps.ts";

/** Files that configure a dev server, by their names. */
export const CONFIGS =
  /^(vite|next|nuxt|astro|svelte|vue|webpack|craco|rsbuild|rspack|farm|quasar|react-router)[\w.-]*\.?config(\.[\w-]+)?\.[cm]?[jt]s$|^webpack\.[\w.-]+\.js$|^proxy[\w.-]*\.(json|[cm]?js)$|^\.proxyrc(\.json|\.[cm]?js)?$|^setupProxy\.[jt]s$/;
const OTHER_PURPOSE = /vitest|storybook|\.prod|\.lib\b|electron|extension/;

/** A configuration of a front end's tool, evaluated. */
export interface ConfigFile {
  file: string;
  text: string;
  value: Plain;
}

export function configFiles(repository: Repository, { package: { folder }, target, config }: FrontEnd): ConfigFile[] {
  const own = config === null ? [] : [config];
  const folders = [
    ...(target === null ? [] : [path.posix.join(folder, target)]),
    folder,
    path.posix.join(folder, "src"),
    path.posix.join(folder, "config"),
  ];
  const usual = folders.flatMap((at) =>
    repository
      .names(at)
      .filter((name) => (CONFIGS.test(name) && !OTHER_PURPOSE.test(name)) || isOfVueTemplate(repository, at, name))
      .map((name) => path.posix.join(at, name)),
  );
  return [...own, ...usual].flatMap((file) => {
    const text = repository.text(file);
    if (text === null) return [];
    const above = /envDir|["'`]\.\.|loadEnv\([^)]*(\.\.|parent|root)/.test(text)
      ? variablesOf(repository, path.posix.dirname(folder))
      : {};
    const env = { ...above, ...variablesOf(repository, folder) };
    const value = /\.json$|\.proxyrc$/.test(file)
      ? (json(text) as Plain)
      : evaluateExport(text, env, importsOf(repository, file));
    return [{ file, text, value }];
  });
}

/** `config/index.js` of Vue's webpack template, whose dev server and proxy it holds. */
const isOfVueTemplate = (repository: Repository, at: string, name: string): boolean =>
  name === "index.js" &&
  path.posix.basename(at) === "config" &&
  /\bproxyTable\b/.test(repository.text(path.posix.join(at, name)) ?? "");

/** Files of the project that a config imports: `./ports`, `../webpack.common.js`. */
const importsOf =
  (repository: Repository, file: string): Imports =>
  (specifier) => {
    const base = path.posix.join(path.posix.dirname(file), specifier);
    const stem = base.replace(/\.[cm]?js$/, "");
    const found = [base, ...["ts", "mts", "js", "mjs", "cjs", "json"].map((ending) => `${stem}.${ending}`)]
      .concat([`${base}/index.ts`, `${base}/index.js`])
      .find((one) => repository.text(one) !== null);
    if (found === undefined) return null;
    const text = repository.text(found) ?? "";
    return { text: found.endsWith(".json") ? `export default ${text}` : text, imports: importsOf(repository, found) };
  };
