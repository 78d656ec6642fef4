import { everyAllocation, type Allocation } from "../../checkout/allocation.ts";
import { everySession } from "../../checkout/all-sessions.ts";
import { forgetMissing, isGone } from "../../checkout/gone.ts";
import { checkoutOf } from "../../checkout/git.ts";
import { instanceOf } from "../../model/instance.ts";
import type { ReportedState, Status } from "../../model/status.ts";
import type { SessionRecord } from "../../model/session-record.ts";
import { shellQuote } from "../../util/shell-quote.ts";
import { askSession } from "../../system/engine/ask-session.ts";
import { plural } from "../../util/text.ts";
import { BUSY_MS, findSilent, isBusy } from "../shared/silent-session.ts";
import { colorsFor, print, printJson, type CommandContext } from "../shared/context.ts";

/** What a worktree keeps until `devpm down --forget`. */
interface Holds {
  ports: number[];
  databases: { service: string; name: string }[];
  /** Its own compose project, with its containers and volumes. */
  compose: string | null;
}

interface Listed {
  project: string;
  root: string;
  /** null: a detached HEAD, or no git repository. */
  branch: string | null;
  id: string;
  pid: number;
  /** As in `status`; `dead`: its engine has ended and it was not torn down yet. */
  state: ReportedState | "dead";
  ports: number[];
  urls: string[];
  /** The memory of all its apps; null where the session does not answer. */
  memoryBytes: number | null;
  /** ISO 8601: the newest save that an app answered. */
  lastSave: string | null;
  holds: Holds;
}

/** A worktree that holds something and runs nothing. */
interface Held extends Holds {
  root: string;
  /** Its folder was removed. */
  gone: boolean;
  /** Its folder is not there, perhaps as its disk is not mounted. */
  missing: boolean;
}

/** `devpm list`: this user's sessions, found by their session files in devpm's state folder, and what worktrees hold. */
export async function list(context: CommandContext, { json }: { json: boolean }): Promise<number> {
  const allocations = await everyAllocation(context.system);
  const sessions = await allSessions(context, allocations);
  const held = await heldBeside(context, sessions, allocations);
  if (json) {
    const idle = held.map(({ root, gone, ports, databases, compose }) => ({ root, gone, ports, databases, compose }));
    printJson(context, held.length === 0 ? { sessions } : { sessions, held: idle });
    return 0;
  }
  const { out } = context.terminal;
  if (sessions.length === 0) print(out, ["No session is running."]);
  else await printTable(context, sessions);
  const dead = sessions.filter(({ state }) => state === "dead");
  if (dead.length > 0) print(out, ["", ...dead.map((one) => context.asTyped(deadLine(one)))]);
  if (held.length > 0) print(out, ["", ...held.map((one) => context.asTyped(heldLine(one)))]);
  return 0;
}

/** Where the terminal is too narrow for all of it, what is long stands below its session: nothing is left out. */
async function printTable(context: CommandContext, sessions: readonly Listed[]): Promise<void> {
  const { out } = context.terminal;
  const { table, tableWidth } = await import("../../ui/table.ts");
  const colors = await colorsFor(context, "out");
  const now = context.system.clock.now();
  const rows = sessions.map((one) => ({ ...briefOf(one, now), ...longOf(one) }));
  const lines = (shown: readonly Record<string, string>[]): string[] =>
    table(shown, out.columns, colors, (column, text) => (column === "STATE" && text === "dead" ? colors.red : null));
  if (tableWidth(rows) <= out.columns) return print(out, lines(rows));
  const [header = "", ...brief] = lines(sessions.map((one) => briefOf(one, now)));
  const below = sessions.map((one) => belowOf(longOf(one)));
  print(out, [header, ...brief.flatMap((line, at) => [line, ...(below[at] ?? [])])]);
}

const briefOf = ({ project, state, pid, branch, memoryBytes, lastSave }: Listed, now: Date) => ({
  PROJECT: project,
  BRANCH: branch ?? "",
  STATE: state === "unresponsive" ? "does not answer" : state,
  MEMORY: memoryBytes === null ? "" : `${Math.round(memoryBytes / 1_000_000)} MB`,
  SAVED: lastSave === null ? "" : agoWords(now.getTime() - Date.parse(lastSave)),
  PID: String(pid),
});

const longOf = ({ urls, ports, holds, root }: Listed) => ({
  URLS: urls.length > 0 ? urls.join(" ") : ports.join(", "),
  HOLDS: holds.databases.map(({ name }) => name).join(" ") || (holds.compose ?? ""),
  FOLDER: root,
});

function belowOf({ URLS, HOLDS, FOLDER }: ReturnType<typeof longOf>): string[] {
  const holds = HOLDS === "" ? [] : [`holds ${HOLDS}`];
  return [FOLDER, ...URLS.split(" "), ...holds].filter((text) => text !== "").map((text) => `  ${text}`);
}

function agoWords(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3_600) return `${Math.round(seconds / 60)} min ago`;
  return `${Math.round(seconds / 3_600)} h ago`;
}

const deadLine = ({ project, root }: Listed): string =>
  `${project} was killed; what is left of it ends with: devpm -C ${shellQuote(root)} down`;

function heldLine({ root, gone, missing, ports, databases, compose }: Held): string {
  const what = [
    ...(ports.length > 0 ? [plural(ports.length, "port")] : []),
    ...databases.map(({ service, name }) => `${name} in ${service}`),
    ...(compose === null ? [] : [`the containers of ${compose}`]),
  ];
  const state = gone ? " (removed)" : missing ? " (missing, perhaps with its disk)" : "";
  const drops = gone
    ? "devpm down --forget in any checkout of its repository drops that"
    : missing
      ? `if it was deleted: ${forgetMissing(root)}`
      : "devpm down --forget in it drops that";
  return `${root}${state} holds ${what.join(", ")}; ${drops}`;
}

const holdsOf = (allocation: Allocation | undefined): Holds => ({
  ports: Object.values(allocation?.ports ?? {}),
  databases: (allocation?.databases ?? []).flatMap(({ service, name, unsure }) => (unsure ? [] : [{ service, name }])),
  compose: allocation?.compose ?? null,
});

async function allSessions(context: CommandContext, allocations: readonly Allocation[]): Promise<Listed[]> {
  const { files, environment } = context.system;
  const sessions = await everySession(files, environment);
  return Promise.all(
    sessions.map(async (record) => {
      const { project, root, id, engine, ports } = record;
      const checkout = await checkoutOf(files, root).catch(() => null);
      const asked = await askedOf(context, record);
      const holds = holdsOf(allocations.find((one) => one.root === root));
      return { project, root, branch: checkout?.branch ?? null, id, pid: engine.pid, ...asked, ports, holds };
    }),
  );
}

async function heldBeside(
  { system }: CommandContext,
  sessions: readonly Listed[],
  allocations: readonly Allocation[],
): Promise<Held[]> {
  const idle = allocations.filter((one) => !sessions.some(({ root }) => root === one.root));
  return Promise.all(
    idle.map(async (one) => {
      const missing = (await system.files.kind(one.root).catch(() => "other")) === null;
      return { root: one.root, gone: await isGone(system.files, one), missing, ...holdsOf(one) };
    }),
  );
}

type Asked = Pick<Listed, "state" | "urls" | "memoryBytes" | "lastSave">;

const NOTHING: Omit<Asked, "state"> = { urls: [], memoryBytes: null, lastSave: null };

async function askedOf(context: CommandContext, { engine, root, state }: SessionRecord): Promise<Asked> {
  const { system } = context;
  if (!system.processes.alive(engine)) return { state: "dead", ...NOTHING };
  const instance = instanceOf(root, system.environment);
  const ask = (ms: number) =>
    askSession({ connectEngine: (one) => system.connectEngine(one, ms) }, instance, { op: "status" }, ms);
  const answer = (await ask(STATUS_MS)) ?? ((await isBusy(context, instance)) ? await ask(BUSY_MS) : null);
  if (answer?.ok === true) return { state, ...factsOf(answer.status) };
  return { state: (await findSilent(context, instance)) === null ? state : "unresponsive", ...NOTHING };
}

/** Longer only where the engine is busy, as where ten are asked at once. */
const STATUS_MS = 1_000;

function factsOf({ apps }: Status): Omit<Asked, "state"> {
  const measured = apps.flatMap(({ memoryBytes }) => (memoryBytes === null ? [] : [memoryBytes]));
  const saves = apps.flatMap(({ lastReload }) => (lastReload === null ? [] : [lastReload.savedAt])).toSorted();
  return {
    urls: apps.flatMap(({ url }) => (url === null ? [] : [url])),
    memoryBytes: measured.length === 0 ? null : measured.reduce((sum, bytes) => sum + bytes, 0),
    lastSave: saves.at(-1) ?? null,
  };
}
