import type { ServiceReference } from "../model/project.ts";

/*
 * A service that is absent has no host and no port, and the user's `env` function puts them into texts all the same:
 * `postgresql://${db.host}:${db.port(5432)}/x`. What it is given instead marks every text that is made with it, so that
 * the variable can be left unset. Both ends of that are here, and nothing else knows what the mark looks like.
 */

/** A variable as the user's `env` means it. */
export type Setting =
  | { kind: "value"; text: string }
  /** Made with a value of a service that is absent: the variable keeps the value it has without devpm. */
  | { kind: "unset"; service: string };

/** Letters, digits and hyphens: it is the same inside a URL, in JSON, and percent-encoded. */
const MARK = /devpm-absent-((?:[0-9a-f]{2})*)-devpm/i;

/** What an `env` function receives for a service that is absent. */
export function absentService(service: string): ServiceReference {
  const mark = `devpm-absent-${Buffer.from(service).toString("hex")}-devpm`;
  const port = { toString: () => mark, toJSON: () => mark };
  return {
    host: mark,
    // a number to the types, because a port is one where the service is there
    port: () => port as unknown as number,
    env: () => mark,
  };
}

/** What the text of a variable means that an `env` function has made. */
export function variableSetting(text: string): Setting {
  const [, service] = MARK.exec(text) ?? [];
  return service === undefined
    ? { kind: "value", text }
    : { kind: "unset", service: Buffer.from(service, "hex").toString() };
}
