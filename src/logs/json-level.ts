import { isObject } from "../util/guard.ts";
import { levelNamed, type Level } from "./level-names.ts";

/*
 * The level of a log line that is a JSON object, as the usual loggers write it: pino and bunyan (a number), winston, zap,
 * logrus, slog, structlog, python-json-logger (`levelname`), loguru (`record.level.name`), Serilog (`@l`, absent for
 * information), Google Cloud (`severity`), Elastic (`log.level`).
 */

/** Longer ones are not parsed: a line of this length is a dump of data. */
const LONGEST = 100_000;

export function jsonLevel(text: string): Level | null {
  const start = text.trimStart();
  if (!start.startsWith("{") || text.length > LONGEST) return null;
  let line: unknown;
  try {
    line = JSON.parse(start);
  } catch {
    return null;
  }
  return isObject(line) ? levelOf(line) : null;
}

/** Keys that hold a level, the most reliable first. */
const KEYS = ["level", "severity", "levelname", "@l", "log.level", "lvl", "loglevel", "Level", "L", "Severity"];

function levelOf(line: Readonly<Record<string, unknown>>): Level | null {
  for (const key of KEYS) {
    const found = meaning(line[key]);
    if (found !== null) return found;
  }
  const nested = [line.log, line.record].find(isObject);
  if (nested) return meaning(nested.level);
  const python = line.levelno ?? line.level_number;
  if (typeof python === "number") return ofPython(python);
  // Serilog omits the level for information
  return "@t" in line && ("@m" in line || "@mt" in line) ? "info" : null;
}

function meaning(value: unknown): Level | null {
  if (typeof value === "string") return /^\d+$/.test(value) ? ofPino(Number(value)) : levelNamed(value);
  if (typeof value === "number") return ofPino(value);
  return isObject(value) && typeof value.name === "string" ? levelNamed(value.name) : null;
}

/** 10 trace, 20 debug, 30 info, 40 warn, 50 error, 60 fatal; numbers in between are custom levels. */
function ofPino(number: number): Level | null {
  if (number < 10) return null;
  if (number < 30) return "debug";
  if (number < 40) return "info";
  return number < 50 ? "warn" : "error";
}

/** 10 debug, 20 info, 30 warning, 40 error, 50 critical. */
function ofPython(number: number): Level {
  if (number < 20) return "debug";
  if (number < 30) return "info";
  return number < 40 ? "warn" : "error";
}
