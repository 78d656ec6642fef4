import type { Input, Prompt } from "../../model/prompt.ts";
import { promptPlace } from "../../model/prompt.ts";
import type { WarmOrder, WarmReport } from "../../model/protocol.ts";
import type { Clock } from "../../system/clock.ts";
import type { Peer } from "../../system/engine/engine-server.ts";
import { shellQuote } from "../../util/shell-quote.ts";
import type { EventStream } from "../stream.ts";
import { echoOf, isDebugger, isPrompt, placeInWords } from "./unfinished.ts";

/** What the programs of apps print and read, as a terminal would see it. */
export interface Consoles {
  /** The line that a process of the app has begun, and not ended. */
  unfinished(app: string): string;
  /** Ends that line in the logs: what was typed behind it. */
  finish(app: string, typed: string): void;
  /** To the standard input of its process. */
  write(app: string, text: string): Promise<void>;
  /** Its last lines, and its folder: a debugger prints where it stands. */
  recent(app: string): { lines: readonly string[]; folder: string };
  /** It reports its prompts itself. */
  isWarm(app: string): boolean;
  /** How long a request waits for somebody; 0: for ever. */
  seconds(app: string): number;
  /** What the apps have printed by now has come. Never rejects. */
  printed(): Promise<void>;
}

/**
 * The programs that wait at a prompt, and what is sent to them. Readers of the session hear of it by the events
 * `app.prompt` and `app.resumed`; whatever takes input — `devpm attach`, a typed line, a key of the terminal — calls `send`.
 */
export interface Prompts {
  at(app: string): Prompt | null;
  /** The apps that are at a prompt. */
  readonly open: readonly string[];
  /** null: sent; else why not. What is no warm Python takes lines at any time: it may read without asking. */
  send(app: string, input: Input): string | null;
  /** Somebody looks at the prompts of this app, or of all (null), until the returned function is called. */
  attend(app: string | null): () => void;
  connect(consoles: Consoles): void;
  /** What the apps have printed by now has come: their reports come by another way, and may be sooner. */
  printed(): Promise<void>;
  /** A report of a warm Python; `from` takes its input. */
  reported(app: string, report: PromptReport, from: Peer): void;
  /** It has begun a line, and not ended it: it may be a prompt. */
  begun(app: string): void;
}

export type PromptReport = Extract<WarmReport, { what: "prompt" | "went_on" }>;

const LOOK_MS = 20;
/** An unfinished line that stays as it is for so long is one that waits. */
const STEADY_MS = 150;

/** One that was answered and begins no other line for so long has gone on: it may compute until then. */
const QUIET_MS = 1_000;

/** One app's. */
interface Waiting {
  prompt: Prompt | null;
  /** `app.prompt` was emitted, and no `app.resumed` since. */
  shown: boolean;
  /** It is a request that waits: it ends after a time where nobody comes. */
  request: boolean;
  /** Its warm Python, where that has reported the prompt. */
  peer: Peer | null;
  /** Counts what has happened: what was waited for meanwhile is outdated. */
  turn: number;
  looking: boolean;
  patience: AbortController;
}

export function createPrompts(clock: Clock, stream: EventStream): Prompts {
  return new SessionPrompts(clock, stream);
}

class SessionPrompts implements Prompts {
  readonly #clock: Clock;
  readonly #stream: EventStream;
  readonly #apps = new Map<string, Waiting>();
  readonly #attending = new Set<{ app: string | null }>();
  #consoles: Consoles | null = null;

  constructor(clock: Clock, stream: EventStream) {
    this.#clock = clock;
    this.#stream = stream;
    stream.subscribe((event) => {
      if (ENDS.has(event.event) && "app" in event && event.app !== undefined) this.#close(event.app);
      if (event.event === "session.stopping") for (const { patience } of this.#apps.values()) patience.abort();
    });
  }

  at(app: string): Prompt | null {
    return this.#apps.get(app)?.prompt ?? null;
  }

  get open(): string[] {
    return [...this.#apps].filter(([, { prompt }]) => prompt !== null).map(([app]) => app);
  }

  send(app: string, { what, text }: Input): string | null {
    const waiting = this.#of(app);
    const { prompt, peer } = waiting;
    const consoles = this.#consoles;
    if (consoles === null || (prompt === null && (what !== "line" || consoles.isWarm(app))))
      return `${app} is not waiting at a prompt`;
    if (peer === null && what !== "line")
      return `${app} takes whole lines only: it is not a Python that devpm keeps warm`;
    waiting.patience.abort();
    waiting.prompt = null;
    waiting.turn++;
    if (prompt !== null) consoles.finish(app, echoOf(prompt.text, what, text));
    if (peer) peer.send({ do: "input", what, text } satisfies WarmOrder);
    else void consoles.write(app, `${text}\n`).catch(() => {});
    if (peer === null) this.begun(app);
    return null;
  }

  attend(app: string | null): () => void {
    const one = { app };
    this.#attending.add(one);
    for (const [name, waiting] of this.#apps) if (this.#isAttended(name)) waiting.patience.abort();
    return () => {
      this.#attending.delete(one);
      for (const name of this.open) this.#beginPatience(name);
    };
  }

  connect(consoles: Consoles): void {
    this.#consoles = consoles;
  }

  async printed(): Promise<void> {
    await this.#consoles?.printed();
  }

  reported(app: string, report: PromptReport, from: Peer): void {
    if (report.what === "went_on") this.#close(app);
    else void this.#opened(app, report, from);
  }

  begun(app: string): void {
    void this.#look(app);
  }

  async #opened(app: string, report: Extract<PromptReport, { what: "prompt" }>, peer: Peer): Promise<void> {
    const waiting = this.#of(app);
    const turn = ++waiting.turn;
    // what comes until then is not taken for the prompt of a program that reports nothing
    waiting.peer = peer;
    await this.printed();
    const text = await this.#textOf(app);
    if (waiting.turn !== turn) return;
    const { file, line, request } = report;
    this.#open(app, { text, file, line }, { peer, request });
  }

  /** The output up to the prompt is here when the prompt's own text is: at once for one that is known. */
  async #textOf(app: string): Promise<string> {
    let text = this.#unfinished(app);
    let steady = 0;
    while (!isDebugger(text) && steady < STEADY_MS) {
      await this.#clock.sleep(LOOK_MS);
      const next = this.#unfinished(app);
      steady = next === text ? steady + LOOK_MS : 0;
      text = next;
    }
    return text;
  }

  /** Looks until the unfinished line stays as it is; it may have become whole by then. */
  async #look(app: string): Promise<void> {
    const waiting = this.#of(app);
    if (waiting.looking) return;
    waiting.looking = true;
    for (let seen: string | null = null, text = this.#unfinished(app); seen !== text; text = this.#unfinished(app)) {
      seen = text;
      await this.#clock.sleep(text === "" && waiting.shown ? QUIET_MS : STEADY_MS);
    }
    waiting.looking = false;
    this.#steady(app, waiting);
  }

  #steady(app: string, { prompt, peer, request, shown }: Waiting): void {
    const consoles = this.#consoles;
    const text = this.#unfinished(app);
    // reported, and its words came later than they were waited for
    if (peer !== null && prompt?.text === "" && text !== "") this.#open(app, { ...prompt, text }, { peer, request });
    if (consoles === null || peer !== null || (prompt !== null && prompt.text === text)) return;
    if (isPrompt(text, consoles.isWarm(app))) {
      const { lines, folder } = consoles.recent(app);
      this.#open(app, { text, ...placeInWords(text, lines, folder) }, { peer: null, request: false });
    } else if (shown) this.#close(app);
  }

  #open(app: string, prompt: Prompt, { peer, request }: Pick<Waiting, "peer" | "request">): void {
    const waiting = this.#of(app);
    const isFirst = !waiting.shown;
    Object.assign(waiting, { prompt, peer, request, shown: true });
    this.#stream.emit({ event: "app.prompt", app, ...prompt });
    if (isFirst)
      this.#notice(`${this.#words(app, prompt)}: \`devpm attach ${shellQuote(app)}\` answers it${this.#limit(app)}`);
    this.#beginPatience(app);
  }

  #close(app: string): void {
    const waiting = this.#apps.get(app);
    if (waiting === undefined) return;
    waiting.turn++;
    waiting.patience.abort();
    Object.assign(waiting, { prompt: null, peer: null, request: false });
    if (!waiting.shown) return;
    waiting.shown = false;
    this.#stream.emit({ event: "app.resumed", app });
  }

  #beginPatience(app: string): void {
    const waiting = this.#of(app);
    waiting.patience.abort();
    waiting.patience = new AbortController();
    if (this.#isBounded(app)) void this.#giveUp(app, waiting.patience.signal);
  }

  /** Nobody came: the request is answered, with the way to do better. */
  async #giveUp(app: string, signal: AbortSignal): Promise<void> {
    const seconds = this.#consoles?.seconds(app) ?? 0;
    await this.#clock.sleep(seconds * 1_000, signal);
    const prompt = this.at(app);
    if (signal.aborted || prompt === null) return;
    const words = `${this.#words(app, prompt)}, and nobody came within ${seconds} s`;
    this.#notice(`${words}: its request was answered with 503`);
    const how = `\`devpm attach ${shellQuote(app)}\` while it waits shows the prompt; DEVPM_PROMPT_SECONDS is how long that is.`;
    this.send(app, { what: "give up", text: `${words}. ${how}` });
  }

  #isBounded(app: string): boolean {
    const { prompt, request } = this.#of(app);
    return prompt !== null && request && !this.#isAttended(app) && (this.#consoles?.seconds(app) ?? 0) > 0;
  }

  #isAttended(name: string): boolean {
    return [...this.#attending].some(({ app }) => app === null || app === name);
  }

  #limit(app: string): string {
    return this.#isBounded(app)
      ? `; without that its request ends with 503 after ${this.#consoles?.seconds(app)} s`
      : "";
  }

  #words(app: string, prompt: Prompt): string {
    const place = promptPlace(prompt);
    return `${app} waits at a prompt${place === "" ? "" : `, ${place}`}`;
  }

  #unfinished(app: string): string {
    return this.#consoles?.unfinished(app) ?? "";
  }

  #of(app: string): Waiting {
    const known = this.#apps.get(app);
    if (known) return known;
    const waiting: Waiting = {
      prompt: null,
      shown: false,
      request: false,
      peer: null,
      turn: 0,
      looking: false,
      patience: new AbortController(),
    };
    this.#apps.set(app, waiting);
    return waiting;
  }

  #notice(text: string): void {
    this.#stream.emit({ event: "notice", text });
  }
}

/** Its process is another one, or none. */
const ENDS: ReadonlySet<string> = new Set(["app.starting", "app.crashed", "app.stopped"]);
