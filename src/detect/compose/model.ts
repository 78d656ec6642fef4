import path from "node:path";
import { type Data, at as valueAt, dataAt, isData, textAt, textsOf, yaml } from "../parse/data.ts";
import type { Repository } from "../repository/snapshot.ts";
import { expand } from "../commands/shell.ts";
import { variablesOf } from "../repository/env-files.ts";
import { shellQuote } from "../../util/shell-quote.ts";

/** `local.yml` is what a wide-spread Django template calls it; in a folder of compose files each is called after its part of the stack. */
export const COMPOSE_FILE =
  /(^|\/)([\w.-]*[-._])?(docker-)?compose([-._][\w.-]+)?\.ya?ml$|(^|\/)(docker[-_])?compose\/[\w.-]+\.ya?ml$|^(local|dev|development)\.ya?ml$/;

/** A service of a compose file, merged with its overrides. */
export interface Service {
  name: string;
  image: string | null;
  /** What is built for it: the context, and the Dockerfile, relative to the root. */
  build: { context: string; dockerfile: string | null; inline: string | null } | null;
  command: string;
  workingDir: string | null;
  /** `NAME` → value, references with defaults resolved; null: taken from the shell. */
  environment: Readonly<Record<string, string | null>>;
  envFiles: string[];
  /** Bind mounts: the folder of the repository. */
  mounts: string[];
  ports: { host: number | null; container: number }[];
  dependsOn: string[];
  /** It waits for another to have finished. */
  waitsForEnd: string[];
  profiles: string[];
  restart: string | null;
  healthCheck: string;
  /** It shares this machine's network: its ports need no publishing. */
  onHostNetwork: boolean;
  /** The service whose network it shares, and which Compose starts with it. */
  networkOf: string | null;
  file: string;
  line: number;
}

export interface ComposeStack {
  /** As `docker compose -f` takes them. */
  files: string[];
  services: Service[];
}

/** The services of compose files, the later ones over the earlier; anchors, merge keys, `extends` and `include` followed. */
export function readStack(repository: Repository, files: readonly string[]): ComposeStack {
  const merged = new Map<string, { data: Data; file: string }>();
  for (const file of withIncluded(repository, files)) {
    const data = repository.parsed(file, yaml);
    for (const [name, service] of Object.entries(dataAt(data, "services"))) {
      const before = merged.get(name);
      const own = extended(repository, file, isData(service) ? service : {}, data ?? {});
      merged.set(name, { data: before ? overlaid(before.data, own) : own, file: before?.file ?? file });
    }
  }
  const services = [...merged].map(([name, { data, file }]) => serviceOf(repository, name, data, file));
  return { files: [...files], services };
}

function withIncluded(repository: Repository, files: readonly string[], depth = 0): string[] {
  if (depth > 4) return [];
  return files.flatMap((file) => {
    const included = valueAt(repository.parsed(file, yaml), "include");
    const list: unknown[] = Array.isArray(included) ? (included as unknown[]) : [];
    const named = list
      .flatMap((one) => textsOf(isData(one) ? one.path : one))
      .map((name) => path.posix.normalize(path.posix.join(path.posix.dirname(file), name)));
    return [
      ...withIncluded(
        repository,
        named.filter((name) => repository.has(name)),
        depth + 1,
      ),
      file,
    ];
  });
}

function extended(repository: Repository, file: string, service: Data, all: Data, depth = 0): Data {
  const from = service.extends;
  if (from === undefined || depth > 4) return service;
  const name = typeof from === "string" ? from : (textAt(from, "service") ?? "");
  const other = textAt(from, "file");
  const place = other === null ? file : path.posix.join(path.posix.dirname(file), other);
  const data = other === null ? all : (repository.parsed(place, yaml) ?? {});
  const base = valueAt(data, "services", name);
  return isData(base) ? overlaid(extended(repository, place, base, data, depth + 1), service) : service;
}

/** As Compose merges: tables key by key, lists one after the other, everything else replaced. */
function overlaid(base: Data, over: Data): Data {
  const result: Data = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const before = result[key];
    if (isData(before) && isData(value)) result[key] = overlaid(before, value);
    else if (Array.isArray(before) && Array.isArray(value) && key !== "command" && key !== "entrypoint")
      result[key] = [...(before as unknown[]), ...(value as unknown[])];
    else result[key] = value;
  }
  return result;
}

function serviceOf(repository: Repository, name: string, data: Data, file: string): Service {
  const folder = path.posix.dirname(file);
  const variables = { ...variablesOf(repository, "."), ...variablesOf(repository, folder) };
  const text = (value: unknown): string =>
    typeof value === "string" || typeof value === "number" ? expand(String(value), variables) : "";
  const image = data.image === undefined ? null : text(data.image);
  return {
    name,
    image,
    build: buildOf(data.build, folder),
    command: [data.entrypoint, data.command]
      .map((one) =>
        Array.isArray(one)
          ? shellQuote(...textsOf(one).map((word) => expand(word, variables)))
          : expand(textsOf(one).join(" "), variables),
      )
      .join(" ")
      .trim(),
    workingDir: textAt(data, "working_dir"),
    environment: environmentOf(data.environment, variables),
    envFiles: envFilesOf(data.env_file, folder, text),
    mounts: listOf(data.volumes).flatMap((one) => mountOf(one, folder)),
    ports: listOf(data.ports).flatMap((one) => portsOf(one, text)),
    dependsOn: isData(data.depends_on) ? Object.keys(data.depends_on) : textsOf(data.depends_on),
    waitsForEnd: isData(data.depends_on)
      ? Object.entries(data.depends_on).flatMap(([on, how]) =>
          textAt(how, "condition") === "service_completed_successfully" ? [on] : [],
        )
      : [],
    profiles: textsOf(data.profiles),
    restart: textAt(data, "restart"),
    healthCheck: textsOf(valueAt(data.healthcheck, "test")).join(" "),
    onHostNetwork: data.network_mode === "host",
    networkOf: /^service:(.+)$/.exec(text(data.network_mode))?.[1] ?? null,
    file,
    line: serviceLine(repository.text(file) ?? "", name),
  };
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);

function buildOf(build: unknown, folder: string): Service["build"] {
  if (build === undefined || build === null) return null;
  const context = typeof build === "string" ? build : (textAt(build, "context") ?? ".");
  // `https://host/other.git#main`
  const at = isFetched(context) ? context : path.posix.normalize(path.posix.join(folder, context));
  const dockerfile = textAt(build, "dockerfile");
  return {
    context: at,
    dockerfile: dockerfile === null ? null : path.posix.normalize(path.posix.join(at, dockerfile)),
    inline: textAt(build, "dockerfile_inline"),
  };
}

/** The Dockerfile that a service is built of, there or not; null: it is not built. */
export const dockerfileOf = ({ build }: Pick<Service, "build">): string | null =>
  build === null ? null : (build.dockerfile ?? path.posix.join(build.context, "Dockerfile"));

/** A repository that Compose fetches: what is built of it is another project's. */
export const isFetched = (context: string): boolean => /^(https?|ssh|git):\/\/|^git@/.test(context);

function environmentOf(
  environment: unknown,
  variables: Readonly<Record<string, string>>,
): Record<string, string | null> {
  const entries: [string, unknown][] = isData(environment)
    ? Object.entries(environment)
    : textsOf(environment).map((one) => {
        const [name = "", ...value] = one.split("=");
        return [name, one.includes("=") ? value.join("=") : null];
      });
  return Object.fromEntries(
    entries.map(([name, value]) => [
      name,
      typeof value === "string" || typeof value === "number" || typeof value === "boolean"
        ? expand(String(value), variables)
        : null,
    ]),
  );
}

function envFilesOf(value: unknown, folder: string, text: (value: unknown) => string): string[] {
  const list: unknown[] = Array.isArray(value) ? (value as unknown[]) : [value];
  return list
    .flatMap((one) => (isData(one) ? (one.required === false ? [] : textsOf(one.path)) : textsOf(one)))
    .flatMap((file) => {
      const named = text(file);
      return named === "" ? [] : [path.posix.normalize(path.posix.join(folder, named))];
    });
}

function mountOf(volume: unknown, folder: string): string[] {
  const source = isData(volume)
    ? textAt(volume, "source")
    : typeof volume === "string"
      ? (volume.split(":")[0] ?? null)
      : null;
  return source !== null && /^\.{0,2}(\/|$)|^\.$/.test(source) && !source.startsWith("/")
    ? [path.posix.normalize(path.posix.join(folder, source))]
    : [];
}

function portsOf(port: unknown, text: (value: unknown) => string): Service["ports"] {
  if (isData(port)) {
    const container = Number(text(port.target));
    const host = Number(text(port.published));
    return container > 0 ? [{ host: host > 0 ? host : null, container }] : [];
  }
  const parts = text(port)
    .slice(0, LONGEST_PORT)
    .replace(/\/(tcp|udp)$/, "")
    .split(/:(?![^{]*\})/);
  const containers = rangeOf(parts.at(-1));
  const hosts = rangeOf(parts.at(-2));
  return containers.map((container, index) => ({ host: hosts[index] ?? null, container }));
}

/** `${HOST:-127.0.0.1}:${PORT:-8000-8010}:8000-8010/tcp` is far from it. */
const LONGEST_PORT = 200;

/** More ports than a service has in reason. */
const WIDEST = 20;

/** `9000`, `9000-9001`. */
function rangeOf(text: string | undefined): number[] {
  const [, from, to = from] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text ?? "") ?? [];
  const count = Number(to) - Number(from) + 1;
  return count > 0 && count <= WIDEST && Number(from) > 0
    ? Array.from({ length: count }, (_, index) => Number(from) + index)
    : [];
}

/** A service's own line: as deep as the first one below `services:`. */
function serviceLine(text: string, name: string): number {
  const lines = text.split("\n");
  const start = lines.findIndex((line) => /^services\s*:/.test(line));
  const indent = /^\s+/.exec(lines.slice(start + 1).find((line) => /^\s+[^\s#]/.test(line)) ?? "")?.[0] ?? "  ";
  const at = lines.findIndex(
    (line, index) =>
      index > start && new RegExp(`^${indent}["']?${name.replaceAll(/[^\w-]/g, ".")}["']?\\s*:`).test(line),
  );
  return Math.max(at, start, 0) + 1;
}
