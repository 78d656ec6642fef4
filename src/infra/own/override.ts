import type { MovedPort } from "../../model/project.ts";
import { rewriteValue } from "../../plan/moved-addresses.ts";

/** The part of `docker compose config --format json` that decides what two stacks cannot both have. */
export interface ComposeConfig {
  name?: string;
  services?: Record<string, ComposeService>;
  volumes?: Record<string, { name?: string; external?: boolean } | null>;
  networks?: Record<string, { name?: string; external?: boolean } | null>;
}

interface ComposeService {
  container_name?: string;
  network_mode?: string;
  ports?: { target?: number; published?: string | number; protocol?: string; host_ip?: string }[];
  environment?: Record<string, string | null>;
}

/** A port that the compose file publishes on a fixed port of this machine. */
export interface FixedPort {
  service: string;
  container: number;
  host: number;
}

export const fixedPorts = ({ services = {} }: ComposeConfig): FixedPort[] =>
  Object.entries(services).flatMap(([service, body]) =>
    (body.ports ?? []).flatMap(({ target, published }) =>
      target !== undefined && /^\d+$/.test(String(published ?? ""))
        ? [{ service, container: target, host: Number(published) }]
        : [],
    ),
  );

/** Why this file cannot be run twice beside itself; each a fact with its key. */
export function obstacles({ services = {}, volumes = {} }: ComposeConfig): [key: string, why: string][] {
  return [
    ...Object.entries(services).flatMap(([service, { network_mode: mode }]): [string, string][] =>
      mode === "host" ? [[`services.${service}.network_mode`, "host: its ports are the machine's own"]] : [],
    ),
    ...Object.entries(volumes).flatMap(([volume, body]): [string, string][] =>
      body?.external ? [[`volumes.${volume}`, "external: its data belongs to another project"]] : [],
    ),
  ];
}

/**
 * A compose file that is given after the project's own: published ports, names of containers, volumes and networks, and
 * addresses in environments that name a published port, as Kafka's advertised listener does.
 */
export function overrideText(config: ComposeConfig, name: string, moved: readonly MovedPort[]): string {
  const { services = {}, volumes = {}, networks = {} } = config;
  const bodies = Object.entries(services).flatMap(([service, body]) => {
    const lines = [...containerName(body), ...ports(service, body, moved), ...environment(body, moved)];
    return lines.length > 0 ? [`  ${quoted(service)}:`, ...lines.map((line) => `    ${line}`)] : [];
  });
  return [
    "# written by devpm at each start: what this worktree's containers have of their own",
    ...(bodies.length > 0 ? ["services:", ...bodies] : []),
    ...named("volumes", volumes, config.name ?? "", name),
    ...named("networks", networks, config.name ?? "", name),
    "",
  ].join("\n");
}

const quoted = (value: unknown): string => JSON.stringify(value);

const containerName = ({ container_name: name }: ComposeService): string[] =>
  name === undefined ? [] : ["container_name: !reset null"];

function ports(service: string, { ports: all = [] }: ComposeService, moved: readonly MovedPort[]): string[] {
  if (all.length === 0) return [];
  const written = all.map(({ target, published, protocol = "tcp", host_ip: address }) => {
    const to = moved.find((one) => one.app === service && String(one.from) === String(published))?.to;
    const host = to ?? published;
    return { target, protocol, ...(host === undefined ? {} : { published: String(host) }), host_ip: address };
  });
  return [`ports: !override ${quoted(written)}`];
}

function environment({ environment: variables = {} }: ComposeService, moved: readonly MovedPort[]): string[] {
  const changed = Object.entries(variables).flatMap(([name, value]) => {
    // only addresses: a bare number (PGPORT) is the port inside of the container, which does not move
    const found = value === null ? null : rewriteValue("", value, moved);
    // a dollar would be a reference again
    return found === null ? [] : [[name, found.value.replaceAll("$", "$$$$")] as const];
  });
  return changed.length === 0 ? [] : [`environment: ${quoted(Object.fromEntries(changed))}`];
}

/** Those with a name of their own, which every stack would share; others are named after the project. */
function named(key: string, all: NonNullable<ComposeConfig["volumes"]>, before: string, name: string): string[] {
  const fixed = Object.entries(all).filter(
    ([one, body]) => body?.name !== undefined && !body.external && body.name !== `${before}_${one}`,
  );
  if (fixed.length === 0) return [];
  return [`${key}:`, ...fixed.map(([one]) => `  ${quoted(one)}: ${quoted({ name: `${name}_${one}` })}`)];
}
