import { failed, ok, type Outcome } from "../../diagnostics/outcome.ts";
import { replay } from "../../logs/replay.ts";
import { expanded } from "../../model/groups.ts";
import type { Instance } from "../../model/instance.ts";
import type { Streamed } from "../../model/protocol.ts";
import type { Status } from "../../model/status.ts";
import type { EngineClient } from "../../system/engine-client.ts";
import type { LineInput } from "../../system/line-input.ts";
import type { Signals } from "../../system/signals.ts";
import { createUi } from "../../ui/create-ui.ts";
import { statusLines } from "../../ui/status.ts";
import { colorsFor, print, report, type CommandContext } from "../shared/context.ts";
import { unknownNames } from "../shared/names.ts";
import { unreachable } from "../shared/silent-session.ts";
import { Conversation } from "./conversation.ts";
import { evaluate } from "./evaluate.ts";

export interface AttachOptions {
  /** An app, task or group; null: everything. */
  app: string | null;
  /** `--eval`: a line for its prompt, and how long the answer may take; null: follow it. */
  line?: { text: string; timeoutMs: number; json: boolean } | null;
  /** Where its prompts can be answered; null: nobody types here. */
  lineInput?: LineInput | null;
}

/** About a screenful: older lines are for `devpm logs`. */
const PAST_LINES = 40;

const LEAVES = "attached: Ctrl+C leaves it running, `devpm down` ends it";
const LEAVES_TALK = "attached: Ctrl+C leaves it running, twice at a prompt, where the first one interrupts the program";

const LEAVING = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * `devpm attach`: what the session's own terminal shows, from any other one: first the last lines, devpm's own among them,
 * then everything as it happens. Any number of terminals can follow one session, and none of them ends it. With one app its
 * prompts are answered here.
 */
export async function attach(context: CommandContext, signals: Signals, options: AttachOptions): Promise<number> {
  const instance = await context.instance();
  const engine = await context.system.connectEngine(instance);
  if (engine === null) return report(context, [await unreachable(context, instance, "attach")]);
  try {
    if (engine.refused) {
      print(context.terminal.err, [engine.refused]);
      return 1;
    }
    const status = await statusOf(context, { engine, instance, ...options });
    if (!status.ok) return await report(context, status.diagnostics);
    const { app, line } = options;
    if (line && app !== null) return await evaluate(context, engine, status.value, { app, ...line });
    return await follow(context, signals, { instance, engine, status: status.value, ...options });
  } finally {
    engine.close();
  }
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
  if (answer?.ok !== true || !("status" in answer)) return failed(await unreachable(context, instance, "attach"));
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
  if (lineInput === null || !terminal.out.isTTY || !status.apps.some(({ name }) => name === app)) return null;
  const engine = await system.connectEngine(instance);
  if (engine === null || app === null) return null;
  const say = (text: string): void => talk.terminal.out.write(`${asTyped(text)}\n`);
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
  const ui = createUi("plain", terminal, system.clock, context);
  let ended = false;
  const show = (event: Streamed): void => {
    if (event.event === "session.stopped") ended = true;
    if (talk !== null && !talk.takes(event)) return;
    if (app === null || concerns(event, names)) ui.event(event);
  };
  const colors = await colorsFor(context, "out");
  const replayed = await replay(system.logFiles, instance.logs, {
    names,
    lines: PAST_LINES,
    engine,
    show,
    between: () => {
      print(terminal.out, ["", ...statusLines(status, terminal.out.columns, colors), ""]);
      print(terminal.out, [asTyped(talk === null ? LEAVES : LEAVES_TALK), ""]);
    },
    taken: () => terminal.out.flushed(),
  });
  if (replayed === null) return report(context, [await unreachable(context, instance, "attach")]);
  await talk?.begin();
  const left = new Promise<number>((resolve) => {
    signals.on(LEAVING, () => resolve(0));
    terminal.out.onClosed(() => resolve(0));
  });
  const code = await Promise.race([left, ...(talk ? [talk.left] : []), replayed.done.then(() => (ended ? 0 : 1))]);
  if (code === 1) print(terminal.err, [asTyped("the session ended without a word: `devpm down` ends what it left")]);
  await terminal.out.flushed();
  return code;
}

/** Of one app only what is about it, and the end of the session. */
function concerns(event: Streamed, names: readonly string[]): boolean {
  if (event.event.startsWith("session.") || event.event === "log.missed") return true;
  const about = "app" in event ? event.app : "task" in event ? event.task : null;
  return about !== null && about !== undefined && names.includes(about);
}
