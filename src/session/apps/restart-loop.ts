export interface LoopSave {
  file: string;
  /** From the start of the process that it ends, in ms. */
  delayMs: number;
}

/** A slower build is not taken for a loop: users save at such intervals too. */
const LONGEST_MS = 15_000;
/** Saves in a row, of one file or of a few that take turns. */
const OF_ONE = 4;
const OF_SEVERAL = 8;
const OF_SLOW = 6;
const SLOW_MS = 4_000;
const MOST_FILES = 3;
/** Earlier ones are forgotten: among them what a user saved while the command was at it. */
const MOST_SAVES = OF_ONE * MOST_FILES;
/** What differs from one build to the next. */
const SPREAD = 0.3;
const SPREAD_MS = 250;

const SHORTEST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 6_000;

/**
 * Restarts of an app at saves that look as if its own command had written the file: the same one again and again, as long after
 * each start. Someone who saves often looks alike, so this is only a suspicion; loop-guard.ts tests it.
 */
export class RestartLoop {
  readonly #patience: number;
  #saves: LoopSave[] = [];

  /** `patience`: so many times as many saves are needed. */
  constructor(patience = 1) {
    this.#patience = patience;
  }

  /** A save restarts the app. True where that looks like a loop. */
  save(save: LoopSave): boolean {
    this.#saves.push(save);
    if (this.#saves.length > this.#patience * MOST_SAVES) this.#saves.shift();
    if (save.delayMs > LONGEST_MS || save.delayMs < 0) this.#saves = [];
    while (this.#saves.length > 0 && !this.#isEven()) this.#saves.shift();
    return this.#saves.length >= this.#patience * this.#enough();
  }

  get files(): string[] {
    return [...new Set(this.#saves.map(({ file }) => file))];
  }

  get saves(): number {
    return this.#saves.length;
  }

  /** How long the app is kept down: longer than the saves were apart. */
  get pauseMs(): number {
    return Math.min(Math.max(SHORTEST_PAUSE_MS, 2 * this.#usualMs()), LONGEST_PAUSE_MS);
  }

  /** How long its next start has to write the file again. */
  get patienceMs(): number {
    return 2 * this.#usualMs() + SHORTEST_PAUSE_MS;
  }

  #usualMs(): number {
    const sorted = this.#saves.map(({ delayMs }) => delayMs).toSorted((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? 0;
  }

  #isEven(): boolean {
    const usual = this.#usualMs();
    const spread = Math.max(SPREAD_MS, SPREAD * usual);
    if (this.files.length > MOST_FILES) return false;
    return this.#saves.every(({ delayMs }) => Math.abs(delayMs - usual) <= spread);
  }

  /** Each of several files must have been seen often enough: what a user saved once in between is not the command's. */
  #enough(): number {
    const { files } = this;
    const times = files.map((file) => this.#saves.filter((save) => save.file === file).length);
    if (files.length > 1 && Math.min(...times) < OF_ONE - 1) return Infinity;
    const slow = this.#usualMs() > SLOW_MS ? OF_SLOW : OF_ONE;
    return files.length > 1 ? Math.max(OF_SEVERAL, slow) : slow;
  }
}
