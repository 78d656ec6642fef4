import { types } from "node:util";
import { keyPath } from "./entries.ts";
import { Opaque, type Problem } from "./problem.ts";

/** Deeper or larger is no configuration, but something that was exported by mistake. */
const DEEPEST = 32;
const MOST_VALUES = 100_000;

/**
 * What the user's file exports, read once: everything after it works on plain objects, on which no getter runs, no proxy
 * answers and no cycle remains. What cannot be read is a problem with its key.
 */
export function configSnapshot(exported: unknown): { config: unknown; problems: Problem[] } {
  const reading = new Reading();
  return { config: reading.copy(exported, [], []), problems: reading.problems };
}

type Path = readonly PropertyKey[];

class Reading {
  readonly problems: Problem[] = [];
  #values = 0;

  copy(value: unknown, path: Path, above: readonly object[]): unknown {
    this.#values++;
    if (typeof value === "string" && value.includes("\u0000"))
      return this.#refuse(path, "a string cannot contain a NUL character");
    if (typeof value !== "object" || value === null || types.isRegExp(value)) return value;
    const kind = this.#kindOf(value, path);
    if (kind !== "Object" && kind !== "Array") return new Opaque(kind);
    if (above.includes(value)) return this.#refuse(path, "it contains itself");
    if (above.length >= DEEPEST) return this.#refuse(path, `more than ${DEEPEST} nested objects`);
    const copied: [string, unknown][] = this.#names(value, path).map((name) => {
      const at = [...path, Array.isArray(value) ? Number(name) : name];
      if (name.includes("\u0000")) this.#refuse(at, "a name cannot contain a NUL character");
      return [name, this.copy(this.#read(value, name, at), at, [...above, value])];
    });
    if (Array.isArray(value)) return copied.map(([, item]) => item);
    // __proto__ is a name like any other here
    return Object.fromEntries(copied);
  }

  #kindOf(value: object, path: Path): string {
    try {
      if (Array.isArray(value)) return "Array";
      return types.isPromise(value) ? "Promise" : Object.prototype.toString.call(value).slice(8, -1);
    } catch (error) {
      this.#refuse(path, `it cannot be read: ${messageOf(error)}`);
      return "Proxy";
    }
  }

  #names(value: object, path: Path): string[] {
    try {
      const names = Object.keys(value);
      if (this.#values + names.length <= MOST_VALUES) return names;
      this.#refuse(path, `the configuration has more than ${MOST_VALUES} values`);
    } catch (error) {
      this.#refuse(path, `it cannot be read: ${messageOf(error)}`);
    }
    return [];
  }

  #read(value: object, name: string, path: Path): unknown {
    try {
      return (value as Record<string, unknown>)[name];
    } catch (error) {
      return this.#refuse(path, `reading it failed: ${messageOf(error)}`);
    }
  }

  #refuse(path: Path, message: string): undefined {
    const key = path.length === 0 ? "the configuration" : keyPath(...path);
    if (!this.problems.some((problem) => problem.message === message && problem.key === key))
      this.problems.push({ key, message });
  }
}

/** What was thrown may be anything, even a value without a text. */
function messageOf(error: unknown): string {
  try {
    return error instanceof Error ? error.message : String(error);
  } catch {
    return "it threw something that is not an error";
  }
}
