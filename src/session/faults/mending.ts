import path from "node:path";
import type { Stamped } from "../../model/events.ts";
import type { Project } from "../../model/project.ts";
import type { System } from "../../system/system.ts";
import type { FaultEntry } from "./entry.ts";

export interface MendingOptions {
  /** By id, the longest unseen first. */
  entries: ReadonlyMap<string, FaultEntry>;
  project: () => Project | null;
  /** Resolves when the development server of the app has looked at the file again, and reported what it found. */
  recheck: (app: string, file: string) => Promise<void>;
  gone: (entry: FaultEntry, why: string) => void;
}

/**
 * When a fault counts as mended: what keeps an app from running, when that runs again; anything else when one of its files
 * was saved after it was last seen. Where no file is known, the next code of its app that runs mends it. In each case it
 * is back as soon as it happens again.
 */
export class Mending {
  readonly #system: Pick<System, "files">;
  readonly #options: MendingOptions;
  /** When each app last came to run its newest code. Milliseconds of the wall clock. */
  readonly #ranAt = new Map<string, number>();

  constructor(system: Pick<System, "files">, options: MendingOptions) {
    this.#system = system;
    this.#options = options;
  }

  /** What an event of the session mends. */
  follow(event: Stamped): void {
    switch (event.event) {
      case "app.ready":
        return this.#runs(event.app, event.at);
      case "app.reloaded":
        if (!event.ok) return;
        this.#runs(event.app, event.at);
        return void this.#mentions(event.app, event.file, event.at);
      case "app.starting":
        return this.#clientStarts(event.app);
      case "app.stopped":
        return this.#all(({ fault, stops }) => stops && fault.app === event.app, "it was stopped");
      case "task.skipped":
      case "task.stopped":
        return this.#all(({ fault }) => fault.app === event.task, "it is done");
      case "task.finished":
        return event.ok ? this.#all(({ fault }) => fault.app === event.task, "it is done") : undefined;
      case "infra.recovered":
      case "infra.started":
        this.#all(({ fault, stops }) => stops && fault.app === event.service, "it is up");
        return this.#all(
          ({ fault }) => fault.app === "devpm" && fault.message.startsWith(`${event.service} `),
          "it is up",
        );
      default:
    }
  }

  /** It was seen just now. */
  async note(entry: FaultEntry): Promise<void> {
    const { files } = this.#system;
    const saves = entry.files.map(async (file) => [file, await files.savedAt(file)] as const);
    entry.saves = new Map(await Promise.all(saves));
  }

  /** Calls for its files until it is gone. */
  watch({ files, over, fault }: FaultEntry): void {
    for (const file of files) {
      this.#system.files.watch(file, () => void this.#saved(fault.id), over.signal);
    }
  }

  /** Looks at the files of every fault: a watch may be missing, or late. */
  async look(): Promise<void> {
    await Promise.all([...this.#options.entries.keys()].map((id) => this.#saved(id)));
  }

  /** Another reason why the same app does not run. */
  superseded(app: string, by: FaultEntry | undefined): void {
    this.#all((entry) => entry.stops && entry !== by && entry.fault.app === app, "another one took its place");
  }

  async #saved(id: string): Promise<void> {
    const entry = this.#options.entries.get(id);
    if (!entry || entry.stops) return;
    const file = await this.#savedSince(entry);
    if (file === null) return;
    // nothing may load the file soon, so its development server is asked
    if (entry.fault.kind === "frontend") await this.#options.recheck(entry.fault.app, file);
    // it may have happened again meanwhile
    if ((await this.#savedSince(entry)) !== null) this.#options.gone(entry, "its file was saved");
  }

  /** The first of its files that was saved after it was last seen. */
  async #savedSince({ files, seenAt, saves }: FaultEntry): Promise<string | null> {
    for (const file of files) {
      const savedAt = await this.#system.files.savedAt(file);
      if (savedAt > seenAt || savedAt !== (saves.get(file) ?? savedAt)) return file;
    }
    return null;
  }

  /** Whether the app has come to run since; a fault that kept it from that until then is mended. */
  hasRunSince(app: string, at: string): boolean {
    return (this.#ranAt.get(app) ?? -Infinity) > Date.parse(at);
  }

  #runs(app: string, at: string): void {
    const now = Date.parse(at);
    this.#ranAt.set(app, now);
    const before = ({ seenAt }: FaultEntry): boolean => seenAt <= now;
    this.#all(
      (entry) => entry.fault.app === app && (entry.stops || this.#isPlaceless(entry)) && before(entry),
      "it runs",
    );
  }

  readonly #isPlaceless = ({ fault, files }: FaultEntry): boolean => files.length === 0 && fault.kind !== "container";

  /** What a database reports is most often about a client, which connects again when it starts. */
  #clientStarts(app: string): void {
    this.#all((entry) => this.#isOfServiceOf(entry, app), `${app} starts again`);
  }

  /** New code of a client may have mended it where it is about what the server named: a role, a database, itself. */
  async #mentions(app: string, saved: string, at: string): Promise<void> {
    const now = Date.parse(at);
    const about = (entry: FaultEntry): boolean => entry.seenAt <= now && this.#isOfServiceOf(entry, app);
    const candidates = [...this.#options.entries.values()].filter(about);
    const cwd = this.#options.project()?.apps.find(({ name }) => name === app)?.cwd;
    if (candidates.length === 0 || cwd === undefined) return;
    const code = (await this.#system.files.read(path.resolve(cwd, saved)).catch(() => null)) ?? "";
    const named = ({ fault }: FaultEntry): string[] => [
      fault.app,
      ...[...fault.message.matchAll(/"([^"]+)"/g)].map(([, name = ""]) => name),
    ];
    this.#all((entry) => about(entry) && named(entry).some((name) => code.includes(name)), `${app} runs with new code`);
  }

  #isOfServiceOf({ fault, stops }: FaultEntry, app: string): boolean {
    if (fault.kind !== "container" || stops) return false;
    const clients = (this.#options.project()?.apps ?? []).filter(({ dependsOn }) =>
      dependsOn.services.includes(fault.app),
    );
    return clients.some(({ name }) => name === app);
  }

  #all(which: (entry: FaultEntry) => boolean, why: string): void {
    for (const entry of [...this.#options.entries.values()].filter(which)) this.#options.gone(entry, why);
  }
}
