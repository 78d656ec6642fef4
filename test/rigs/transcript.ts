import { StringDecoder } from "node:string_decoder";
import { stripVTControlCharacters } from "node:util";
import { inPattern } from "../../src/model/glob.ts";
import { DEADLINE_MS, caughtUp } from "./wait.ts";

/** Matches these words wherever the width of a terminal broke their line. */
export const sentence = (words: string): RegExp => new RegExp(inPattern(words).replaceAll(/ +/g, "\\s+"));

/** What a program has printed so far, and the waits for what it will print. */
export class Transcript {
  #raw = "";
  #ended: string | null = null;
  readonly #decoder = new StringDecoder("utf8");
  readonly #readers = new Set<() => void>();

  add(chunk: Buffer): void {
    this.#raw += this.#decoder.write(chunk);
    this.#notify();
  }

  /** Nothing more will come: waits that are under way fail at once, with `why`. */
  end(why: string): void {
    this.#ended ??= why;
    this.#notify();
  }

  /** As it was printed, control characters included. */
  raw(): string {
    return this.#raw;
  }

  /** Without control sequences, and with plain line ends: what overwrote a line stands on one of its own. */
  text(): string {
    return stripVTControlCharacters(this.#raw)
      .replaceAll(/\r*\n\r*/g, "\n")
      .replaceAll("\r", "\n");
  }

  /** The match of `pattern` in the text after offset `from`, as soon as it is there. */
  waitFor(pattern: RegExp, { deadlineMs = DEADLINE_MS, from = 0 } = {}): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        this.#readers.delete(look);
        act();
      };
      const refuse = (why: string): void =>
        settle(() =>
          reject(new Error(`${String(pattern)} was not printed: ${why}\n--- printed:\n${this.text()}\n---`)),
        );
      const look = (): void => {
        const found = pattern.exec(this.text().slice(from));
        if (found) settle(() => resolve(found));
        else if (this.#ended !== null) refuse(this.#ended);
      };
      const timer = setTimeout(async () => {
        await caughtUp();
        refuse(`${deadlineMs} ms have passed`);
      }, deadlineMs);
      this.#readers.add(look);
      look();
    });
  }

  #notify(): void {
    for (const look of this.#readers) look();
  }
}
