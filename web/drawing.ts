/** Draws at once, of what comes between two frames: a save is two or three events. */
const MOST_AT_ONCE = 4;
/** A page in the background has no frames, and it may go there at any moment. */
const HIDDEN_MS = 500;

/**
 * When the page is drawn. What happens is there when its event is: the wait for a frame is as long as a save of a warm app
 * takes. A flood is drawn once a frame.
 */
export class Drawing {
  readonly #draw: () => void;
  readonly #drawFrame: () => void;
  #isScheduled = false;
  #atOnce = 0;

  /** `drawFrame`: the same, with what may wait for a frame. */
  constructor(draw: () => void, drawFrame: () => void) {
    this.#draw = draw;
    this.#drawFrame = drawFrame;
  }

  /** At the next frame, however often it is called. */
  later(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    let isDrawn = false;
    const frame = (): void => {
      if (isDrawn) return;
      isDrawn = true;
      clearTimeout(late);
      this.#isScheduled = false;
      this.#drawFrame();
    };
    const late = setTimeout(frame, HIDDEN_MS);
    if (!document.hidden) requestAnimationFrame(frame);
  }

  now(): void {
    if (document.hidden || this.#atOnce >= MOST_AT_ONCE) return this.later();
    if (this.#atOnce++ === 0) requestAnimationFrame(() => (this.#atOnce = 0));
    this.#draw();
  }
}
