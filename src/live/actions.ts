import type { SessionEvent } from "../model/events.ts";
import type { Key } from "../system/terminal/keys.ts";
import { faultLines } from "../ui/faults.ts";
import * as sentences from "../ui/sentences.ts";
import { pad, timeOfDay, visibleInColor, wrapIndented } from "../util/text.ts";
import type { ActionOptions } from "./action-options.ts";
import { helpLines } from "./help.ts";
import { PLACE_KEYS, type Action } from "./keys.ts";
import type { FooterPrompt } from "./prompt.ts";
import type { Shown } from "./shown.ts";
import { createViews, type Views } from "./views.ts";

/** What is in progress is awaited: a report that is being printed, a file that Vite looks at again. */
const ERRORS_MS = 15_000;
/** Each app has a deadline of its own; this ends the wait for an engine that hangs. */
const RESTART_MS = 15 * 60_000;
/** Its server is loaded and started when it is asked for the first time. Milliseconds. */
const PAGE_MS = 10_000;
const LAST_RELOADS = 10;

export interface Actions {
  act(action: Action, key: Pick<Key, "name">): void;
  views: Views;
}

/** Each action of the table of keys. What takes time goes on while the next key is pressed. */
export function createActions(options: ActionOptions): Actions {
  const { shown, out, session } = options;
  const views = createViews(options);
  const print = printing(options);
  const searched: string[] = [];
  const apps = (): string[] => [...shown.state.model.apps.keys()];
  const actions: Record<Action, (name: string) => unknown> = {
    one(key) {
      const app = apps()[indexOf(key)];
      if (app !== undefined) views.one(app);
    },
    all: views.all,
    filter() {
      const question = asking("text", "/", "a text, or a /pattern/; Enter searches, Esc shows all", (text) => {
        if (text === null || text === "") return views.unfilter();
        searched.push(text);
        views.filter(text);
      });
      shown.prompt = { ...question, before: searched };
    },
    unfilter: views.unfilter,
    errors: () => errors(options),
    restart: () => (shown.prompt = restart(options, apps())),
    open: () => open(options, apps()),
    input: () => options.input.begin(),
    urls: () => print(addressLines(shown), "no app has an address yet"),
    clear: () => out.write("\n".repeat(out.rows)),
    // Ctrl+S and Ctrl+Q are no switch
    pause: (name) => name === (shown.paused ? "s" : "q") || views.pause(),
    reloads: () => print(reloadLines(options), "nothing was reloaded yet"),
    verbose: () => (shown.verbose = !shown.verbose),
    timestamps: () => (shown.timestamps = !shown.timestamps),
    detach: options.detach,
    help: () => print(helpLines(apps(), out.columns, options.colors)),
    quit: session.quit,
  };
  return { act: (action, { name }) => void actions[action](name), views };
}

export const indexOf = (key: string): number => PLACE_KEYS.indexOf(key);

export const asking = (
  takes: FooterPrompt["takes"],
  question: string,
  hint: string,
  answer: FooterPrompt["answer"],
): FooterPrompt => ({
  takes,
  question,
  hint,
  typed: "",
  answer,
});

/** `1 backend  3 web`: those of the apps that can be chosen, each with its digit. */
export const numbered = (apps: readonly string[], canBe: (app: string) => boolean = () => true): string =>
  apps
    .slice(0, PLACE_KEYS.length)
    .flatMap((name, index) => (canBe(name) ? [`${PLACE_KEYS[index]} ${name}`] : []))
    .join("  ");

/** Prints what a key asked for, or the sentence where there is nothing. */
export const printing =
  ({ out, colors, asTyped }: Pick<ActionOptions, "out" | "colors" | "asTyped">) =>
  (lines: readonly string[], none = ""): void =>
    out.write(
      `${(lines.length > 0 ? lines : [colors.dim(asTyped(none))])
        .flatMap((line) => visibleInColor(line).split("\n"))
        .flatMap((line) => wrapIndented(line, out.columns))
        .join("\n")}\n`,
    );

async function errors(options: ActionOptions): Promise<void> {
  const { out, colors, asTyped, session } = options;
  const answer = await session.ask({ op: "errors" }, ERRORS_MS);
  const print = printing(options);
  if (answer?.ok !== true) return print([], "the session does not answer: devpm status");
  print(["", ...faultLines(answer.errors, out.columns, colors), ...answer.notes.map(asTyped), ""]);
}

function restart(options: ActionOptions, apps: readonly string[]): FooterPrompt {
  const { session, shown, colors } = options;
  const running = [...shown.state.model.apps.values()].filter(({ status }) => status.state !== "stopped");
  return asking("key", "restart which?", `${numbered(apps)}  Enter all  Esc none`, (key) => {
    const wanted = key === "" ? running.map(({ status }) => status.name) : apps.slice(indexOf(key ?? ""))?.slice(0, 1);
    if (key === null || (key !== "" && indexOf(key) < 0) || wanted.length === 0) return;
    void session.ask({ op: "restart", apps: wanted }, RESTART_MS).then((answer) => {
      // what went well was shown by its events
      if (answer?.ok === false) printing(options)([colors.red(`✖ ${answer.error}`)]);
    });
  });
}

function open(options: ActionOptions, apps: readonly string[]): void {
  const { shown } = options;
  const addresses = new Map(addressesOf(shown));
  const [first] = addresses.keys();
  const names = numbered(apps, (app) => addresses.has(app));
  const hint = `${names}  d this session's page  ${first === undefined ? "" : `Enter ${first}  `}Esc none`;
  shown.prompt = asking("key", "open which?", hint, (key) => {
    if (key === "d") return void openPage(options);
    const address = addresses.get((key === "" ? first : apps[indexOf(key ?? "")]) ?? "");
    if (address !== undefined) void browse(options, address);
  });
}

async function openPage(options: ActionOptions): Promise<void> {
  const answer = await options.session.ask({ op: "ui" }, PAGE_MS);
  if (answer?.ok) return browse(options, answer.url);
  const why = answer?.ok === false ? answer.error : "the session does not answer";
  printing(options)([options.colors.red(`✖ ${why}`)]);
}

async function browse(options: ActionOptions, url: string): Promise<void> {
  const opened = await options.session.browse(url);
  printing(options)([
    opened ? `opened ${options.colors.cyan(url)}` : `nothing here opens it: ${options.colors.cyan(url)}`,
  ]);
}

const addressesOf = ({ state }: Shown): [name: string, url: string][] =>
  [...state.model.apps.values()].flatMap(({ status: { name, url } }): [string, string][] =>
    url === null ? [] : [[name, url]],
  );

function addressLines(shown: Shown): string[] {
  const addresses = addressesOf(shown);
  const width = Math.max(0, ...addresses.map(([name]) => name.length));
  return addresses.map(([name, url]) => `  ${pad(name, width)}  ${url}`);
}

type Reloaded = Extract<SessionEvent, { event: "app.reloaded" }> & { at: string };

/** The reloads of this session, the oldest first. */
function reloadLines({ session, colors }: ActionOptions): string[] {
  const found: Reloaded[] = [];
  for (const event of session.events()) {
    if (event.event === "session.starting" || found.length >= LAST_RELOADS) break;
    if (event.event === "app.reloaded") found.push(event);
  }
  return found
    .toReversed()
    .flatMap((event) => [
      `${colors.dim(timeOfDay(event.at))} ${event.ok ? colors.green("↻") : colors.red("✖")} ${event.ok ? sentences.reloaded(event) : `${event.app}: ${event.file} does not run`}`,
      ...(event.timeline ? [`         ${colors.dim(sentences.whereTimeWent(event.timeline))}`] : []),
    ]);
}
