import path from "node:path";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { App } from "../../model/project.ts";
import { literal } from "../../model/save-rules.ts";
import type { SessionRecord } from "../../model/session-record.ts";
import type { System } from "../../system/system.ts";
import { survey } from "../../teardown/survey.ts";
import { abortsWith } from "../../util/abort.ts";
import { pathFrom } from "../../util/paths.ts";
import { joinWithAnd } from "../../util/text.ts";
import type { EventStream } from "../stream.ts";
import { RestartLoop } from "./restart-loop.ts";
import { nextWriter, saveTimes, type Writer } from "./written-by.ts";

export interface LoopGuardOptions {
  emit: EventStream["emit"];
  record: () => SessionRecord;
  restart: (app: string) => void;
  stopping: AbortSignal;
}

/** Ends the loop of an app that PM2 restarts at each save and whose command writes where it is watched. */
export interface LoopGuard {
  /**
   * PM2's watch restarts the app because of `file`. `startedAt`: of its process, in ms of the wall clock. false: it is no save, and the
   * app is started again without it.
   */
  saved(app: App, file: string, startedAt: number): boolean;
  /** What its own command was found to write, and what devpm prints into: it does not restart the app in this session. */
  ignored(app: string): readonly string[];
  /** The same, and what is not watched while a test finds out what writes it. */
  unwatched(app: string): readonly string[];
  /** What a client of the session prints into: a save of it restarts an app once more, and then no longer. */
  printedInto(files: readonly string[]): void;
  /** A client's process prints, until what it returns is called: what reads it is looked for once an app is under suspicion. */
  printedBy(pid: number): () => void;
  /** Before a start of the app: where it is under suspicion `end` ends it, and its second test keeps it down for a while. */
  pause(app: App, end: () => Promise<void>): Promise<void>;
  /** After that start. */
  started(app: App, pid: number): void;
}

interface State {
  loop: RestartLoop;
  ignored: string[];
  /** Under way: its files are not watched, until it is known what writes them. */
  test: "due" | "under way" | null;
  /** Tests that said that the app may be the writer; of the first one a user who saves evenly notices next to nothing. */
  agreed: number;
  /** Tests that found a user at work: the next suspicion needs more saves. */
  cleared: number;
  /** Ends the test of the start before: each start is tested alone. */
  over: AbortController;
  /** When the files were last written, before the start that is tested. */
  times: number[];
  /** A process that was seen with a file open for writing. */
  writer: string | null;
}

/** How often the files are looked at while the app is down: the start of a user's save waits no longer. */
const LOOK_MS = 25;

export function createLoopGuard(system: System, options: LoopGuardOptions): LoopGuard {
  const { emit, restart, stopping } = options;
  const states = new Map<string, State>();
  const printed = printedFiles(system, restart);
  const stateOf = ({ name }: App): State => {
    const state = states.get(name) ?? newState();
    states.set(name, state);
    return state;
  };

  async function judge(app: App, state: State, file: string, startedAt: number): Promise<void> {
    const { loop } = state;
    const savedAt = (await system.files.savedAt(file)) || system.clock.now().getTime();
    if (!loop.save({ file, delayMs: savedAt - startedAt }) || stopping.aborted || state.test !== null) return;
    const found = printed.found(loop.files);
    if (found.length > 0) {
      emit({ event: "notice", text: isPrinted(app, found) });
      begin(state);
    } else state.test = "due";
    restart(app.name);
  }

  return {
    ignored: (app) => [...printed.globs(), ...(states.get(app)?.ignored ?? [])],
    unwatched(app) {
      const state = states.get(app);
      const tested = state?.test === "under way" ? state.loop.files : [];
      return [...printed.leftOut(app), ...(state?.ignored ?? []), ...tested];
    },
    printedInto: printed.add,
    printedBy: printed.by,
    saved(app, changed, startedAt) {
      const file = path.resolve(app.cwd, changed);
      if (printed.takes(app.name, file)) return false;
      const state = stateOf(app);
      if (state.loop.saves > 0) state.writer ??= writerOf(system, options.record(), app.name, file);
      if (startedAt > 0 && state.test === null) void judge(app, state, file, startedAt);
      return true;
    },
    async pause(app, end) {
      const state = stateOf(app);
      if (state.test !== "due") return;
      const { loop } = state;
      await end();
      // a file that is written again only counts where its pages were clean
      await Promise.all(loop.files.map((file) => system.files.flush(file)));
      state.times = await saveTimes(system, loop.files);
      const isUsers = state.agreed > 0 && (await writtenWithin(system, state, stopping));
      if (isUsers) clear(state);
      else state.test = "under way";
    },
    started(app, pid) {
      const state = stateOf(app);
      if (state.test === "under way") void test(system, app, { state, pid }, options);
    },
  };
}

/** What devpm prints into, here and in other terminals: each restart prints, and would be the cause of the next one. */
function printedFiles({ environment, processes }: System, restart: LoopGuardOptions["restart"]) {
  const files = new Set(environment.outputs);
  /** Clients that print. */
  const printers = new Set<number>();
  /** Apps that are about to start again: one of the files was watched when it began to be printed into. */
  const catchingUp = new Set<string>();
  const globs = (): string[] => [...files].map(literal);
  const add = (more: readonly string[]): void => more.forEach((file) => files.add(file));
  return {
    globs,
    add,
    by(pid: number): () => void {
      printers.add(pid);
      return () => void printers.delete(pid);
    },
    /** Those of the files that it reaches through other programs. */
    found(suspects: readonly string[]): string[] {
      const reached = processes.printedOn([...printers]);
      const found = suspects.filter((file) => reached.includes(file));
      if (found.length > 0) add(reached);
      return found;
    },
    /** At a start of the app. */
    leftOut(app: string): string[] {
      catchingUp.delete(app);
      return globs();
    },
    /** true: a save of it is none. */
    takes(app: string, file: string): boolean {
      if (!files.has(file)) return false;
      if (!catchingUp.has(app)) restart(app);
      catchingUp.add(app);
      return true;
    },
  };
}

/** The first one only watches the next start; the second one also keeps the app down before it. */
const TESTS = 2;
/** A user who saves evenly for an hour is tested a few times. */
const MOST_PATIENT = 6;

const newState = (): State => ({
  loop: new RestartLoop(),
  ignored: [],
  test: null,
  agreed: 0,
  cleared: 0,
  over: new AbortController(),
  times: [],
  writer: null,
});

/** Finds out what writes the files while the app starts. */
async function test(
  system: System,
  app: App,
  { state, pid }: { state: State; pid: number },
  options: LoopGuardOptions,
): Promise<void> {
  const { loop, times } = state;
  const names = loop.files;
  state.over.abort();
  state.over = abortsWith(options.stopping);
  const { signal } = state.over;
  const writer = await nextWriter(system, { pid, names, before: times, ms: loop.patienceMs, stopping: signal });
  if (!signal.aborted) conclude(app, state, writer, options);
}

/** What follows from a test. */
function conclude(app: App, state: State, writer: Writer, { emit, restart }: LoopGuardOptions): void {
  if (writer !== "app" && writer !== "unknown") {
    clear(state);
    return restart(app.name);
  }
  state.agreed++;
  if (state.agreed < TESTS) {
    // it may have written anything else while a user saved
    state.test = "due";
    return restart(app.name);
  }
  state.ignored = [...state.ignored, ...state.loop.files];
  emit({ event: "diagnostic", ...restartsItself(app, state.loop, state.writer) });
  begin(state);
}

/** The next suspicion is another one. */
function begin(state: State): void {
  state.loop = new RestartLoop(2 ** state.cleared);
  state.test = null;
  state.agreed = 0;
}

/** Something else than the app writes the files. */
function clear(state: State): void {
  state.cleared = Math.min(state.cleared + 1, MOST_PATIENT);
  begin(state);
}

/** Returns as soon as one of the files is written: a user saved it. */
async function writtenWithin(system: System, { loop, times }: State, stopping: AbortSignal): Promise<boolean> {
  const until = system.clock.monotonic() + loop.pauseMs;
  while (system.clock.monotonic() < until && !stopping.aborted) {
    await system.clock.sleep(LOOK_MS, stopping);
    if (String(await saveTimes(system, loop.files)) !== String(times)) return true;
  }
  return false;
}

/** The process of the app that has the file open for writing now; null where it has closed it already. */
function writerOf(system: System, record: SessionRecord, app: string, file: string): string | null {
  const found = survey(system, record).targets.find(
    (one) => one.app === app && system.processes.writes(one.process.pid, file),
  );
  const command = found && system.processes.describe(found.process.pid)?.command;
  return command === undefined ? null : `pid ${found?.process.pid}  ${command}`;
}

/** An app of which saves of these files do not count. */
export const without = (app: App, files: readonly string[]): App => ({ ...app, ignore: [...app.ignore, ...files] });

const isPrinted = ({ name, cwd }: App, files: readonly string[]): string =>
  `${name} is no longer restarted by ${joinWithAnd(files.map((file) => pathFrom(cwd, file)))}: what devpm prints is written there`;

/** A loop that was tested. `writer`: a process that was seen to write, if one was. */
export function restartsItself(app: App, loop: RestartLoop, writer: string | null): Diagnostic {
  const { name, cwd, kind } = app;
  const names = loop.files.map((file) => pathFrom(cwd, file));
  const line = `${kind === "pm2" ? "ignore_watch" : "ignore"}: ${JSON.stringify(names)}`;
  const places = kind === "pm2" ? `${name} of the PM2 file` : `apps.${name} of the ecosystem file`;
  return {
    code: "DEVPM_RESTART_LOOP",
    severity: "warning",
    summary: `${name} restarts itself: its command writes ${joinWithAnd(names)}, which is watched`,
    evidence: [
      ["restarts", `${loop.saves}, each because of it, soon after the start`],
      [
        "writer",
        writer ?? `a process of ${name}: it was not written while ${name} was down, and again by its next start`,
      ],
      ["write", `${line} into ${places}`],
    ],
    state: `${joinWithAnd(names)} no longer ${names.length === 1 ? "restarts" : "restart"} ${name} in this session; everything else does.`,
    fixes: [],
  };
}
