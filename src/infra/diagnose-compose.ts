import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { shellQuote } from "../util/shell-quote.ts";
import { didYouMean } from "../util/similar.ts";
import { baseName } from "./diagnose-engine.ts";

/** The environment file that these words of Compose say is not there: it refuses the whole file for one service's. */
export const missingEnvFile = (output: string): string | null =>
  /env file:? (\/[^\n]*?) not found|couldn't find env file: (\/[^\n]*)|[Ff]ailed to (?:load|read) (\/[^\n]*?): open /
    .exec(output)
    ?.slice(1)
    .find((file) => file !== undefined) ?? null;

/** Pure: Compose does not accept the files. Its own words are the evidence. `template`: of the env file it misses. */
export function composeInvalid(files: readonly string[], output: string, template: string | null = null): Diagnostic {
  const envFile = missingEnvFile(output);
  const make = template === null ? ["touch"] : ["cp", template];
  const lines = output
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line && !/level=warning/.test(line));
  return {
    code: "DEVPM_COMPOSE_INVALID",
    summary: `${files.map(baseName).join(" + ")} cannot be used`,
    severity: "error",
    evidence: [["files", [...files]]],
    excerpt: lines.slice(0, 6),
    state: "Nothing was started.",
    fixes: [
      ...(envFile === null
        ? []
        : [
            {
              label: template === null ? "make it, with what the services need" : "make it from its template",
              command: `${shellQuote(...make, envFile)} && devpm dev`,
            },
          ]),
      {
        label: "see it checked",
        command: `docker compose${files.map((f) => ` -f ${shellQuote(f)}`).join("")} config -q`,
      },
    ],
  };
}

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
