import { createInterface, type Interface } from "node:readline";
import { isatty } from "node:tty";
import { stripVTControlCharacters } from "node:util";
import { encodedText, type Encoding } from "../byte-queue.ts";
import { isForeground } from "../job.ts";
import type { Output } from "./terminal.ts";
import { monotonic } from "../monotonic.ts";

/** What a person types at this process's terminal. */
export interface LineInput {
  /** Lines with editing and history. */
  edit(handlers: EditHandlers): LineEditor;
  /** Whole lines as the terminal edits them; nothing is read before `read`. */
  lines(onLine: (line: string) => void): TypedLines;
}

export interface EditHandlers {
  line(text: string): void;
  /** Ctrl+C on an empty line; on any other it only clears the line. */
  interrupt(): void;
  /** Ctrl+D on an empty line. */
  end(): void;
}

export interface LineEditor {
  /** Asks for a line behind this prompt. */
  ask(prompt: string): void;
  /** Nothing is asked: the terminal's own keys are back, Ctrl+C is a signal. */
  rest(): void;
  /** What is written there appears above the line that is being edited. */
  above(out: Output): Output;
  close(): void;
}

export interface TypedLines {
  /** From now on; what was typed before is dropped. */
  read(): void;
  rest(): void;
}

/** null where nothing can be typed: stdin is no terminal. */
export const lineInputOf = (): LineInput | null => (isatty(0) ? { edit, lines } : null);

/** What was typed before anything was asked comes at once. */
const TYPED_AHEAD_MS = 30;

function lines(onLine: (line: string) => void): TypedLines {
  let since = 0;
  let reader: Interface | null = null;
  return {
    read() {
      if (reader !== null || isForeground() === false) return;
      since = monotonic();
      // not as a terminal: that would take the keys from it, and Ctrl+C
      reader = createInterface({ input: process.stdin, terminal: false });
      reader.on("line", (line) => {
        if (monotonic() - since > TYPED_AHEAD_MS) onLine(line);
      });
    },
    rest() {
      reader?.close();
      reader = null;
      process.stdin.pause();
    },
  };
}

function edit(handlers: EditHandlers): LineEditor {
  return new Editor(handlers);
}

class Editor implements LineEditor {
  readonly #handlers: EditHandlers;
  #history: string[] = [];
  #reader: Interface | null = null;
  #prompt = "";

  constructor(handlers: EditHandlers) {
    this.#handlers = handlers;
  }

  ask(prompt: string): void {
    this.#prompt = prompt;
    this.#reader ??= this.#open();
    this.#reader.setPrompt(prompt);
    this.#reader.prompt(true);
  }

  rest(): void {
    const reader = this.#reader;
    if (reader === null) return;
    this.#erase(reader);
    this.close();
  }

  above(out: Output): Output {
    return new Proxy(out, {
      get: (target, key) => {
        if (key === "write") return (text: string) => this.#write(text);
        if (key === "writeBytes") return (text: Encoding) => this.#write(encodedText(text));
        const value = Reflect.get(target, key, target) as unknown;
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      },
    });
  }

  close(): void {
    const reader = this.#reader;
    this.#reader = null;
    reader?.close();
    process.stdin.pause();
  }

  #open(): Interface {
    const reader = createInterface({
      input: process.stdin,
      output: process.stdout,
      terminal: true,
      history: this.#history,
      removeHistoryDuplicates: true,
    });
    reader.on("history", (history) => (this.#history = history));
    reader.on("line", (text) => {
      // the log has it in a moment, behind its prompt
      process.stdout.write(`\x1b[${rowsOf(this.#prompt + text)}A\r\x1b[J`);
      this.close();
      this.#handlers.line(text);
    });
    reader.on("SIGINT", () => {
      if (reader.line === "") this.#handlers.interrupt();
      else reader.write(null, { ctrl: true, name: "u" });
    });
    // readline closes at Ctrl+D
    reader.on("close", () => {
      if (this.#reader !== reader) return;
      this.#reader = null;
      process.stdout.write("\r\x1b[J");
      this.#handlers.end();
    });
    return reader;
  }

  /** At once, as readline writes: in the order of the two. */
  #write(text: string): void {
    const reader = this.#reader;
    if (reader) this.#erase(reader);
    process.stdout.write(text);
    reader?.prompt(true);
  }

  #erase(reader: Interface): void {
    const { rows } = reader.getCursorPos();
    process.stdout.write(`${rows > 0 ? `\x1b[${rows}A` : ""}\r\x1b[J`);
  }
}

const rowsOf = (text: string): number =>
  Math.floor(stripVTControlCharacters(text).length / (process.stdout.columns || 80)) + 1;
