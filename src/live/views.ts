import type { LogRecord } from "../logs/record.ts";
import { counted } from "../util/text.ts";
import type { ActionOptions } from "./action-options.ts";
import { createSearch } from "./search.ts";
import { everyone } from "./shown.ts";
import { filterOf, type Filter, type View } from "./view.ts";

/** Matching lines of the history; `devpm logs --grep` has all. */
const MOST_FOUND = 500;
/** Lines that one pause holds; the history has more. */
const MOST_HELD = 100_000;
/** Over a socket a line comes a moment after it was stamped. */
const LATE_MS = 10_000;

export interface Views {
  one(app: string): void;
  all(): void;
  filter(text: string): void;
  unfilter(): void;
  pause(): void;
  /** The terminal was another program's: what stood on it is gone. */
  again(): void;
  /** The search that is under way is not wanted any more; false: there is none. */
  endSearch(): boolean;
}

interface Refill {
  heading: string | null;
  limit: number;
  since?: string | null;
  /** Only lines with a larger number. */
  after?: number;
  /** Older lines, which a search has found. */
  found?: readonly LogRecord[];
  /** Why there are none. */
  failed?: string | null;
  /** Besides what the view itself leaves out. */
  accept: (record: LogRecord) => boolean;
}

/** Shows lines of the history, then what comes: without a gap, and no line twice. */
type RefillScreen = (refill: Refill) => void;

/** What of the session is followed. */
export function createViews(options: ActionOptions): Views {
  const { out, shown, gate, session } = options;
  const refill = createRefill(options);
  const search = createSearch(options);
  /** The newest line when not everything was followed any more: what came since was shown in part. */
  let narrowedAt: number | null = null;
  const screenful = (): number => Math.max(5, out.rows - 4);
  const narrow = (change: Partial<View>): void => {
    narrowedAt ??= gate.newest;
    shown.view = { ...shown.view, ...change };
  };
  /** The last lines of what is narrowed, then what comes. */
  const look = async (
    change: Partial<View>,
    text: string,
    limit: number,
    since: string | null = null,
  ): Promise<void> => {
    const view = { ...shown.view, ...change };
    const { filter } = view;
    search.end();
    const searched = filter === null ? {} : await search.begin({ ...view, filter }, limit);
    if (searched === null) return;
    if (isNarrow(view)) narrow(change);
    refill({ heading: text, limit, since, ...searched, accept: () => true });
  };
  /** And the last of the lines that the former view left out, or that were held. */
  const widen = (change: Partial<View>, text: string, left: Refill["accept"]): void => {
    search.end();
    shown.view = { ...shown.view, ...change };
    const from = narrowedAt ?? gate.newest;
    const { passed } = gate;
    if (!isNarrow(shown.view)) narrowedAt = null;
    const accept = (record: LogRecord): boolean => record.n > passed || left(record);
    refill({ heading: text, limit: screenful(), after: from, accept });
  };
  return {
    one: (app) => void look({ names: [app] }, `only ${app}`, screenful()),
    all() {
      const { names } = shown.view;
      if (names !== null) widen({ names: null }, "all apps", ({ app }) => !names.includes(app));
    },
    filter(text) {
      const filter = filterOf(text, session.pattern);
      if (typeof filter === "string") return heading(options, `${text} is not a pattern: ${filter}`);
      void look({ filter }, `only lines with ${text}`, MOST_FOUND);
    },
    unfilter() {
      const { filter } = shown.view;
      if (search.end() || filter === null) return;
      widen({ filter: null }, "all lines", ({ line }) => !filter.test(line));
    },
    pause: createPause(options, refill),
    // what stood there was of this session
    again: () => void look({}, "the last lines", screenful(), shown.state.since),
    endSearch: search.end,
  };
}

const isNarrow = ({ names, filter }: View): boolean => names !== null || filter !== null;

function createRefill(options: ActionOptions): RefillScreen {
  const { shown, gate, show, fresh, session, changed } = options;
  let queue = Promise.resolve();
  /** Refills that were asked for and are not shown: the last of them opens the gate. */
  let pending = 0;
  return ({ heading: text, limit, since = null, after, found = [], failed = null, accept }) => {
    const { names, filter } = shown.view;
    const accepts = (record: LogRecord): boolean => passes(filter, record) && accept(record);
    shown.paused = false;
    gate.catchUp();
    pending++;
    changed();
    queue = queue.then(async () => {
      const query = { apps: names ?? everyone(shown), limit, since, accept: accepts };
      const { records, last, cut } = await session.history(after === undefined ? query : { ...query, after });
      fresh();
      if (text !== null) heading(options, text);
      if (failed !== null) heading(options, `older lines were not searched: ${failed}`);
      if (cut) heading(options, "older lines were not searched: devpm logs");
      for (const record of [...found, ...records].slice(-limit)) show.event({ event: "log", ...record });
      // what waits is behind the history that the next one reads
      if (--pending === 0) gate.open(last);
      changed();
    });
  };
}

/** The lines of a pause are those that came after the newest that was shown. */
function createPause({ clock, shown, gate }: ActionOptions, refill: RefillScreen): () => void {
  let since = "";
  return () => {
    if (!shown.paused) {
      since = new Date(clock.now().getTime() - LATE_MS).toISOString();
      shown.paused = gate.hold();
      return;
    }
    const { passed } = gate;
    const older = gate.held - MOST_HELD;
    const left = [
      ...(older > 0 ? [`${counted(older)} more lines: devpm logs`] : []),
      ...(gate.forgotten > 0 ? [`${counted(gate.forgotten)} more of devpm's own lines: devpm logs devpm`] : []),
    ];
    refill({ heading: left.join(", ") || null, limit: MOST_HELD, since, accept: ({ n }) => n > passed });
  };
}

const passes = (filter: Filter | null, { line }: LogRecord): boolean => filter === null || filter.test(line);

const heading = ({ out, colors, asTyped }: ActionOptions, text: string): void =>
  out.write(`${colors.dim(`── ${asTyped(text)} ──`)}\n`);
