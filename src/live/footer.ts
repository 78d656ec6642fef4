import type { Colors } from "../ui/colors.ts";
import { isBroken, isUp, type ServiceState } from "../model/service-status.ts";
import { promptPlace } from "../model/prompt.ts";
import type { AppState } from "../model/status.ts";
import { stripVTControlCharacters } from "node:util";
import { displayWidth, duration, pad, plural, shorten, timeOfDay, visible } from "../util/text.ts";
import { KEYS } from "./keys.ts";
import type { LiveState, Step } from "./state.ts";

/** What the second line shows instead of the keys: what is typed, or how the view differs from everything. */
export interface Footing {
  state: LiveState;
  /** The branch of the project's repository; null where there is none. */
  branch: string | null;
  /** `only backend`, `paused · 12 lines wait`; empty: everything is shown. */
  view: string;
  /** What is asked for, and what has been typed; null: nothing is. */
  prompt: { question: string; typed: string; hint: string } | null;
  now: Date;
}

/** Below this width there is one line. */
const NARROW = 60;
const GAP = "   ";

/** At most two lines, each narrower than the terminal. */
export function footerLines(footing: Footing, columns: number, colors: Colors): string[] {
  const room = Math.max(1, columns - 1);
  const second = secondLine(footing, room, colors);
  if (columns >= NARROW) return [firstLine(footing, room, colors), second];
  return [footing.prompt !== null || footing.view !== "" ? second : firstLine(footing, room, colors)];
}

/** A piece of the first line: shown with its value where there is room, else without, else counted. */
interface Item {
  name: string;
  sign: string;
  value: string;
  paint: (text: string) => string;
  /** It is as it should be: the first to go where there is no room. */
  well: boolean;
}

function firstLine(footing: Footing, room: number, colors: Colors): string {
  const items = [...appItems(footing, colors), ...taskItems(footing, colors), ...serviceItems(footing, colors)];
  const right = rightSide(footing, colors);
  const space = room - displayWidth(right) - 1 - GAP.length;
  const left = ` ${fitting(items, space, colors) ?? ""}`;
  if (displayWidth(left) + displayWidth(right) > room) return shorten(stripVTControlCharacters(left), room);
  return `${pad(left, room - displayWidth(right))}${right}`;
}

/** The fullest form that fits. */
function fitting(items: readonly Item[], space: number, colors: Colors): string | null {
  const ailing = items.filter(({ well }) => !well);
  const well = items.length - ailing.length;
  const count = well > 0 ? [`${colors.green("●")} ${well}`] : [];
  const forms = [
    items.map(shown),
    items.map((item) => (item.well ? bare(item) : shown(item))),
    [...count, ...ailing.map(shown)],
    [...count, ...ailing.map(bare)],
    [...count, ...(ailing.length > 0 ? [`${colors.yellow("✖")} ${ailing.length}`] : [])],
  ].map((parts) => parts.join(GAP));
  return forms.find((form) => displayWidth(form) <= space) ?? null;
}

const bare = (item: Item): string => `${item.name} ${item.paint(item.sign)}`;
const shown = (item: Item): string => (item.value === "" ? bare(item) : `${bare(item)} ${item.value}`);

function appItems({ state, now }: Footing, colors: Colors): Item[] {
  return [...state.model.apps.values()].map(({ status }) => {
    const { name, lastReload, url, port } = status;
    const step = state.steps.find(({ of, kind }) => of === name && kind === "setup");
    const place = port === null ? (url === null ? "" : url) : `:${port}`;
    const ready = lastReload?.ok ? `${Math.round(lastReload.ms)} ms` : place;
    const value: Partial<Record<AppState, string>> = {
      ready,
      running: place,
      crashed: time(state.brokenAt.get(name)),
      failed: time(state.brokenAt.get(name)),
    };
    if (status.prompt)
      return {
        name: safe(name),
        sign: "?",
        value: safe(promptPlace(status.prompt)),
        paint: colors.yellow,
        well: false,
      };
    return {
      name: safe(name),
      ...sign(status.state, colors),
      value: step ? underWay(step, now) : (value[status.state] ?? ""),
    };
  });
}

function sign(state: AppState, colors: Colors): Pick<Item, "sign" | "paint" | "well"> {
  switch (state) {
    case "ready":
    case "running":
      return { sign: "●", paint: colors.green, well: true };
    case "crashed":
    case "failed":
      return { sign: "✖", paint: colors.red, well: false };
    case "stopped":
    case "unknown":
      return { sign: "○", paint: colors.dim, well: true };
    case "pending":
    case "starting":
    case "reloading":
      return { sign: "◌", paint: colors.yellow, well: false };
  }
}

/** Tasks are of interest while they run, and when they have failed. */
function taskItems({ state, now }: Footing, colors: Colors): Item[] {
  return [...state.model.tasks.values()].flatMap((task): Item[] => {
    const name = safe(task.name);
    if (task.state === "failed") return [{ name, sign: "✖", value: "", paint: colors.red, well: false }];
    const step = state.steps.find(({ of, kind }) => of === task.name && kind === "task");
    return step ? [{ name, sign: "◌", value: underWay(step, now), paint: colors.yellow, well: false }] : [];
  });
}

function serviceItems({ state, now }: Footing, colors: Colors): Item[] {
  const steps = state.steps.filter(({ kind }) => kind === "infra");
  const known = state.model.infra.map(({ service }) => service);
  const statuses = new Map(state.model.infra.map((one) => [one.service, one]));
  return [...new Set([...known, ...steps.map(({ of }) => of)])].map((service) => {
    const step = steps.find(({ of }) => of === service);
    if (step) return { name: safe(service), sign: "◌", value: underWay(step, now), paint: colors.yellow, well: false };
    const status = statuses.get(service);
    if (status && isBroken(status))
      return { name: safe(service), sign: "✖", value: status.state, paint: colors.red, well: false };
    return { name: safe(service), value: "", ...serviceSign(status?.state ?? "missing", colors) };
  });
}

function serviceSign(state: ServiceState, colors: Colors): Pick<Item, "sign" | "paint" | "well"> {
  if (isUp(state)) return { sign: "●", paint: colors.green, well: true };
  if (state === "starting") return { sign: "◌", paint: colors.yellow, well: false };
  return { sign: "○", paint: colors.dim, well: true };
}

const BAR = 10;

/** `▰▰▰▱▱▱▱▱▱▱ 12/40 MB 3 s`, `npm ci 12 s`. */
function underWay({ detail, since }: Step, now: Date): string {
  const seconds = duration(Math.max(0, Math.round((now.getTime() - Date.parse(since)) / 1_000)) * 1_000).replace(
    ".0 ",
    " ",
  );
  const [, done, total, unit] = /([\d.]+) of ([\d.]+) ([kMGT]?B)/.exec(detail) ?? [];
  if (done === undefined || total === undefined) return `${shorten(safe(detail), 24)} ${seconds}`;
  const full = Math.min(BAR, Math.floor((Number(done) / Number(total)) * BAR) || 0);
  return `${"▰".repeat(full)}${"▱".repeat(BAR - full)} ${done}/${total} ${unit} ${seconds}`;
}

function rightSide({ state, branch }: Footing, colors: Colors): string {
  const count = state.model.errors.length;
  const errors = count > 0 ? `${colors.red(plural(count, "error"))} · ` : "";
  return `${errors}${safe(state.project)}${branch === null ? "" : ` ${colors.dim(`(${shorten(safe(branch), 30)})`)}`}`;
}

function secondLine({ prompt, view }: Footing, room: number, colors: Colors): string {
  if (prompt !== null) {
    const question = ` ${colors.bold(shorten(safe(prompt.question), Math.max(1, room - 6)))} `;
    const cursor = colors.inverse(" ");
    const space = Math.max(0, room - displayWidth(question) - 1);
    const typed = tail(prompt.typed, space);
    const hint = `   ${safe(prompt.hint)}`;
    const rest = displayWidth(typed) + displayWidth(hint) <= space ? colors.dim(hint) : "";
    return `${question}${typed}${cursor}${rest}`;
  }
  const before = view === "" ? "" : ` ${colors.yellow(shorten(safe(view), Math.max(0, room - 1)))}`;
  const gap = view === "" ? "" : "  ";
  const hints = keyHints(room - displayWidth(before) - gap.length, colors);
  return hints === "" ? before : `${before}${gap}${hints}`;
}

/** As many of the keys as there is room for; the less important ones go first, and help stays longest. */
function keyHints(room: number, colors: Colors): string {
  const rows = KEYS.filter(({ short }) => short !== undefined);
  const dropped = new Set<string>();
  const all = (): string =>
    ` ${rows
      .filter(({ action }) => !dropped.has(action))
      .map(({ keys, short }) => `${keys} ${short}`)
      .join(GAP)}`;
  for (const { action } of rows.toReversed().filter((row) => row.action !== "help")) {
    if (displayWidth(all()) <= room) break;
    dropped.add(action);
  }
  return displayWidth(all()) <= room ? colors.dim(all()) : "";
}

/** The end of what is typed is what a person looks at. */
function tail(text: string, width: number): string {
  let kept = "";
  // a pasted page is drawn once for each of its characters: what is far from its end is not looked at
  for (const character of Array.from(safe(text.slice(-UNITS * (width + 1)))).toReversed()) {
    if (displayWidth(character + kept) > width) break;
    kept = character + kept;
  }
  return kept;
}

/** A column has at most this many UTF-16 units: an emoji of a family. */
const UNITS = 8;

/** Names come from configurations, questions from apps: nothing in them may move the cursor. */
const safe = (text: string): string => visible(text);

/** `12:04`, the local time of day. */
const time = (iso: string | undefined): string => (iso === undefined ? "" : timeOfDay(iso).slice(0, 5));
