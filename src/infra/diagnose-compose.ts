import type { Diagnostic, Fix } from "../diagnostics/diagnostic.ts";
import { composeCommand } from "./files.ts";
import { shellQuote } from "../util/shell-quote.ts";
import { didYouMean } from "../util/similar.ts";
import { baseName } from "./diagnose-engine.ts";

/** The environment file that these words of Compose say is not there: it refuses the whole file for one service's. */
export const missingEnvFile = (output: string): string | null =>
  /env file:? (\/[^\n]*?) not found|couldn't find env file: (\/[^\n]*)|[Ff]ailed to (?:load|read) (\/[^\n]*?): open /
    .exec(output)
    ?.slice(1)
    .find((file) => file !== undefined) ?? null;

/** Variables that the files use and nothing sets: Compose's warnings, or its error where the file requires one (`${X:?}`). */
export const unsetVariables = (output: string): string[] => [
  ...new Set(
    [...output.matchAll(/The \\?"(\w+)\\?" variable is not set|required variable (\w+) is missing a value/g)].map(
      ([, warned, required]) => warned ?? required ?? "",
    ),
  ),
];

/** A file that Compose reads and that is not there, or lacks a value. */
export interface EnvTemplate {
  /** Absolute. */
  file: string;
  /** null: there is none to copy. */
  template: string | null;
}

/** Pure: Compose does not accept the files. Its own words are the evidence. `env`: the file that a fix makes. */
export function composeInvalid(files: readonly string[], output: string, env: EnvTemplate | null = null): Diagnostic {
  const unset = env === null || missingEnvFile(output) !== null ? [] : unsetVariables(output);
  const lines = output
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line && !/level=warning/.test(line));
  return {
    code: "DEVPM_COMPOSE_INVALID",
    summary: `${files.map(baseName).join(" + ")} cannot be used`,
    severity: "error",
    evidence: [["files", [...files]], ...(unset.length > 0 ? [["not set", unset.join(", ")] as const] : [])],
    excerpt: lines.slice(0, 6),
    state: "Nothing was started.",
    fixes: [
      ...(env === null ? [] : [making(env, unset)]),
      {
        label: "see it checked",
        command: composeCommand({ files: [...files] }, "config -q"),
      },
    ],
  };
}

/** The file from its template; else what it lacks, to be filled in, or an empty one. */
function making({ file, template }: EnvTemplate, unset: readonly string[]): Fix {
  const then = "&& devpm dev";
  if (template !== null)
    return { label: "make it from its template", command: `${shellQuote("cp", template, file)} ${then}` };
  if (unset.length === 0)
    return { label: "make it, with what the services need", command: `${shellQuote("touch", file)} ${then}` };
  const lines = unset.map((name) => `${name}=${placeholder(name)}`);
  return {
    label: "set them, with the values that you want",
    command: `printf '\\n%s' ${shellQuote(...lines)} >> ${shellQuote(file)} ${then}`,
  };
}

/** Something that starts: a port has to be a number. */
function placeholder(name: string): string {
  if (!/PORT/.test(name)) return "change_me";
  return PORTS.find(([pattern]) => pattern.test(name))?.[1] ?? "8080";
}

const PORTS: readonly (readonly [RegExp, string])[] = [
  [/REDIS|VALKEY/, "6379"],
  [/MYSQL|MARIADB/, "3306"],
  [/MONGO/, "27017"],
  [/RABBIT|AMQP/, "5672"],
  [/POSTGRES|PG|DB|DATABASE/, "5432"],
];

/** Pure: containers have to be made, and nothing here can make them. */
export function composeMissing(services: readonly string[], platform: NodeJS.Platform): Diagnostic {
  return {
    code: "DEVPM_COMPOSE_MISSING",
    summary: "Docker Compose is not installed",
    severity: "error",
    evidence: [
      ["needed by", `${services.join(", ")}: ${services.length === 1 ? "it has" : "they have"} no container yet`],
      ["tried", ["docker compose version", "docker-compose version"]],
    ],
    state: "Nothing was started.",
    fixes: [
      platform === "darwin"
        ? { label: "install it", command: "brew install docker-compose" }
        : {
            label: "install it (Debian and Ubuntu: or docker-compose-plugin)",
            command: "sudo apt install docker-compose-v2",
          },
      { label: "without it", command: "devpm dev --no-infra" },
    ],
  };
}

/** Pure: the config names services the compose file does not have. */
export function serviceUnknown(
  names: readonly string[],
  known: readonly string[],
  files: readonly string[],
): Diagnostic {
  const [first = ""] = names;
  return {
    code: "DEVPM_SERVICE_UNKNOWN",
    summary: `${files.map(baseName).join(" + ")} has no service ${names.map((n) => `"${n}"`).join(", ")}`,
    severity: "error",
    evidence: [
      ...names.map((name): [string, string] => [name, meant(name, known)]),
      ["it has", known.join(", ") || "no services"],
    ],
    state: "Nothing was started.",
    fixes: [{ label: `name it as the compose file does, in infra.services (now "${first}")`, command: "devpm dev" }],
  };
}

/** Pure: containers of this compose project exist and belong to another folder. */
export function nameTaken(project: string, folder: string, services: ReadonlyMap<string, string>): Diagnostic {
  const [other = ""] = services.values();
  return {
    code: "DEVPM_COMPOSE_NAME_TAKEN",
    summary: `The compose project name "${project}" is in use by another folder`,
    severity: "error",
    evidence: [
      ["here", folder],
      ["there", [...services].map(([service, where]) => `${where}  (${service})`)],
    ],
    state: "Nothing was started, and the containers of the other folder were left alone.",
    fixes: [
      {
        label: "stop those, keeping their data",
        command: `docker compose --project-directory ${shellQuote(other)} stop`,
      },
      { label: "or give this one its own name", command: `COMPOSE_PROJECT_NAME=${project}-2 devpm dev` },
    ],
  };
}

function meant(name: string, known: readonly string[]): string {
  const near = didYouMean(name, known);
  return near === null ? "it has no service of that name" : `did you mean "${near}"?`;
}
