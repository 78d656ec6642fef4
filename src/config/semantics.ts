import { findCycle } from "../util/graph.ts";
import { didYouMean } from "../util/similar.ts";
import { type Entry, entriesOf, isRecord, portOf } from "./entries.ts";
import type { Problem } from "./problem.ts";
import { unclosed } from "./words.ts";

/**
 * Problems between keys: names, dependencies, ports. Read with tolerance, so that they are reported beside those of
 * the shape instead of after them.
 */
export function semanticProblems(config: unknown, overrides: Readonly<Record<string, number>> = {}): Problem[] {
  const entries = entriesOf(config);
  const services = servicesOf(config);
  return [
    ...names(entries, services),
    ...dependencies(entries, services),
    ...cycles(entries),
    ...ports(entries, overrides),
    ...portless(entries, overrides),
    ...entries.flatMap(variables),
    ...entries.flatMap(commandLines),
  ];
}

/** null: any name may be a service (the compose file decides, later). */
function servicesOf(config: unknown): readonly string[] | null {
  const infra = isRecord(config) ? config.infra : undefined;
  if (infra === undefined) return [];
  const services = isRecord(infra) ? infra.services : null;
  return services === undefined ? null : texts(services);
}

function names(entries: readonly Entry[], services: readonly string[] | null): Problem[] {
  const seen = new Map<string, string>();
  return entries.flatMap(({ name, key }) => {
    const before = seen.get(name);
    seen.set(name, key);
    if (!name) return [{ key: `${key}.name`, message: "expected a name" }];
    // a name is part of file names and of environment variables, and is typed in a terminal
    if (!/^[\p{L}\p{N}][\p{L}\p{N} ._@:-]{0,63}$/u.test(name)) {
      return [{ key, message: "expected a name of at most 64 letters, digits, spaces or . _ - @ :" }];
    }
    if (before) return [{ key: `${key}.name`, message: `"${name}" is also the name of ${before}` }];
    if (services?.includes(name))
      return [{ key, message: `"${name}" is also the name of a service in infra.services` }];
    return [];
  });
}

function dependencies(entries: readonly Entry[], services: readonly string[] | null): Problem[] {
  const known = [...entries.map(({ name }) => name), ...(services ?? [])];
  return entries.flatMap(({ key, name, app }) =>
    texts(app.dependsOn).flatMap((dependency, index) => {
      const at = `${key}.dependsOn[${index}]`;
      if (dependency === name) return [{ key: at, message: "an app cannot depend on itself" }];
      if (services === null || known.includes(dependency)) return [];
      const meant = didYouMean(dependency, known);
      return [{ key: at, message: `nothing is called "${dependency}"${meant ? `; did you mean "${meant}"?` : ""}` }];
    }),
  );
}

function cycles(entries: readonly Entry[]): Problem[] {
  const edges = new Map(entries.map(({ name, app }) => [name, texts(app.dependsOn).filter((other) => other !== name)]));
  const cycle = findCycle(edges);
  if (!cycle) return [];
  const first = entries.find(({ name }) => name === cycle[0]);
  return [{ key: `${first?.key}.dependsOn`, message: `a cycle: ${cycle.join(" → ")}; none of them could start first` }];
}

function ports(entries: readonly Entry[], overrides: Readonly<Record<string, number>>): Problem[] {
  const claims = new Map<number, string>();
  return entries.flatMap((entry) => {
    const { key, app } = entry;
    const own = portOf(entry, overrides);
    const all = [
      ...(own !== null ? [{ port: own, at: `${key}.port` }] : []),
      ...numbers(app.ports).map((port, index) => ({ port, at: `${key}.ports[${index}]` })),
    ];
    return all.flatMap(({ port, at }) => {
      const before = claims.get(port);
      claims.set(port, before ?? at);
      return before ? [{ key: at, message: `port ${port} is also claimed by ${before}` }] : [];
    });
  });
}

/** What only means something with a port. */
function portless(entries: readonly Entry[], overrides: Readonly<Record<string, number>>): Problem[] {
  return entries.flatMap((entry) => {
    const { key, app } = entry;
    // a port of the wrong type is a problem of its own
    if (portOf(entry, overrides) !== null || app.port !== undefined) return [];
    const said = Array.isArray(app.command) ? texts(app.command).join(" ") : app.command;
    const uses = typeof said === "string" && /\$(PORT\b|\{PORT\})/.test(said);
    const asks = isRecord(app.ready) && app.ready.http !== undefined;
    return [
      ...(uses ? [{ key: `${key}.command`, message: "$PORT is used, but the app has no port" }] : []),
      ...(asks ? [{ key: `${key}.ready.http`, message: "the app has no port that could answer" }] : []),
    ];
  });
}

/** A command line that runs nothing, or that no shell would understand; of set-up steps too. */
function commandLines({ key, app }: Entry): Problem[] {
  const steps = Array.isArray(app.setup) ? (app.setup as unknown[]) : [];
  return [
    ...["command", "script"].flatMap((name) => unusable(`${key}.${name}`, app[name])),
    ...steps.flatMap((step, index) => (isRecord(step) ? unusable(`${key}.setup[${index}].run`, step.run) : [])),
  ];
}

function unusable(key: string, said: unknown): Problem[] {
  if (typeof said !== "string" && !Array.isArray(said)) return [];
  const first: unknown = Array.isArray(said) ? (said.length === 0 ? "" : said[0]) : said;
  if (typeof first === "string" && first.trim() === "")
    return [{ key, message: "expected a command, got an empty one" }];
  const quote = typeof said === "string" && !key.endsWith(".script") ? unclosed(said) : null;
  return quote === null ? [] : [{ key, message: `the quote ${quote} is never closed` }];
}

/** A name that no shell can export would be dropped on the way to the program. */
function variables({ key, app }: Entry): Problem[] {
  return Object.keys(isRecord(app.env) ? app.env : {})
    .filter((name) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    .map((name) => ({
      key: `${key}.env`,
      message: `${JSON.stringify(name)}: expected a name of letters, digits and _ that does not begin with a digit`,
    }));
}

const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
const numbers = (value: unknown): number[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === "number") : [];
