import type { SessionEvent } from "../../model/events.ts";
import type { Clock } from "../../system/clock.ts";

interface WatchReloadOptions {
  app: string;
  clock: Clock;
  emit: (event: SessionEvent) => void;
}

/** The restart of an app by PM2's watch, as the reload that it is: announced with the save, reported with how it ended. */
export class WatchReload {
  readonly #options: WatchReloadOptions;
  /** `savedAt` resolves once the reload was announced. */
  #underWay: { file: string; savedAt: Promise<Date> } | null = null;

  constructor(options: WatchReloadOptions) {
    this.#options = options;
  }

  get isUnderWay(): boolean {
    return this.#underWay !== null;
  }

  /** When the file was saved takes a moment to find out. */
  begin(file: string, savedAt: Promise<Date>): void {
    const { app, emit } = this.#options;
    const announced = savedAt.then((at) => {
      emit({ event: "app.reloading", app, file, savedAt: at.toISOString(), how: "restart" });
      return at;
    });
    this.#underWay = { file, savedAt: announced };
  }

  /** Reports it, if one is under way. */
  async finish(ok: boolean): Promise<void> {
    if (!this.#underWay) return;
    const { file, savedAt: announced } = this.#underWay;
    this.#underWay = null;
    const savedAt = await announced;
    const { app, clock, emit } = this.#options;
    const ms = Math.max(0, clock.now().getTime() - savedAt.getTime());
    emit({ event: "app.reloaded", app, file, savedAt: savedAt.toISOString(), ms, how: "restart", ok });
  }

  /** Another start has taken its place. */
  forget(): void {
    this.#underWay = null;
  }
}
