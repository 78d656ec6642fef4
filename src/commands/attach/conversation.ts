import type { Streamed } from "../../model/protocol.ts";
import type { Prompt, PromptKey } from "../../model/prompt.ts";
import type { EngineClient } from "../../system/engine/engine-client.ts";
import type { LineInput, LineEditor } from "../../system/terminal/line-input.ts";
import type { Terminal } from "../../system/terminal/terminal.ts";
import { printableLine } from "../../util/text.ts";

export interface ConversationOptions {
  app: string;
  lineInput: LineInput;
  terminal: Terminal;
  /** A connection of its own: as long as it is open, somebody is here. */
  engine: EngineClient;
  /** A sentence for the user. */
  say: (text: string) => void;
  now: () => number;
}

/** Pressed twice within this time, Ctrl+C leaves. */
const TWICE_MS = 1_000;

/** The prompts of one app in a terminal: a line is edited here, and sent to its program. */
export class Conversation {
  readonly #options: ConversationOptions;
  readonly #editor: LineEditor;
  readonly #terminal: Terminal;
  /** Pasted, or typed before the next prompt. */
  #waiting: string[] = [];
  #asked = "";
  #interrupted = -Infinity;
  #leave: () => void = () => {};
  /** Resolves when the person leaves by a key of the prompt. */
  readonly left = new Promise<number>((resolve) => (this.#leave = () => resolve(0)));

  constructor(options: ConversationOptions) {
    this.#options = options;
    this.#editor = options.lineInput.edit({
      line: (text) => void this.#send("line", text),
      interrupt: () => this.#interrupt(),
      end: () => void this.#send("end", ""),
    });
    this.#terminal = { ...options.terminal, out: this.#editor.above(options.terminal.out) };
  }

  /** Everything else is printed there. */
  get terminal(): Terminal {
    return this.#terminal;
  }

  /** Shows the prompt that the app is at, if any. */
  async begin(): Promise<void> {
    const answer = await this.#options.engine.ask({ op: "attend", app: this.#options.app });
    if (answer?.ok === true && answer.prompt !== null) this.#ask(answer.prompt);
  }

  /** false: the event is shown here, and nowhere else. */
  takes(event: Streamed): boolean {
    if (!("app" in event) || event.app !== this.#options.app) return true;
    if (event.event === "app.prompt") this.#ask(event);
    else if (event.event === "app.resumed") {
      this.#waiting = [];
      this.#editor.rest();
    }
    return event.event !== "app.prompt";
  }

  close(): void {
    this.#editor.close();
  }

  #ask({ text }: Prompt): void {
    const next = this.#waiting.shift();
    this.#asked = printableLine(text, { level: 1 });
    if (next === undefined) this.#editor.ask(this.#asked);
    else void this.#send("line", next);
  }

  #interrupt(): void {
    const { now } = this.#options;
    if (now() - this.#interrupted < TWICE_MS) return this.#leave();
    this.#interrupted = now();
    this.#editor.rest();
    void this.#send("interrupt", "");
  }

  async #send(what: "line" | PromptKey, text: string): Promise<void> {
    const { engine, app, say } = this.#options;
    const answer = await engine.ask({ op: "input", app, what, text });
    if (answer?.ok === true) return;
    // typed before the program asks again
    if (what === "line") return void this.#waiting.push(text);
    say(answer?.error ?? "the session does not answer");
    this.#editor.ask(this.#asked);
  }
}
