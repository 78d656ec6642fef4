import path from "node:path";
import { groupBy } from "../../util/group.ts";
import { joinWithAnd } from "../../util/text.ts";
import { advertisedBy, isAdvertisedInside } from "../compose/kafka.ts";
import type { Service } from "../compose/model.ts";
import type { Context, Decided } from "../context.ts";
import { variablesOf } from "../repository/env-files.ts";
import type { Repository } from "../repository/snapshot.ts";
import { whereAt } from "./text.ts";

/** Names of what ends by itself. */
const ONCE = /init|migrat|setup|seed/;

/**
 * A service without a published port is out of reach for a program on the host; a one-shot needs none, nor does one that only
 * other services use.
 */
export function unpublished({ repository, composed, apps }: Decided): string[] {
  const isTheirs = (name: string): boolean =>
    !apps.some(({ dependsOn }) => dependsOn.includes(name)) &&
    composed?.infra.some(({ dependsOn }) => dependsOn.includes(name)) === true;
  const ended = new Set((composed?.stack.services ?? []).flatMap(({ waitsForEnd }) => waitsForEnd));
  return (
    (composed?.infra ?? [])
      .filter(
        ({ name, ports, onHostNetwork }) =>
          ports.length === 0 && !onHostNetwork && !ended.has(name) && !ONCE.test(name) && !isTheirs(name),
      )
      // a port whose number is a variable that has no value is another matter
      .filter((service) => !/^\s*ports\s*:/m.test(blockOf(repository, service)))
      .map(
        (service) =>
          `${service.name} publishes no port, so a program on this machine may not reach it: add \`ports\` to it (${whereAt(service)})`,
      )
  );
}

/** A published Kafka that sends its clients on to an address of containers. */
export const advertisedInside = ({ composed }: Context): string[] =>
  (composed?.infra ?? [])
    .filter((service) => service.ports.length > 0 && isAdvertisedInside(service))
    .map((service) => {
      const [{ host, port } = { host: "", port: 0 }] = advertisedBy(service);
      return `${service.name} sends its clients on to ${host}:${port}, which only containers can reach: advertise a listener on localhost, too (${whereAt(service)})`;
    });

/** Variables of the services that no file sets, no template names and that have no default: Compose takes them as empty. */
export function unsetInCompose({ repository, composed }: Context): string[] {
  const used = (composed?.infra ?? []).flatMap((service) => {
    const known = { ...variablesOf(repository, "."), ...variablesOf(repository, path.posix.dirname(service.file)) };
    const names = [...blockOf(repository, service).matchAll(/(?<!\$)\$(?:\{(\w+)(?::?\?[^}]*)?\}|([A-Z]\w*))/g)].map(
      ([, braced, bare]) => braced ?? bare ?? "",
    );
    return names.filter((name) => !Object.hasOwn(known, name)).map((name) => ({ service, name }));
  });
  return [...groupBy(used, ({ service }) => service.file)].map(([file, found]) => {
    const names = [...new Set(found.map(({ name }) => name))];
    const env = path.posix.join(path.posix.dirname(file), ".env");
    return `${file} uses ${joinWithAnd(names)}, which no file sets: write ${names.length === 1 ? "it" : "them"} in ${env} (${whereAt(found[0]!.service)})`;
  });
}

/** What a compose file says of a service. */
function blockOf(repository: Repository, { file, line }: Service): string {
  const lines = (repository.text(file) ?? "").split("\n").slice(line - 1);
  const indent = lines[0]?.search(/\S/) ?? 0;
  const end = lines.findIndex((text, index) => index > 0 && /^\s*[^\s#]/.test(text) && text.search(/\S/) <= indent);
  return lines.slice(0, end < 0 ? undefined : end).join("\n");
}
