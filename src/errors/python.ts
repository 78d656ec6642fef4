import type { FaultFinder, FoundFault, FaultPlace } from "./found.ts";

/** `  + Exception Group Traceback` and `  | Traceback`: asyncio and Starlette nest them. */
const MARGIN = /^\s*(?:[|+] ?|\+-+ ?)*(?=Exception Group Traceback|Traceback)/;
const TRACEBACK = /^(?:Exception Group )?Traceback \(most recent call last\):/;
const FRAME = /^\s*File "(.+?)", line (\d+)/;
const EXCEPTION = /^([A-Za-z_][\w.]*)(?:: .*)?$/;
const CHAINED = /^(?:During handling of the above exception|The above exception was the direct cause)/;
/** How programs end on purpose, and how their last requests do. */
const NO_FAULT =
  /^(?:KeyboardInterrupt|SystemExit|GeneratorExit|asyncio\.(?:exceptions\.)?CancelledError|CancelledError)\b/;

/** Lines of one traceback; what an application prints between them is rare, and ends it. */
const MOST_LINES = 400;
const MOST_FRAME_LINES = 4;

interface Frame {
  place: FaultPlace;
  code: string[];
}

/** A chain of tracebacks is one fault: that of its last exception. */
class PythonFinder implements FaultFinder {
  #state: "outside" | "frames" | "after" = "outside";
  #margin = "";
  #lines = 0;
  /** The frames of each traceback of the chain, innermost last. */
  #chain: Frame[][] = [];
  #message = "";

  get busy(): boolean {
    return this.#state !== "outside";
  }

  matters(text: string): boolean {
    return this.busy || text.includes("Traceback (most");
  }

  line(text: string): FoundFault[] {
    if (!this.busy) {
      if (this.matters(text)) this.#begin(text);
      return [];
    }
    const inner = this.#margin !== "" && text.startsWith(this.#margin) ? text.slice(this.#margin.length) : text;
    const found = ++this.#lines > MOST_LINES ? this.rest() : this.#within(inner);
    // what ended it may begin the next one
    return !this.busy && found.length > 0 ? [...found, ...this.line(text)] : found;
  }

  rest(): FoundFault[] {
    // a traceback that has no last line yet is still being printed
    if (this.#state !== "after") return [];
    this.#state = "outside";
    if (NO_FAULT.test(this.#message)) return [];
    const frames = this.#chain.toReversed().flatMap((one) => one.toReversed());
    return [
      {
        kind: "python",
        message: this.#message,
        places: frames.map(({ place }) => place),
        frames: frames.map(({ place, code }) => ({ place, lines: code })),
      },
    ];
  }

  #begin(text: string): void {
    const margin = MARGIN.exec(text)?.[0] ?? "";
    if (!TRACEBACK.test(text.slice(margin.length))) return;
    this.#margin = margin.replaceAll("+", "|");
    this.#state = "frames";
    this.#lines = 0;
    this.#chain = [[]];
    this.#message = "";
  }

  #within(text: string): FoundFault[] {
    if (this.#state === "frames") return this.#frame(text);
    if (text.trim() === "") return [];
    if (CHAINED.test(text)) {
      this.#state = "frames";
      return [];
    }
    return this.rest();
  }

  #frame(text: string): FoundFault[] {
    const [, file = "", line = ""] = FRAME.exec(text) ?? [];
    if (file !== "") this.#chain.at(-1)?.push({ place: { file, line: Number(line) }, code: [] });
    else if (TRACEBACK.test(text)) this.#chain.push([]);
    else if (/^\s/.test(text)) this.#code(text);
    else if (EXCEPTION.test(text)) {
      this.#message = text;
      this.#state = "after";
    } else if (text.trim() !== "" && !CHAINED.test(text)) this.#state = "outside";
    return [];
  }

  #code(text: string): void {
    const code = this.#chain.at(-1)?.at(-1)?.code;
    if (code && code.length < MOST_FRAME_LINES && text.trim() !== "") code.push(text.trimEnd());
  }
}

export const pythonFinder = (): FaultFinder => new PythonFinder();
