import path from "node:path";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { App } from "../model/project.ts";

/** One thing that is wrong: where (a key path such as `apps.web.port`), and what was expected. */
export interface Problem {
  key: string;
  message: string;
}

/** Every problem of a configuration in one diagnostic. */
export function invalid(configFile: string, problems: readonly Problem[]): Diagnostic {
  return {
    code: "DEVPM_CONFIG_INVALID",
    summary: `${path.basename(configFile)} has ${problems.length === 1 ? "a problem" : `${problems.length} problems`}`,
    severity: "error",
    evidence: problems.map(({ key, message }) => [key, message] as const),
    state: "Nothing was started.",
    fixes: [],
  };
}

/** What is wrong with an app or a task, found where it is to run: one problem, at one of its keys. */
export const invalidApp = (
  { kind, name }: Pick<App, "kind" | "name">,
  configFile: string | null,
  { key, message }: Problem,
): Diagnostic =>
  invalid(configFile ?? "what was detected here", [
    { key: `${kind === "task" ? "tasks" : "apps"}.${name}.${key}`, message },
  ]);

/** The reason in a line, for an event that has no more room. */
export const reasonOf = (diagnostics: readonly Diagnostic[]): string =>
  diagnostics
    .flatMap(({ code, summary, evidence }) =>
      code === "DEVPM_CONFIG_INVALID" ? evidence.flatMap(([, message]) => message) : [summary],
    )
    .join("; ");

/** Replaces a date, a map, a promise and the like: no configuration value is one, and none is inspected. */
export class Opaque {
  readonly #kind: string;

  constructor(kind: string) {
    this.#kind = kind;
  }

  toString(): string {
    return `a ${this.#kind}`;
  }
}

/** A value as it is quoted in a problem: short, with its type where that is the point. */
export function show(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (typeof value === "string") return `${JSON.stringify(shortened(value))} (a string)`;
  if (typeof value === "function") return "a function";
  if (value instanceof RegExp || value instanceof Opaque) return String(value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object") return `an object with ${Object.keys(value).slice(0, 4).join(", ") || "no keys"}`;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : `a ${typeof value}`;
}

const shortened = (text: string): string => (text.length > 40 ? `${text.slice(0, 39)}…` : text);
