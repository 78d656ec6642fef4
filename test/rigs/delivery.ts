/** `DEVPM_TEST_SLOW_OUTPUT=1`: what a test reads without waiting for it is then missing. */
const SLOW = process.env.DEVPM_TEST_SLOW_OUTPUT === "1";

const BETWEEN_MS = 40;
/** In so many turns whatever waits is mostly delivered: about a second, so that no deadline has to grow. */
const TURNS = 20;
/** Longer chunks, and those that come while so much waits, stay whole: each piece costs a look at all that was printed. */
const MOST_CUT_BYTES = 8 * 1024;
const MOST_WAITING = 100;

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
    const isCut = this.#slow && chunk.length <= MOST_CUT_BYTES && this.#waiting.length <= MOST_WAITING;
    for (const piece of isCut ? piecesOf(chunk) : [chunk]) this.pass(() => take(piece));
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
  const pieces = chunk.toString("latin1").match(/[^\n]{0,40}\S*[^\S\n]*\n?/g) ?? [];
  return pieces.filter((piece) => piece !== "").map((piece) => Buffer.from(piece, "latin1"));
}
