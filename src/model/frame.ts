import {
  flag,
  listOf,
  number,
  nullable,
  oneOf,
  optional,
  shape,
  textUpTo,
  variants,
  whole,
  type Guard,
} from "../util/guard.ts";
import { DEEPEST_FRAME, LONGEST_FRAME, LONGEST_MS } from "./limits.ts";
import type { Frame, WarmReport } from "./protocol.ts";

/** The parsed line of the socket; else its problem, for the sender, and whether it was JSON at all. */
export type Read = { ok: true; frame: Frame } | { ok: false; error: string; isFrame: boolean };

/** Every frame is checked here, in full, before anything acts on it. */
export function readFrame(line: string): Read {
  if (line.length > LONGEST_FRAME) return wrong(`longer than ${LONGEST_FRAME} characters`);
  if (isDeeperThan(line, DEEPEST_FRAME)) return wrong(`more than ${DEEPEST_FRAME} nested lists and objects`);
  let frame: unknown;
  try {
    frame = JSON.parse(line);
  } catch {
    return wrong("no JSON");
  }
  const error = frameGuard(frame, "request");
  return error === null ? { ok: true, frame: frame as Frame } : wrong(error, true);
}

const wrong = (what: string, isFrame = false): Read => ({ ok: false, error: `malformed request: ${what}`, isFrame });

/** Counted in the text, so that no deeply nested value is ever built. */
function isDeeperThan(line: string, most: number): boolean {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < line.length; at++) {
    const character = line[at];
    if (quoted) {
      if (character === "\\") at++;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === "{" || character === "[") {
      if (++depth > most) return true;
    } else if (character === "}" || character === "]") depth--;
  }
  return false;
}

/** A guard for each variant of the type: a missing one does not compile. */
type Guards<T, Tag extends keyof T> = { [Name in T[Tag] & string]: Guard<Omit<Extract<T, Record<Tag, Name>>, Tag>> };

const name = textUpTo(256);
const names = listOf(name, 1_000);
const file = textUpTo(8_192);
const pid = whole(1, 2 ** 31);
/** A line of a terminal; what is longer has another way in. */
const LONGEST_INPUT = 65_536;
/** The range of a Date. */
const moment = number(0, 8.64e15);
const span = number(0, 8.64e15);

const reports: Guards<WarmReport, "what"> = {
  ready: shape({ pid, port: nullable(whole(0, 65_535)), ms: span }),
  reloading: shape({ file, savedAt: moment }),
  reloaded: shape({
    file,
    savedAt: moment,
    noticedAt: moment,
    forkedAt: moment,
    importedAt: moment,
    answeringAt: moment,
    pid,
    warm: flag,
    p50: span,
    p95: span,
    grown: optional(shape({ module: textUpTo(1_024), ms: span })),
  }),
  crashed: shape({
    file: nullable(file),
    savedAt: nullable(moment),
    excerpt: listOf(textUpTo(LONGEST_FRAME), 1_000),
    during: oneOf("import", "run"),
    exitCode: nullable(whole(-(2 ** 31), 2 ** 31)),
    signal: nullable(textUpTo(32)),
  }),
  cold: shape({ reason: textUpTo(8_192) }),
  unfit: shape({ reason: textUpTo(8_192), itself: optional(flag) }),
  preloaded: shape({ modules: whole(0, 1e9), ms: span }),
  prompt: shape({ file: nullable(file), line: nullable(whole(0, 2 ** 31)), request: flag }),
  went_on: shape({}),
  answered: shape({
    requests: listOf(
      shape({
        method: textUpTo(32),
        path: textUpTo(8_192),
        route: nullable(textUpTo(8_192)),
        status: whole(0, 999),
        began: moment,
        ms: span,
      }),
      1_000,
    ),
  }),
  caught_up: shape({ asked: whole(0, 1e9), unread: listOf(file, 1_000) }),
  notice: shape({ text: textUpTo(65_536) }),
};

const frames: Guards<Frame, "op"> = {
  hello: shape({ protocol: whole(0, 1e9), devpm: textUpTo(64), nonce: textUpTo(128) }),
  prove: shape({ proof: textUpTo(128) }),
  status: shape({ bare: optional(flag) }),
  errors: shape({}),
  join: shape({}),
  events: shape({ logs: flag, outputs: optional(listOf(file, 2)), printer: optional(pid) }),
  down: shape({ force: flag }),
  restart: shape({ apps: names }),
  start: shape({ names }),
  stop: shape({ names }),
  attend: shape({ app: nullable(name), terminal: optional(file) }),
  input: shape({ app: name, what: oneOf("line", "interrupt", "end"), text: textUpTo(LONGEST_INPUT) }),
  evaluate: shape({ app: name, text: textUpTo(LONGEST_INPUT), timeoutMs: number(0, LONGEST_MS) }),
  ui: shape({}),
  wait: shape({
    apps: names,
    for: oneOf("ready", "reload"),
    timeoutMs: number(0, LONGEST_MS),
    file: optional(file),
  }),
  report: shape({ app: name, session: name, report: variants<WarmReport>("what", reports) }),
};

const frameGuard = variants<Frame>("op", frames);
