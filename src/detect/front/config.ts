import path from "node:path";
import { localAddresses, withoutComments } from "../../config/vite-config.ts";
import { variablesOf } from "../repository/env-files.ts";
import type { EvidencePlace } from "../model.ts";
import { type Data, dataAt, isData, json, textAt } from "../parse/data.ts";
import { type Imports, evaluateExport } from "../parse/javascript.ts";
import { type Plain, isObjectValue } from "../parse/javascript-value.ts";
import { lineWhere } from "../parse/text.ts";
import type { Repository } from "../repository/snapshot.ts";
import type { FrontEnd } from "./apps.ts";

/** Where a front end expects something to listen: a proxy's target, or a URL it is built with. */
export interface Expectation {
  port: number;
  kind: "proxy" | "url";
  evidence: EvidencePlace;
}

const CONFIGS =
  /^(vite|next|nuxt|astro|svelte|vue|webpack|craco|rsbuild|rspack|farm|quasar|react-router)[\w.-]*\.?config(\.[\w-]+)?\.[cm]?[jt]s$|^webpack\.[\w.-]+\.js$|^proxy[\w.-]*\.(json|[cm]?js)$|^\.proxyrc(\.json|\.[cm]?js)?$|^setupProxy\.[jt]s$/;
const OTHER_PURPOSE = /vitest|storybook|\.prod|\.lib\b|electron|extension/;

interface Config {
  file: string;
  text: string;
  value: Plain;
}

function configsOf(repository: Repository, { package: { folder }, target, config }: FrontEnd): Config[] {
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

const portLine = (text: string): number => lineWhere(text, /\bport\b\s*[:=,]/);

/** What tools call the settings of their dev server. */
const SERVERS = ["server", "devServer", "dev"];

/** What a config passes on: to Vite (Nuxt's `vite`), or by a project's own function around its tool's. */
const objectsIn = (value: Plain): Plain[] => (isObjectValue(value) ? Object.values(value).filter(isObjectValue) : []);

/** The port that a front end's own files give its dev server: the script, its config, the variables it reads. */
export function configuredPort(
  repository: Repository,
  front: FrontEnd,
): { port: number; evidence: EvidencePlace } | null {
  if (front.scriptPort !== null) return { port: front.scriptPort, evidence: front.evidence };
  for (const { file, text, value } of configsOf(repository, front)) {
    for (const settings of [value, ...objectsIn(value)]) {
      const port = SERVERS.map((key) => asPort(inside(settings, [key, "port"]))).find((one) => one !== null);
      if (port !== undefined) return { port, evidence: { file, line: portLine(text), says: `port ${port}` } };
    }
  }
  return angularPort(repository, front) ?? variablePort(repository, front);
}

function angularPort(
  repository: Repository,
  { package: { folder }, tool }: FrontEnd,
): { port: number; evidence: EvidencePlace } | null {
  if (tool.kind !== "angular") return null;
  const file = path.posix.join(folder, "angular.json");
  for (const project of Object.values(dataAt(repository.parsed(file, json), "projects"))) {
    const targets: Data = isData(project)
      ? isData(project.architect)
        ? project.architect
        : dataAt(project, "targets")
      : {};
    const serve = dataAt(targets, "serve");
    const port =
      asPort(dataAt(serve, "options").port as Plain) ??
      asPort(dataAt(serve, "configurations", textAt(serve, "defaultConfiguration") ?? "development").port as Plain);
    if (port !== null)
      return { port, evidence: { file, line: portLine(repository.text(file) ?? ""), says: `port ${port}` } };
  }
  return null;
}

/** Create React App and Nuxt read `PORT` of their folder's env files; Next listens before it reads them. */
function variablePort(
  repository: Repository,
  { package: { folder }, tool }: FrontEnd,
): { port: number; evidence: EvidencePlace } | null {
  if (!/^(cra|nuxt)$/.test(tool.kind)) return null;
  for (const name of [".env", ".env.development", ".env.example"]) {
    const text = repository.text(path.posix.join(folder, name));
    const port = asPort(Number(/^(?:NUXT_|NITRO_)?PORT\s*=\s*["']?(\d+)/m.exec(text ?? "")?.[1]));
    if (port !== null)
      return {
        port,
        evidence: {
          file: path.posix.join(folder, name),
          line: lineWhere(text ?? "", /^\w*PORT\s*=/m),
          says: `PORT=${port}`,
        },
      };
  }
  return null;
}

function inside(value: Plain, keys: readonly string[]): Plain {
  let at: Plain = value;
  for (const key of keys) at = isObjectValue(at) && Object.hasOwn(at, key) ? at[key] : undefined;
  return at;
}

function asPort(value: Plain): number | null {
  const port = typeof value === "number" || typeof value === "string" ? Number(value) : Number.NaN;
  return Number.isInteger(port) && port >= 80 && port <= 65_535 ? port : null;
}

/** An address under which the front end itself is reached. */
const ITS_OWN = /AUTH_URL|SITE|APP_URL|FRONTEND|NEXTAUTH|PUBLIC_URL|CALLBACK|REDIRECT|WEB_URL|BASE_PATH/i;

/** What the front end expects to listen elsewhere on this machine. */
export function expectations(repository: Repository, front: FrontEnd): Expectation[] {
  return [...proxies(repository, front), ...environmentUrls(repository, front), ...codeUrls(repository, front)];
}

function proxies(repository: Repository, front: FrontEnd): Expectation[] {
  const found: Expectation[] = [];
  const add = (target: Plain, file: string, text: string): void => {
    if (typeof target !== "string") return;
    // as a container calls this machine
    const port = asPort(localAddresses(target.replace("//host.docker.internal", "//localhost"))[0]?.port);
    if (port !== null)
      found.push({
        port,
        kind: "proxy",
        evidence: { file, line: proxyLine(text, port), says: `proxy to ${target}` },
      });
  };
  for (const { file, text, value } of configsOf(repository, front)) {
    const before = found.length;
    for (const target of targetsIn(value)) add(target, file, text);
    // SvelteKit's own settings hold addresses of the front end itself (`trustedOrigins`), and no server's
    if (found.length > before || /(^|\/)svelte\.config\.[cm]?[jt]s$/.test(file)) continue;
    for (const url of namedAsTarget(withoutComments(text))) add(url, file, text);
  }
  const { file, data, scripts } = front.package;
  const written = repository.text(file) ?? "";
  // a table of them is how Create React App had it before version 2
  for (const target of targetsIn(data.proxy as Plain, 0, true)) add(target, file, written);
  // `ember serve --proxy http://localhost:8000`
  const given = /--proxy[= ](\S+)/.exec(scripts[front.script ?? ""] ?? "")?.[1];
  add(given, file, written);
  return found;
}

/** Where the address is written, or else the variable that holds it. */
const proxyLine = (text: string, port: number): number =>
  lineWhere(text, new RegExp(`:${port}\\b`).test(text) ? new RegExp(`:${port}\\b`) : /\btarget\s*:|\bproxy\b/);

/** What a dev server passes requests on to, as its configuration writes it. */
export const passedOnTo = (repository: Repository, front: FrontEnd): { target: string; file: string; line: number }[] =>
  configsOf(repository, front).flatMap(({ file, text, value }) =>
    targetsIn(value).flatMap((target) =>
      typeof target === "string" ? [{ target, file, line: lineWhere(text, target) }] : [],
    ),
  );

/** Addresses beside a word for another service, where the table they are in could not be read. */
function namedAsTarget(text: string): string[] {
  const lines = text.split("\n");
  return lines.flatMap((line, index) => {
    const url = localAddresses(line)[0]?.url;
    const around = lines.slice(Math.max(0, index - 2), index + 1).join("\n");
    return url !== undefined &&
      /proxy|target|destination|rewrite|api|backend|server/i.test(around) &&
      !ITS_OWN.test(line)
      ? [url]
      : [];
  });
}

/** Values of `proxy` tables anywhere in a config, and what they name as `target`. */
function targetsIn(value: Plain, depth = 0, within = false): Plain[] {
  if (depth > 6) return [];
  if (typeof value === "string") return within ? [value] : [];
  if (Array.isArray(value)) return value.flatMap((one) => targetsIn(one, depth + 1, within));
  if (!isObjectValue(value)) return [];
  return Object.entries(value).flatMap(([key, one]) =>
    targetsIn(one, depth + 1, within || /proxy|^target$|routeRules|destination/i.test(key)),
  );
}

/** `VITE_API_URL=http://localhost:8000` of the folder's env files; the more a file is meant for development, the earlier. */
function environmentUrls(repository: Repository, { package: { folder }, target }: FrontEnd): Expectation[] {
  const at = target === null ? [folder] : [path.posix.join(folder, target), folder];
  return at.flatMap((home) =>
    repository
      .names(home)
      .filter((name) => /env/.test(name) && /^\.?env|\.env/.test(name) && !/prod|staging|test|ci\b/.test(name))
      .flatMap((name) => {
        const file = path.posix.join(home, name);
        return urlsIn(
          repository.text(file),
          file,
          (line) =>
            /^\s*(export\s+)?\w*(API|BACKEND|SERVER|BASE|URL|HOST|WS|ENDPOINT|TARGET|ORIGIN)\w*\s*=/i.test(line) &&
            !ITS_OWN.test(line),
        );
      }),
  );
}

function codeUrls(repository: Repository, { package: { folder } }: FrontEnd): Expectation[] {
  const prefix = folder === "." ? "" : `${folder}/`;
  return repository.files
    .filter(
      (file) =>
        file.startsWith(prefix) &&
        /\.([cm]?[jt]sx?|vue|svelte)$/.test(file) &&
        !CONFIGS.test(path.posix.basename(file)),
    )
    .filter(
      (file) =>
        !/(^|\/)(tests?|__tests__|e2e|cypress|playwright|stories|node_modules|public|backend|server\/node)\/|\.(test|spec|stories)\.|playwright|cypress/.test(
          file,
        ),
    )
    .flatMap((file) => {
      const text = repository.text(file);
      return text !== null && ADDRESS.test(text)
        ? urlsIn(text, file, (line) => !/^\s*(\/\/|\*|#)/.test(line) && !ITS_OWN.test(line))
        : [];
    });
}

/** Ports of stores, brokers and model servers that everybody knows: no app of a project is meant by one of them. */
const OTHERS = new Set([1025, 2181, 3306, 5432, 5672, 6333, 6379, 7687, 8025, 9092, 9200, 11_434, 15_672, 27_017]);

/** `localhost:8000`, `${window.location.hostname}:8000`. */
const ADDRESS =
  /(?:localhost|127\.0\.0\.1|0\.0\.0\.0|location\.hostname(?:\}|\s*\+\s*["'`])|host\.docker\.internal):(\d{4,5})/;

function urlsIn(text: string | null, file: string, counts: (line: string) => boolean): Expectation[] {
  return (text ?? "").split("\n").flatMap((line, index): Expectation[] => {
    const port = counts(line) ? asPort(ADDRESS.exec(line)?.[1]) : null;
    return port === null || OTHERS.has(port)
      ? []
      : [{ port, kind: "url", evidence: { file, line: index + 1, says: line.trim().slice(0, 80) } }];
  });
}
