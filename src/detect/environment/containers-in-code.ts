import type { Composed } from "../compose/composed.ts";
import { namesHost } from "../compose/host-name.ts";
import type { Backend } from "../python/backend.ts";
import { isAside } from "../python/locate.ts";
import { textOf } from "../parse/text.ts";
import type { Repository } from "../repository/snapshot.ts";

/** A text of a backend's code that names a container as a host: `redis://cache:6379`. */
export interface ContainerInCode {
  /** The variable whose default it is. */
  variable: string | null;
  value: string;
  service: string;
  file: string;
  line: number;
}

/** `os.getenv("REDIS_URL", "redis://cache:6379")`, `config("DB_HOST", default="db")`. */
const DEFAULT =
  /(?:getenv|environ\.get|config|env(?:\.\w+)?)\(\s*["'](\w+)["']\s*,\s*(?:default\s*=\s*)?["']([^"'\n]{1,300})["']/g;
/** A field of pydantic's settings: `redis_url: str = "redis://cache:6379"`. */
const FIELD = /^[ \t]+(\w+)[ \t]*:\s*[\w[\]| .]{1,80}=\s*(?:Field\(\s*(?:default\s*=\s*)?)?["']([^"'\n]{1,300})["']/gm;
/** Written where it is used: `"redis://cache:6379"`, `"kafka:9092"`. */
const ADDRESS = /["']([a-z][\w+]{1,30}:\/\/[^"'\s]{1,300}|[\w-]{1,60}:\d{2,5})["']/g;

/** Every one in the code of a backend, tests and examples aside. */
export function containersInCode(
  repository: Repository,
  { home, cwd }: Backend,
  composed: Composed,
): ContainerInCode[] {
  const services = composed.infra.map(({ name }) => name);
  const folders = [home, cwd].filter((folder) => folder !== ".");
  const isOwn = (file: string): boolean =>
    file.endsWith(".py") &&
    !isAside(file) &&
    (folders.length === 0 || folders.some((folder) => file.startsWith(`${folder}/`)));
  return repository.files.filter(isOwn).flatMap((file) => {
    const text = repository.text(file) ?? "";
    if (!services.some((name) => mayNameHost(text, name))) return [];
    const defaults = [
      ...namedIn(text, DEFAULT, services, ([, name]) => name),
      ...namedIn(text, FIELD, services, ([, name = ""], at) =>
        isOfSettings(text, at) ? name.toUpperCase() : undefined,
      ).filter(({ variable }) => variable !== null),
    ];
    const known = new Set(defaults.map(({ line, value }) => `${line} ${value}`));
    const literal = namedIn(text, ADDRESS, services, () => undefined).filter(
      ({ line, value }) => !known.has(`${line} ${value}`),
    );
    return [...defaults, ...literal].map((one) => ({ ...one, file }));
  });
}

/** Most files hold `db` as a word alone, and the patterns are slow. */
const mayNameHost = (text: string, name: string): boolean =>
  text.includes(name) && [`"${name}`, `'${name}`, `/${name}`, `@${name}`].some((one) => text.includes(one));

/** Whether the class around it takes its fields from variables of their names. */
function isOfSettings(text: string, at: number): boolean {
  const start = text.lastIndexOf("\nclass ", at) + 1;
  return /^class \w+\(.*\bBaseSettings\b/.test(text.slice(start, at)) && !text.includes("env_prefix");
}

/** A variable whose value may be a host alone; that of `POSTGRES_USER` is none, whatever it is called. */
const OF_HOST = /(HOST(NAME)?|SERVER|ADDR(ESS)?)$/i;

/** A file that names containers more often is generated. */
const MOST_OF_A_FILE = 200;

function namedIn(
  text: string,
  pattern: RegExp,
  services: readonly string[],
  variableOf: (match: RegExpExecArray, at: number) => string | undefined,
): Omit<ContainerInCode, "file">[] {
  const naming = [...text.matchAll(pattern)]
    .filter((match) => services.some((name) => namesHost(match.at(-1) ?? "", name)))
    .slice(0, MOST_OF_A_FILE);
  if (naming.length === 0) return [];
  const lines = textOf(text);
  return naming.flatMap((match) => {
    const value = match.at(-1) ?? "";
    const variable = variableOf(match, match.index) ?? null;
    const service = services.find((name) => namesHost(value, name) && (value !== name || OF_HOST.test(variable ?? "")));
    const start = text.lastIndexOf("\n", match.index + match[0].indexOf(value)) + 1;
    // in a comment
    if (service === undefined || /^\s*#/.test(text.slice(start, start + 200))) return [];
    const line = lines.line(match.index + match[0].lastIndexOf(value));
    return [{ variable, value, service, line }];
  });
}
