import { failed, ok, type Outcome } from "../../diagnostics/outcome.ts";
import { replay } from "../../logs/replay.ts";
import { expanded } from "../../model/groups.ts";
import type { Instance } from "../../model/instance.ts";
import type { Streamed } from "../../model/protocol.ts";
import type { Status } from "../../model/status.ts";
import type { EngineClient } from "../../system/engine/engine-client.ts";
import type { LineInput } from "../../system/terminal/line-input.ts";
import type { Signals } from "../../system/signals.ts";
import type { Screen } from "../../live/screen.ts";
import { liveStateOf } from "../../live/state.ts";
import { concerns } from "../../live/view.ts";
import { createUi } from "../../ui/create-ui.ts";
import { statusLines } from "../../ui/status.ts";
import { deferred } from "../../util/deferred.ts";
import { colorsFor, print, report, type CommandContext } from "../shared/context.ts";
import { canShowFooter, screenOf, type LiveFlags } from "../shared/session-screen.ts";
import { unknownNames } from "../../config/unknown-names.ts";
import { unreachable } from "../shared/silent-session.ts";
import { withSession } from "../shared/with-session.ts";
import { Conversation } from "./conversation.ts";
import { evaluateAtPrompt } from "./evaluate.ts";

export interface AttachOptions extends LiveFlags {
  /** An app, task or group; null: everything. */
  app: string | null;
  /** `--eval`: a line for its prompt, and how long the answer may take; null: follow it. */
  line?: { text: string; timeoutMs: number; json: boolean } | null;
  /** Where its prompts can be answered; null: nobody types here. */
  lineInput?: LineInput | null;
}

/** About a screenful: older lines are for `devpm logs`. */
const PAST_LINES = 40;

/** A report that is being printed is awaited. */
const ERRORS_MS = 5_000;

const LEAVES = "attached: Ctrl+C leaves it running, `devpm down` ends it";
const LEAVES_TALK = "attached: Ctrl+C leaves it running, twice at a prompt, where the first one interrupts the program";

const LEAVING = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * `devpm attach`: what the session's own terminal shows, from any other one: first the last lines, devpm's own among them,
 * then everything as it happens. Any number of terminals can follow one session, and none of them ends it. With one app its
 * prompts are answered here.
 */
export function attach(context: CommandContext, signals: Signals, options: AttachOptions): Promise<number> {
  return withSession(context, "attach", async (engine, instance) => {
    if (engine.refused) {
      print(context.terminal.err, [context.asTyped(engine.refused)]);
      return 1;
    }
    const status = await statusOf(context, { engine, instance, ...options });
    if (!status.ok) return report(context, status.diagnostics);
    const { app, line } = options;
    if (line && app !== null) return evaluateAtPrompt(context, engine, status.value, { app, ...line });
    return follow(context, signals, { instance, engine, status: status.value, ...options });
  });
}

export const evalWithoutApp = (context: CommandContext): Promise<number> =>
  report(context, [
    {
      code: "DEVPM_USAGE",
      severity: "error",
      summary: "--eval is for the prompt of one app, and none is named",
      evidence: [],
      fixes: [{ label: "", command: "devpm attach --help" }],
    },
  ]);

async function statusOf(context: CommandContext, { engine, instance, app }: Attaching): Promise<Outcome<Status>> {
  const answer = await engine.ask({ op: "status" });
  if (answer?.ok !== true) return failed(await unreachable(context, instance, "attach"));
  const known = [...namesIn(answer.status), ...Object.keys(answer.status.groups ?? {})];
  const unknown = app === null ? null : unknownNames([app], known, "attach");
  return unknown ? failed(unknown) : ok(answer.status);
}

const namesIn = ({ apps, tasks = [] }: Status): string[] => [...apps, ...tasks].map(({ name }) => name);

interface Attaching extends AttachOptions {
  instance: Instance;
  engine: EngineClient;
}

interface Attached extends Attaching {
  status: Status;
}

async function follow(context: CommandContext, signals: Signals, attached: Attached): Promise<number> {
  const talk = await conversation(context, attached);
  try {
    return await followed({ ...context, terminal: talk?.terminal ?? context.terminal }, signals, attached, talk);
  } finally {
    talk?.close();
  }
}

/** Where a person is at this terminal, and the name is one app's. */
async function conversation(context: CommandContext, attached: Attached): Promise<Conversation | null> {
  const { instance, status, app, lineInput = null } = attached;
  const { system, terminal, asTyped } = context;
  const asked = status.apps.find(({ name }) => name === app);
  if (lineInput === null || !terminal.out.isTTY || asked === undefined) return null;
  // the footer has a key for it; what waits already is what the person comes for
  if (!asked.prompt && canShowFooter(terminal, system.environment, attached)) return null;
  const engine = await system.connectEngine(instance);
  if (engine === null || app === null) return null;
  const say = (text: string): void => print(talk.terminal.out, [asTyped(text)]);
  const talk: Conversation = new Conversation({ app, lineInput, terminal, engine, say, now: system.clock.monotonic });
  return talk;
}

async function followed(
  context: CommandContext,
  signals: Signals,
  attached: Attached,
  talk: Conversation | null,
): Promise<number> {
  const { terminal, system, asTyped } = context;
  const { instance, engine, status, app } = attached;
  const names = app === null ? namesIn(status) : expanded([app], status.groups ?? {});
  const left = leaving(context, signals);
  const reader = await readerOf(context, talk ? { ...attached, plain: true } : attached, names, left.leave);
  let ended = false;
  let live = false;
  const show = (event: Streamed): void => {
    if (event.event === "session.stopped") ended = true;
    if (talk !== null && !talk.takes(event)) return;
    (live ? reader.event : reader.past)(event);
  };
  const colors = await colorsFor(context, "out");
  const replayed = await replay(system.logFiles, instance.logs, {
    names,
    lines: PAST_LINES,
    engine,
    show,
    between: () => {
      live = true;
      print(terminal.out, ["", ...statusLines(status, terminal.out.columns, colors).map(asTyped), ""]);
      print(terminal.out, [asTyped(talk === null ? LEAVES : LEAVES_TALK), ""]);
    },
    taken: () => terminal.out.flushed(),
  });
  await talk?.begin();
  const ways = [left.done, ...(talk ? [talk.left] : [])];
  const code = replayed && (await Promise.race([...ways, replayed.done.then(() => (ended ? 0 : 1))]));
  reader.close();
  if (code === null) return report(context, [await unreachable(context, instance, "attach")]);
  if (code === 1) print(terminal.err, [asTyped("the session ended without a word: `devpm down` ends what it left")]);
  await terminal.out.flushed();
  // node's own exit would be an abort: it cannot restore the settings of a terminal that is closed
  if (terminal.out.isTTY && (left.closed() || terminal.keys.isLost)) left.hangUp();
  return code;
}

interface Leaving {
  leave: () => void;
  done: Promise<number>;
  /** The terminal is gone. */
  closed: () => boolean;
  hangUp: () => void;
}

/** By a key, a signal, or a closed terminal. */
function leaving({ terminal: { out } }: CommandContext, signals: Signals): Leaving {
  const left = deferred<number>();
  let hungUp = false;
  const leave = (): void => left.resolve(0);
  const restore = signals.on(LEAVING, (signal) => {
    hungUp ||= signal === "SIGHUP";
    leave();
  });
  out.onClosed(leave);
  return {
    leave,
    done: left.promise,
    closed: () => hungUp || out.closed,
    hangUp() {
      restore();
      signals.stopSelf("SIGHUP");
    },
  };
}

interface Reader extends Pick<Screen, "past" | "close"> {
  event: (event: Streamed) => void;
}

async function readerOf(
  context: CommandContext,
  { instance, engine, status, app, ...flags }: Attached,
  names: readonly string[],
  leave: () => void,
): Promise<Reader> {
  const { terminal, system } = context;
  if (canShowFooter(terminal, system.environment, flags)) {
    const faults = await engine.ask({ op: "errors" }, ERRORS_MS);
    const errors = faults?.ok === true && "errors" in faults ? faults.errors : [];
    const wish = {
      ...flags,
      leaving: { quit: leave, detach: leave, returned: () => {} },
      names: app === null ? null : names,
    };
    const present = await system.connectEngine(instance);
    const device = terminal.keys.device();
    void present?.ask({ op: "attend", app, ...(device === null ? {} : { terminal: device }) });
    const screen = await screenOf(context, instance, { ...wish, state: liveStateOf(status, errors) });
    return { ...screen, event: screen.event, close: () => (screen.close(), present?.close()) };
  }
  const ui = createUi("plain", terminal, system.clock, { ...context, ...flags });
  const event = (one: Streamed): void => {
    if (app === null || concerns(one, names)) ui.event(one);
  };
  return { event, past: event, close: () => {} };
}
