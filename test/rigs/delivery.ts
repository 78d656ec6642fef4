/** `DEVPM_TEST_SLOW_OUTPUT=1`: what a test reads without waiting for it is then missing. */
const SLOW = process.env.DEVPM_TEST_SLOW_OUTPUT === "1";

const BETWEEN_MS = 40;
/** In so many turns whatever waits is mostly delivered: about a second, so that no deadline has to grow. */
const TURNS = 20;
/** A flood stays whole: nobody reads it line by line. */
const MOST_CUT_BYTES = 8 * 1024;

/** Hands on what a rig reads of a program, in its order: at once, or slowly, piece by piece. */
export class Delivery {
  readonly #slow: boolean;
  readonly #waiting: (() => void)[] = [];
  #isScheduled = false;

  constructor({ slow = SLOW } = {}) {
    this.#slow = slow;
  }

  /** A chunk of output. */
  output(chunk: Buffer, take: (piece: Buffer) => void): void {
    for (const piece of this.#slow ? piecesOf(chunk) : [chunk]) this.pass(() => take(piece));
  }

  /** Anything else that comes behind the output so far, as its end does. */
  pass(act: () => void): void {
    if (!this.#slow) return act();
    this.#waiting.push(act);
    if (!this.#isScheduled) this.#schedule();
  }

  #schedule(): void {
    this.#isScheduled = true;
    setTimeout(() => {
      for (const act of this.#waiting.splice(0, Math.ceil(this.#waiting.length / TURNS))) act();
      this.#isScheduled = false;
      if (this.#waiting.length > 0) this.#schedule();
    }, BETWEEN_MS);
  }
}

/** Its lines; a long one is cut at a space. */
function piecesOf(chunk: Buffer): Buffer[] {
  if (chunk.length > MOST_CUT_BYTES) return [chunk];
  const pieces = chunk.toString("latin1").match(/[^\n]{0,40}\S*[^\S\n]*\n?/g) ?? [];
  return pieces.filter((piece) => piece !== "").map((piece) => Buffer.from(piece, "latin1"));
}
