/** What can be done with a key. A key that is not here does nothing. */
export type Action =
  | "one"
  | "all"
  | "filter"
  | "unfilter"
  | "errors"
  | "restart"
  | "open"
  | "input"
  | "urls"
  | "clear"
  | "pause"
  | "reloads"
  | "verbose"
  | "timestamps"
  | "detach"
  | "help"
  | "quit";

export interface KeyRow {
  action: Action;
  /** As people write them. */
  keys: string;
  /** The names that the keyboard gives them; `^c` with Ctrl. */
  names: readonly string[];
  /** In the footer; the most important first. Absent: only in the help. */
  short?: string;
  /** In the help and in docs/terminal.md. */
  does: string;
}

/** Each names an app by its place in the footer: digits, and capital letters from the tenth on. */
export const PLACE_KEYS: readonly string[] = Array.from("123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ");

/** The one table of keys: what is pressed is looked up here, and the footer, the help and the docs are made from it. */
export const KEYS: readonly KeyRow[] = [
  {
    action: "one",
    keys: "1-9",
    names: PLACE_KEYS,
    short: "one app",
    does: "the last lines of that app, then only its lines: apps are counted as in the footer, and from the tenth on by A to Z",
  },
  { action: "all", keys: "0", names: ["0"], short: "all", does: "the lines of all apps again" },
  {
    action: "filter",
    keys: "/",
    names: ["/"],
    short: "filter",
    does: "only lines with a text, or that match a /pattern/: those of the history, then what comes",
  },
  { action: "unfilter", keys: "Esc", names: ["escape"], does: "all lines again" },
  { action: "errors", keys: "e", names: ["e"], short: "errors", does: "what is broken now, each fault once" },
  {
    action: "restart",
    keys: "r",
    names: ["r"],
    short: "restart",
    does: "then a digit: restarts that app; Enter: all of them",
  },
  {
    action: "open",
    keys: "o",
    names: ["o"],
    short: "open",
    does: "then a digit: opens that app's address in the browser; Enter: the first one's; d: the page of the session",
  },
  {
    action: "input",
    keys: "i",
    names: ["i"],
    short: "input",
    does: "answers an app that waits at a prompt (pdb, input()), a line at a time: arrow keys for earlier lines, Ctrl+D for the end; Esc leaves it waiting",
  },
  { action: "urls", keys: "u", names: ["u"], does: "prints the addresses" },
  { action: "clear", keys: "c", names: ["c", "^l"], does: "an empty screen; what was on it is in the scrollback" },
  {
    action: "pause",
    keys: "p",
    names: ["p", "^s", "^q"],
    does: "holds the lines, and shows them all when it is pressed again",
  },
  { action: "reloads", keys: "t", names: ["t"], does: "the last reloads, and where their time went" },
  {
    action: "verbose",
    keys: "v",
    names: ["v"],
    does: "shows what is left out: repeated lines, health checks, the steps of a start; again: leaves it out",
  },
  { action: "timestamps", keys: "s", names: ["s"], does: "shows the time before each line, or hides it again" },
  {
    action: "detach",
    keys: "d",
    names: ["d"],
    short: "detach",
    does: "gives the terminal back and leaves the session running",
  },
  { action: "help", keys: "h", names: ["h", "?"], short: "help", does: "this list" },
  {
    action: "quit",
    keys: "q",
    names: ["q"],
    short: "quit",
    does: "ends the session, as Ctrl+C does; of `attach`: leaves it",
  },
];

const BY_NAME = new Map(KEYS.flatMap((row) => row.names.map((name) => [name, row.action] as const)));

export const actionOf = ({ name, ctrl }: { name: string; ctrl: boolean }): Action | null =>
  BY_NAME.get(ctrl ? `^${name}` : name) ?? null;

/** What the signs in the footer and before the lines mean. */
export const SIGNS: readonly (readonly [sign: string, means: string])[] = [
  ["●", "ready"],
  ["◌", "starts, or reloads"],
  ["▰▱", "how much of a download is here"],
  ["✖", "has crashed or failed, and since when"],
  ["○", "off"],
  ["?", "waits at a prompt: `i` answers it"],
  ["|", "a line of an app; ¦ on its stderr. Red: an error, yellow: a warning, by what the line says"],
  ["✔", "something is done, or ready"],
  ["▲", "a warning: nothing ended because of it"],
  ["↻", "a save was reloaded"],
  ["×14", "so many more lines like the one above"],
];
