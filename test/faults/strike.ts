import type { Seen } from "../rigs/processes.ts";
import type { Place } from "./rig.ts";

/** When in a session's life it is struck. */
export const PHASES = ["start", "set-up", "infra", "pull", "running", "reload", "teardown"] as const;

/** What befalls one session, all of it drawn from a seed. */
export interface Strike {
  seed: number;
  phase: (typeof PHASES)[number];
  /** Of the phase: 0 is its beginning, 1 its end. */
  moment: number;
  /** Which kind of process, and which process of that kind: shares of what is there at the moment. */
  kind: number;
  which: number;
  /** null: it is killed. Otherwise it is stopped, and continued after so many milliseconds. */
  stoppedMs: number | null;
}

export function strikeOf(seed: number): Strike {
  const draw = randomFrom(seed);
  const phase = PHASES[Math.floor(draw() * PHASES.length)] ?? "start";
  const [moment, kind, which, action, ms] = [draw(), draw(), draw(), draw(), draw()];
  return { seed, phase, moment, kind, which, stoppedMs: action < 0.7 ? null : Math.round(200 + ms * 3_000) };
}

/** mulberry32: small, and the same everywhere. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The kinds of processes of a session, told by their command lines, as the map in CONTRIBUTING.md has them. */
const KINDS: readonly (readonly [kind: string, pattern: RegExp])[] = [
  ["engine", /bin\/devpm\.js dev/],
  ["guard", /shim\.py|^\S*node .*sentinel-main\.js/],
  ["daemon", /God Daemon|daemon-main\.cjs/],
  ["compose", /docker-compose|^docker compose/],
  ["step", /sleep 4010/],
  ["python", /prefork\/__main__\.py/],
  ["app", /web\.mjs|^sleep 4000/],
  ["worker", /app\.py 0|^sleep 400\d|--be title/],
];

/** The process that is struck, of those that live at this moment, and what it is. */
export function targetOf(strike: Strike, place: Place): { kind: string; seen: Seen } | null {
  const all = place.left();
  const kinds = KINDS.map(([kind, pattern]) => ({ kind, found: all.filter((seen) => pattern.test(seen.command)) }));
  const there = kinds.filter(({ found }) => found.length > 0);
  const chosen = there[Math.floor(strike.kind * there.length)];
  const seen = chosen?.found[Math.floor(strike.which * chosen.found.length)];
  return chosen && seen ? { kind: nameOf(chosen.kind, seen, chosen.found), seen } : null;
}

/** Who forked others, and what these are: they have one command line. */
const FORKED: Readonly<Record<string, readonly [string, string]>> = {
  guard: ["sentinel", "shim"],
  python: ["supervisor", "template or worker"],
};

const nameOf = (kind: string, seen: Seen, same: readonly Seen[]): string =>
  FORKED[kind]?.[same.some(({ pid }) => pid === seen.parent) ? 1 : 0] ?? kind;

export const wordsOf = ({ seed, phase, moment, stoppedMs }: Strike, what: string): string =>
  `KILLS_SEED=${seed}: ${what} ${stoppedMs === null ? "killed" : `stopped for ${stoppedMs} ms`}, ${phase} at ${moment.toFixed(2)}`;
