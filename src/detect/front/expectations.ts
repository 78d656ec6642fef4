import path from "node:path";
import { localAddresses, withoutComments } from "../../config/vite-config.ts";
import type { EvidencePlace } from "../model.ts";
import { type Plain, isObjectValue } from "../parse/javascript-value.ts";
import { lineWhere } from "../parse/text.ts";
import type { Repository } from "../repository/snapshot.ts";
import type { FrontEnd } from "./apps.ts";
import { CONFIGS, type ConfigFile } from "./config.ts";
import { asPort } from "./port-value.ts";

/** Where a front end expects something to listen: a proxy's target, or a URL it is built with. */
export interface Expectation {
  port: number;
  kind: "proxy" | "url";
  evidence: EvidencePlace;
}

/** An address under which the front end itself is reached. */
const ITS_OWN = /AUTH_URL|SITE|APP_URL|FRONTEND|NEXTAUTH|PUBLIC_URL|CALLBACK|REDIRECT|WEB_URL|BASE_PATH/i;

/** What the front end expects to listen elsewhere on this machine. */
export function expectations(repository: Repository, front: FrontEnd, configs: readonly ConfigFile[]): Expectation[] {
  return [
    ...proxies(repository, front, configs),
    ...environmentUrls(repository, front),
    ...codeUrls(repository, front),
  ];
}

function proxies(repository: Repository, front: FrontEnd, configs: readonly ConfigFile[]): Expectation[] {
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
  for (const { file, text, value } of configs) {
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
export const passedOnTo = (configs: readonly ConfigFile[]): { target: string; file: string; line: number }[] =>
  configs.flatMap(({ file, text, value }) =>
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
