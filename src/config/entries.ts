import path from "node:path";
import type { DeclaredPort } from "../checkout/isolation.ts";
import { isObject } from "../util/guard.ts";

/** One app as the user wrote it, with the name and the key path under which problems are reported. */
export interface AppEntry {
  name: string;
  key: string;
  /** Everything unknown: only validate.ts guarantees its shape. */
  app: Record<string, unknown>;
  kind: "preset" | "command" | "pm2";
}

/** The apps of a record or of PM2's array; what is no object is left out (validate.ts reports it). */
export function entriesOf(config: unknown): AppEntry[] {
  const apps = isObject(config) ? config.apps : null;
  if (Array.isArray(apps)) {
    return apps.flatMap((app: unknown, index) =>
      isObject(app) ? [{ name: nameOf(app), key: `apps[${index}]`, app, kind: kindOf(app) }] : [],
    );
  }
  if (!isObject(apps)) return [];
  return Object.entries(apps).flatMap(([name, app]) =>
    isObject(app) ? [{ name, key: keyPath("apps", name), app, kind: kindOf(app) }] : [],
  );
}

const PRESET_PORTS: ReadonlyMap<unknown, number> = new Map([
  ["flask", 5050],
  ["fastapi", 8_000],
  ["django", 8_000],
  ["vite", 5173],
]);

/** The port it claims: of the command line, of the config, or the preset's. As tolerant as the entry itself. */
export function claimedPort({ name, app }: AppEntry, overrides: Readonly<Record<string, number>>): number | null {
  const override = Object.hasOwn(overrides, name) ? overrides[name] : undefined;
  const port = override ?? app.port ?? PRESET_PORTS.get(app.preset);
  return typeof port === "number" ? port : null;
}

/** PM2 also takes a bare list, a bare app, and `pm2` in the place of `apps`. */
export function withApps(exported: unknown): unknown {
  if (Array.isArray(exported)) return { apps: exported };
  if (!isObject(exported) || "apps" in exported) return exported;
  if ("pm2" in exported) return { ...exported, apps: exported.pm2 };
  return "script" in exported ? { apps: [exported] } : exported;
}

/** PM2 ignores what it does not know; so does devpm in a file without any of devpm's keys. */
export const isPlainPm2 = (entries: readonly AppEntry[]): boolean =>
  entries.length > 0 && entries.every(({ kind }) => kind === "pm2");

export const keyPath = (...parts: readonly PropertyKey[]): string =>
  parts.reduce<string>((before, part) => {
    if (typeof part === "number") return `${before}[${part}]`;
    const text = String(part);
    if (!/^[\w$-]+$/.test(text)) return `${before}[${JSON.stringify(text)}]`;
    return before === "" ? text : `${before}.${text}`;
  }, "");

function kindOf(app: Record<string, unknown>): AppEntry["kind"] {
  if (app.preset !== undefined) return "preset";
  return app.command === undefined && (app.script !== undefined || app.cmd !== undefined) ? "pm2" : "command";
}

/** As PM2 does: without a name, the script's own. */
function nameOf(app: Record<string, unknown>): string {
  if (typeof app.name === "string") return app.name;
  return typeof app.script === "string" ? path.parse(app.script).name : "";
}

/** Every port that the configuration claims for an app, in its order. */
export const declaredPorts = (config: unknown): DeclaredPort[] =>
  entriesOf(config).flatMap((entry) => {
    const { name: app } = entry;
    const own = claimedPort(entry, {});
    const further = Array.isArray(entry.app.ports) ? (entry.app.ports as number[]) : [];
    return [
      ...(own === null ? [] : [{ app, port: own, further: false }]),
      ...further.map((port) => ({ app, port, further: true })),
    ];
  });
