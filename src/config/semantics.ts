import { findCycle } from "../util/graph.ts";
import { isExportable } from "../util/shell-quote.ts";
import { didYouMean } from "../util/similar.ts";
import { type AppEntry, entriesOf, keyPath, claimedPort } from "./entries.ts";
import { isObject } from "../util/guard.ts";
import type { Problem } from "./problem.ts";
import { groupsOf, type TaskEntry, taskEntriesOf } from "./task-entries.ts";
import { unclosed } from "./command-line.ts";

/**
 * Problems between keys: names, dependencies, ports. Read with tolerance, so that they are reported beside those of
 * the shape instead of after them.
 */
export function semanticProblems(config: unknown, overrides: Readonly<Record<string, number>>): Problem[] {
  const entries = entriesOf(config);
  const services = servicesOf(config);
  const nodes = nodesOf(entries, taskEntriesOf(config));
  return [
    ...names(nodes, services),
    ...dependencies(nodes, services),
    ...cycles(nodes),
    ...tasksApps(config, entries),
    ...groups(config, nodes, services),
    ...ports(entries, overrides),
    ...portless(entries, overrides),
    ...entries.flatMap(variables),
    ...entries.flatMap(commandLines),
  ];
}

/** What starts after something else: an app or a task. */
interface Node {
  name: string;
  key: string;
  /** Where its name is written, for a problem with it. */
  nameKey: string;
  is: "an app" | "a task";
  dependsOn: string[];
}

function nodesOf(entries: readonly AppEntry[], tasks: readonly TaskEntry[]): Node[] {
  return [
    ...entries.map(({ name, key, app }): Node => ({
      name,
      key,
      nameKey: `${key}.name`,
      is: "an app",
      dependsOn: texts(app.dependsOn),
    })),
    ...tasks.map(({ name, key, task }): Node => ({
      name,
      key,
      nameKey: key,
      is: "a task",
      dependsOn: texts(task.dependsOn),
    })),
  ];
}

/** null: any name may be a service (the compose file decides, later). */
function servicesOf(config: unknown): readonly string[] | null {
  const infra = isObject(config) ? config.infra : undefined;
  if (infra === undefined) return [];
  const services = isObject(infra) ? infra.services : null;
  return services === undefined ? null : texts(services);
}

function names(nodes: readonly Node[], services: readonly string[] | null): Problem[] {
  const seen = new Map<string, string>();
  return nodes.flatMap(({ name, key, nameKey }) => {
    const before = seen.get(name);
    seen.set(name, key);
    if (!name) return [{ key: nameKey, message: "expected a name" }];
    if (!isName(name)) return [{ key, message: NAME }];
    if (before) return [{ key: nameKey, message: `"${name}" is also the name of ${before}` }];
    if (services?.includes(name))
      return [{ key, message: `"${name}" is also the name of a service in infra.services` }];
    return [];
  });
}

const NAME = "expected a name of at most 64 letters, digits, spaces or . _ - @ :";

/** A name is part of file names and of environment variables, and is typed in a terminal. */
const isName = (name: string): boolean => PLAIN_NAME.test(name) || ANY_NAME.test(name);
/** To compile the letters of all scripts takes up to 0.7 ms, of every start. */
const PLAIN_NAME = /^[a-z0-9][a-z0-9 ._@:-]{0,63}$/i;
const ANY_NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._@:-]{0,63}$/u;

function dependencies(nodes: readonly Node[], services: readonly string[] | null): Problem[] {
  const known = [...nodes.map(({ name }) => name), ...(services ?? [])];
  return nodes.flatMap(({ key, name, is, dependsOn }) =>
    dependsOn.flatMap((dependency, index) => {
      const at = `${key}.dependsOn[${index}]`;
      if (dependency === name) return [{ key: at, message: `${is} cannot depend on itself` }];
      if (services === null || known.includes(dependency)) return [];
      return [{ key: at, message: unknown(dependency, known) }];
    }),
  );
}

function unknown(name: string, known: readonly string[], what = "nothing is called"): string {
  const meant = didYouMean(name, known);
  return `${what} "${name}"${meant ? `; did you mean "${meant}"?` : ""}`;
}

function cycles(nodes: readonly Node[]): Problem[] {
  const edges = new Map(nodes.map(({ name, dependsOn }) => [name, dependsOn.filter((other) => other !== name)]));
  const cycle = findCycle(edges);
  if (!cycle) return [];
  const first = nodes.find(({ name }) => name === cycle[0]);
  return [{ key: `${first?.key}.dependsOn`, message: `a cycle: ${cycle.join(" → ")}; none of them could start first` }];
}

/** The app that a task works for. */
function tasksApps(config: unknown, entries: readonly AppEntry[]): Problem[] {
  const known = entries.map(({ name }) => name);
  return taskEntriesOf(config).flatMap(({ key, task }) =>
    typeof task.app === "string" && !known.includes(task.app)
      ? [{ key: `${key}.app`, message: unknown(task.app, known, "no app is called") }]
      : [],
  );
}

function groups(config: unknown, nodes: readonly Node[], services: readonly string[] | null): Problem[] {
  const known = nodes.map(({ name }) => name);
  return Object.entries(groupsOf(config)).flatMap(([name, members]) => {
    const key = keyPath("groups", name);
    const taken = nodes.find((node) => node.name === name)?.key ?? (services?.includes(name) ? "a service" : null);
    return [
      ...(isName(name) ? [] : [{ key, message: NAME }]),
      ...(taken === null ? [] : [{ key, message: `"${name}" is also the name of ${taken}` }]),
      ...members.flatMap((member, index) =>
        known.includes(member)
          ? []
          : [{ key: `${key}[${index}]`, message: unknown(member, known, "no app or task is called") }],
      ),
    ];
  });
}

function ports(entries: readonly AppEntry[], overrides: Readonly<Record<string, number>>): Problem[] {
  const claims = new Map<number, string>();
  return entries.flatMap((entry) => {
    const { key, app } = entry;
    const own = claimedPort(entry, overrides);
    const all = [
      ...(own !== null ? [{ port: own, at: `${key}.port` }] : []),
      ...numbers(app.ports).map((port, index) => ({ port, at: `${key}.ports[${index}]` })),
      ...numbers([app.debug]).map((port) => ({ port, at: `${key}.debug` })),
    ];
    return all.flatMap(({ port, at }) => {
      const before = claims.get(port);
      claims.set(port, before ?? at);
      return before ? [{ key: at, message: `port ${port} is also claimed by ${before}` }] : [];
    });
  });
}

/** What has a meaning only with a port. */
function portless(entries: readonly AppEntry[], overrides: Readonly<Record<string, number>>): Problem[] {
  return entries.flatMap((entry) => {
    const { key, app } = entry;
    // a port of the wrong type is a problem of its own
    if (claimedPort(entry, overrides) !== null || app.port !== undefined) return [];
    const written = Array.isArray(app.command) ? texts(app.command).join(" ") : app.command;
    const uses = typeof written === "string" && /\$(PORT\b|\{PORT\})/.test(written);
    const asks = isObject(app.ready) && app.ready.http !== undefined;
    return [
      ...(uses ? [{ key: `${key}.command`, message: "$PORT is used, but the app has no port" }] : []),
      ...(asks ? [{ key: `${key}.ready.http`, message: "the app has no port that could answer" }] : []),
    ];
  });
}

/** A command line that runs nothing, or that no shell would understand; of set-up steps too. */
function commandLines({ key, app }: AppEntry): Problem[] {
  const steps = Array.isArray(app.setup) ? (app.setup as unknown[]) : [];
  return [
    ...["command", "script"].flatMap((name) => unusable(`${key}.${name}`, app[name])),
    ...steps.flatMap((step, index) => (isObject(step) ? unusable(`${key}.setup[${index}].run`, step.run) : [])),
  ];
}

function unusable(key: string, written: unknown): Problem[] {
  if (typeof written !== "string" && !Array.isArray(written)) return [];
  const first: unknown = Array.isArray(written) ? (written.length === 0 ? "" : written[0]) : written;
  if (typeof first === "string" && first.trim() === "")
    return [{ key, message: "expected a command, got an empty one" }];
  const quote = typeof written === "string" && !key.endsWith(".script") ? unclosed(written) : null;
  return quote === null ? [] : [{ key, message: `the quote ${quote} is never closed` }];
}

/** A name that no shell can export would be dropped on the way to the program. */
function variables({ key, app }: AppEntry): Problem[] {
  return Object.keys(isObject(app.env) ? app.env : {})
    .filter((name) => !isExportable(name))
    .map((name) => ({
      key: `${key}.env`,
      message: `${JSON.stringify(name)}: expected a name of letters, digits and _ that does not begin with a digit`,
    }));
}

const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
const numbers = (value: unknown): number[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === "number") : [];
