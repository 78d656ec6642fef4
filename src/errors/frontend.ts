import { fileURLToPath } from "node:url";
import type { FaultKind } from "../model/fault.ts";
import type { FaultFinder, FoundFault, FaultPlace } from "./found.ts";

/** What a line that begins a report of a fault looks like; `message` is what follows on that line. */
interface Beginning {
  kind: FaultKind;
  pattern: RegExp;
  /** It counts only with a stack trace: programs also print such lines for what they have handled. */
  needsStack?: true;
}

const BEGINNINGS: readonly Beginning[] = [
  {
    kind: "frontend",
    pattern:
      /\[vite\](?: \(\w+\))? (?:Pre-transform error|Internal server error|Error when evaluating SSR module [^:]+): (?<message>.*)/,
  },
  { kind: "browser", pattern: /\[Unhandled (?:error|rejection)\] (?<message>.*)/ },
  { kind: "browser", pattern: /\[console\.error\] (?<message>.*)/ },
  { kind: "frontend", pattern: /^\s*[✘✖xX] \[ERROR\] (?<message>.*)/ },
  // webpack and Rspack: the message is on the next line
  { kind: "frontend", pattern: /^ERROR in (?<file>\S+)(?: (?<line>\d+):\d+(?:-\d+)?)?(?<message>)\s*$/ },
  { kind: "frontend", pattern: /^\s*⨯ (?<file>\.?\/?[^\s:]+\.\w+):(?<line>\d+):\d+(?<message>)\s*$/ },
  { kind: "frontend", pattern: /^\s*⨯ (?<message>.*)/ },
  // TypeScript and vue-tsc
  {
    kind: "frontend",
    pattern: /^(?<file>[^\s(:]+\.\w+)(?:\((?<line>\d+),\d+\):|:(?<row>\d+):\d+ -) error (?<message>TS\d+: .*)/,
  },
  { kind: "frontend", pattern: /^(?:Uncaught )?(?<message>\w*Error(?: \[\w+\])?: .*)/, needsStack: true },
];

/** Most lines are none of these: one search decides. */
const MAY_BEGIN = /error|⨯/i;

/** A new message of the tool. Blank lines and frames belong to the report before. */
const NEXT_MESSAGE = /^(?:\d{1,2}:\d\d:\d\d\b|\s*[➜✓✔] |\[vite\]|webpack |VITE v)/;
/** The message is below this line. */
const HEADING = /^(?:Build|Transform|Module build|Compil\w+) failed\b|^Failed to compile/;
/** What Vite's client reports about a fault that Vite has reported itself. */
const ECHO =
  /^(?:Error: |TypeError: )?(?:\[(?:vite|hmr)\]|Failed to fetch dynamically imported module|error loading dynamically imported module|Importing a module script failed)/;

const MOST_LINES = 80;
const MOST_FRAME_LINES = 8;

const FILE = /^\s*File: (?<file>.+?)(?::(?<line>\d+):\d+)?\s*$/;
const BOXED = /[╭┌]─+\[\s*(?<file>.+?):(?<line>\d+):\d+\s*\]/;
const IN_BROWSER = /^ > (?:.* )?(?<file>\S+?):(?<line>\d+):(?<column>\d+)$/;
const STACK = /^\s+at (?:.+ \()?(?<file>(?:file:\/\/|https?:\/\/|\/)[^)]*?):(?<line>\d+):(?<column>\d+)\)?$/;
/** Babel: `/src/App.jsx: Unexpected token (5:10)`. */
const NAMED = /^(?<file>\/[^:]+): .*\((?<line>\d+):\d+\)\s*$/;
/** esbuild, tsc: `    src/App.jsx:5:10:`. */
const BARE = /^\s*(?<file>(?:\.{0,2}\/)?[\w@./-]+\.\w+):(?<line>\d+)(?::\d+)?:?\s*$/;
const PLACES = [BOXED, FILE, NAMED, IN_BROWSER, BARE, STACK];

/** Node prints where an error was thrown above the error itself. */
const THROWN_AT = /^(?<file>(?:file:\/\/)?\/[^:]+):(?<line>\d+)$/;
const mayBePlace = (text: string): boolean => text.startsWith("/") || text.includes("\n/") || text.includes("file:///");
const NEAR_LINES = 8;

interface Report {
  beginning: Beginning;
  message: string;
  places: FaultPlace[];
  lines: string[];
  hasStack: boolean;
}

class FrontendFinder implements FaultFinder {
  #report: Report | null = null;
  #thrown: { place: FaultPlace; age: number } | null = null;

  get busy(): boolean {
    return this.#report !== null;
  }

  matters(text: string): boolean {
    return this.busy || this.#thrown !== null || MAY_BEGIN.test(text) || mayBePlace(text);
  }

  line(text: string): FoundFault[] {
    const next = this.#beginning(text);
    if (next) {
      const found = this.rest();
      this.#report = next;
      return found;
    }
    if (this.#thrown && ++this.#thrown.age > NEAR_LINES) this.#thrown = null;
    if (!this.#report) {
      const thrown = placeIn(text, THROWN_AT);
      if (thrown) this.#thrown = { place: thrown, age: 0 };
      return [];
    }
    if (NEXT_MESSAGE.test(text) || this.#report.lines.length >= MOST_LINES) return this.rest();
    add(this.#report, text);
    return [];
  }

  rest(): FoundFault[] {
    const report = this.#report;
    this.#report = null;
    if (!report || (report.beginning.needsStack && !report.hasStack)) return [];
    const message = messageOf(report);
    if (message === "" || ECHO.test(message)) return [];
    const places = inOrder(report.places);
    const lines = frameOf(report, message);
    return [{ kind: report.beginning.kind, message, places, frames: places.map((place) => ({ place, lines })) }];
  }

  #beginning(text: string): Report | null {
    if (!MAY_BEGIN.test(text)) return null;
    for (const beginning of BEGINNINGS) {
      const groups = beginning.pattern.exec(text)?.groups;
      // within a report such a line is a part of it: `Error: …` after `[vite] Internal server error:`
      if (!groups || (beginning.needsStack && this.#report && !this.#report.beginning.needsStack)) continue;
      const { message = "", file, line, row } = groups;
      const places = file === undefined ? [] : [{ file, line: Number(line ?? row) || null }];
      const named = placeIn(message, NAMED);
      if (named) places.push(named);
      if (beginning.needsStack && this.#thrown) places.push(this.#thrown.place);
      return { beginning, message: message.trim(), places, lines: [], hasStack: false };
    }
    return null;
  }
}

export const frontendFinder = (): FaultFinder => new FrontendFinder();

function add(report: Report, text: string): void {
  report.lines.push(text);
  report.hasStack ||= STACK.test(text);
  for (const pattern of PLACES) {
    const place = placeIn(text, pattern);
    if (!place) continue;
    report.places.push(place);
    return;
  }
}

function placeIn(text: string, pattern: RegExp): FaultPlace | null {
  const { file, line, column } = pattern.exec(text)?.groups ?? {};
  if (file === undefined) return null;
  // after a hot update Vite does not find the source any more: it prints the address of the module
  const isModule = /^https?:|\?(?:t|v|import)\b/.test(file);
  const position = { line: Number(line), column: Number(column ?? 1) };
  if (isModule) return { file: pathOf(file.replace(/\?.*$/, "")), line: null, generated: position };
  return { file: pathOf(file), line: Number(line) || null };
}

function pathOf(written: string): string {
  try {
    if (written.startsWith("file://")) return fileURLToPath(written);
    // as the page loaded it: relative to the folder that is served
    return /^https?:/.test(written) ? new URL(written).pathname.slice(1) : written;
  } catch {
    return written;
  }
}

/** `Transform failed with 1 error:` says nothing; what is below it does. */
function messageOf({ message, lines }: Report): string {
  const plain = message.replace(NAMED_PREFIX, "");
  if (plain !== "" && !HEADING.test(plain)) return plain;
  const below = lines.map((line) => line.trim()).find((line) => line !== "" && !BARE.test(line) && !HEADING.test(line));
  return below ?? plain;
}

const NAMED_PREFIX = /^\/[^:]+: (?=.*\(\d+:\d+\)\s*$)/;

/** The same place may be printed with and without its line. */
const inOrder = (places: readonly FaultPlace[]): FaultPlace[] =>
  places.toSorted((a, b) => Number(isVague(a)) - Number(isVague(b)));

const isVague = ({ line, generated }: FaultPlace): boolean => line === null && generated === undefined;

function frameOf({ lines }: Report, message: string): string[] {
  const kept = lines
    .map((line) => line.trimEnd())
    .filter((line) => line !== "" && !/^\s+at |^\s*(?:Plugin|File): /.test(line) && !message.includes(line.trim()));
  return kept.slice(0, MOST_FRAME_LINES);
}
