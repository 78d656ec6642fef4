import { stripVTControlCharacters } from "node:util";
import { frameAt, ownPlaces } from "../../errors/own-code.ts";
import type { FaultFinder, FoundFault, FaultPlace } from "../../errors/found.ts";
import type { Stamped } from "../../model/events.ts";
import { eventsOf, type LogBatch, type LogEvent } from "../../model/log-batch.ts";
import type { App, Project } from "../../model/project.ts";
import type { System } from "../../system/system.ts";
import { pathFrom } from "../../util/paths.ts";
import type { EventStream } from "../stream.ts";
import { againAt, faultId, firstFault, type FaultEntry, type Sighting } from "./entry.ts";
import { finderFor } from "./finders.ts";
import { Mending, type MendingOptions } from "./mending.ts";
import { noted, type Crashed } from "./noted.ts";

export interface FaultTrackerOptions {
  stream: EventStream;
  /** null until the configuration is loaded. */
  project: () => Project | null;
  stopping: AbortSignal;
  recheck: MendingOptions["recheck"];
  /** The line of a file that a position in the module which a page loaded comes from; null where that is not known. */
  original: (app: string, file: string, generated: { line: number; column: number }) => Promise<number | null>;
}

/** How long a stream rests after the last line of a report; lines of one report arrive together. Milliseconds. */
const REST_MS = 80;
/** A crash and the lines that the app printed about it arrive by different ways. */
const CRASH_MS = 150;
/** A fault that happens without pause is reported this often. */
const REPORT_MS = 500;
const MOST_ENTRIES = 200;

/**
 * What is broken in a session, each fault once: found in what the apps print and in the session's events, reported as
 * `error.seen` and `error.gone`. The state that readers see is folded from these.
 */
export class FaultTracker {
  readonly #system: System;
  readonly #options: FaultTrackerOptions;
  readonly #finders = new Map<string, { app: App; finder: FaultFinder }>();
  readonly #entries = new Map<string, FaultEntry>();
  readonly #mending: Mending;
  /** What is not decided yet: reports that are still being printed, crashes, files that are being asked for again. */
  readonly #pending = new Set<Promise<void>>();
  readonly #crashes = new Set<Crashed>();
  #resting = false;
  /** What the apps print while the session ends is not a fault. */
  #ended = false;

  constructor(system: System, options: FaultTrackerOptions) {
    this.#system = system;
    this.#options = options;
    this.#mending = new Mending(system, {
      entries: this.#entries,
      project: options.project,
      recheck: options.recheck,
      gone: (entry, why) => this.#gone(entry, why),
    });
    options.stream.subscribe((event) => this.#follow(event), { lines: (batch) => this.#lines(batch) });
  }

  /** Resolves when everything that has happened so far is reported. */
  async settled(): Promise<void> {
    this.#rest();
    while (this.#pending.size > 0) await Promise.all(this.#pending);
    await this.#mending.look();
    for (const entry of this.#entries.values()) this.#report(entry);
  }

  /** A line of a container's log. */
  container(service: string, found: FoundFault, place: FaultPlace | null, at: string): void {
    const root = this.#options.project()?.root ?? "/";
    const file = place === null ? null : pathFrom(root, place.file);
    // the settings of its clients are in one of these
    const clients = this.#options.project()?.apps.filter(({ dependsOn }) => dependsOn.services.includes(service)) ?? [];
    const settings = [this.#options.project()?.configFile, ...clients.flatMap(({ envFiles }) => envFiles)];
    const files = [place?.file, ...settings].filter((one) => one !== undefined && one !== null);
    const line = place?.line ?? null;
    this.#see({
      app: service,
      kind: "container",
      message: found.message,
      file,
      line,
      files,
      frame: [],
      stops: false,
      at,
    });
  }

  /** A crash may be why the session ends: a start that failed is ended by the very event that reports it. */
  #end(): void {
    for (const crashed of [...this.#crashes]) this.#crash(crashed);
    this.#ended = true;
  }

  #follow(event: Stamped): void {
    if (this.#ended) return;
    if (event.event === "log") return this.#line(event);
    if (event.event === "session.stopping") return this.#end();
    // events of its own
    if (event.event === "error.seen" || event.event === "error.gone") return;
    this.#mending.follow(event);
    const project = this.#options.project();
    const { crashed, seen } = noted(event, project);
    if (seen) this.#see(seen);
    if (!crashed) return;
    this.#crashes.add(crashed);
    this.#later(CRASH_MS, () => this.#crash(crashed));
  }

  #finderOf({ app: name, stream }: Pick<LogBatch, "app" | "stream">): FaultFinder | null {
    const key = `${stream} ${name}`;
    const known = this.#finders.get(key);
    if (known) return known.finder;
    const app = this.#appNamed(name);
    if (!app) return null;
    const finder = finderFor(app);
    this.#finders.set(key, { app, finder });
    return finder;
  }

  #lines(batch: LogBatch): void {
    if (this.#ended || !this.#finderOf(batch)?.matters(batch.text)) return;
    for (const event of eventsOf(batch)) this.#line(event);
  }

  #line(event: LogEvent): void {
    const finder = this.#finderOf(event);
    if (!finder) return;
    const { app: name, line, at } = event;
    const text = line.includes("\u001B") ? stripVTControlCharacters(line) : line;
    for (const found of finder.line(text)) this.#found(name, found, at);
    if (finder.busy && !this.#resting) {
      this.#resting = true;
      this.#later(REST_MS, () => this.#rest());
    }
  }

  #rest(): void {
    this.#resting = false;
    const at = this.#system.clock.now().toISOString();
    for (const { app, finder } of this.#finders.values()) {
      for (const found of finder.rest()) this.#found(app.name, found, at);
    }
  }

  #found(name: string, found: FoundFault, at: string): void {
    const seen = this.#sighting(name, found, at);
    if (!seen) return;
    const { generated, ...sighting } = seen;
    if (generated === undefined || sighting.files[0] === undefined) return this.#see(sighting);
    const asking = this.#options.original(name, sighting.files[0], generated);
    this.#until(asking.then((line) => this.#see({ ...sighting, line })));
  }

  #sighting(name: string, found: FoundFault, at: string): (Sighting & Pick<FaultPlace, "generated">) | null {
    const app = this.#appNamed(name);
    const root = this.#options.project()?.root;
    if (!app || root === undefined) return null;
    const places = ownPlaces(found, { root, app });
    const [first] = places;
    return {
      app: name,
      kind: found.kind,
      message: found.message,
      file: first ? pathFrom(root, first.file) : null,
      line: first?.line ?? null,
      files: places.map(({ file }) => file),
      frame: frameAt(found, places, { root, app }),
      stops: false,
      at,
      ...(first?.generated ? { generated: first.generated } : {}),
    };
  }

  /** The lines that the app printed about it are a fault already, in most cases: it is the same one. */
  #crash(crashed: Crashed): void {
    const { app: name, excerpt, kind, otherwise, at } = crashed;
    this.#crashes.delete(crashed);
    this.#rest();
    const app = this.#appNamed(name);
    const finder = app && finderFor(app);
    const found = finder ? [...excerpt.flatMap((line) => finder.line(line)), ...finder.rest()].at(-1) : undefined;
    const since = Date.parse(at) - CRASH_MS * 20;
    const same = [...this.#entries.values()].find(
      ({ fault, seenAt }) => fault.app === name && seenAt >= since && fault.message === (found?.message ?? otherwise),
    );
    // a quick save has mended it meanwhile
    if (this.#mending.hasRunSince(name, at)) return same && this.#gone(same, "it runs");
    this.#mending.superseded(name, same);
    if (same) same.stops = true;
    else {
      const seen = found && this.#sighting(name, found, at);
      const none = { app: name, kind, message: otherwise, file: null, line: null, files: [], frame: excerpt, at };
      this.#see({ ...(seen ?? none), stops: true });
    }
  }

  #see(seen: Sighting): void {
    const id = faultId(seen);
    const known = this.#entries.get(id);
    const seenAt = Date.parse(seen.at);
    const entry: FaultEntry = known ?? {
      fault: firstFault(seen),
      files: [],
      stops: false,
      seenAt,
      saves: new Map(),
      reported: { count: 0, at: -Infinity },
      over: new AbortController(),
    };
    if (known) entry.fault = againAt(entry.fault, seen);
    entry.seenAt = seenAt;
    entry.stops ||= seen.stops;
    entry.files = seen.files;
    entry.saves = new Map();
    this.#until(this.#mending.note(entry));
    this.#entries.delete(id);
    this.#entries.set(id, entry);
    if (!known) this.#mending.watch(entry);
    if (this.#entries.size > MOST_ENTRIES) this.#gone([...this.#entries.values()][0]!, "too many");
    this.#reportSoon(entry);
  }

  #reportSoon(entry: FaultEntry): void {
    const { clock } = this.#system;
    const due = entry.reported.at + REPORT_MS - clock.monotonic();
    if (due <= 0) return this.#report(entry);
    // one report for all that happens until then
    if (entry.fault.count - entry.reported.count === 1)
      void clock.sleep(due, entry.over.signal).then(() => this.#report(entry));
  }

  #report(entry: FaultEntry): void {
    const { fault, reported, over } = entry;
    if (over.signal.aborted || this.#ended || reported.count === fault.count) return;
    entry.reported = { count: fault.count, at: this.#system.clock.monotonic() };
    // after the event that shows it, for all readers
    queueMicrotask(() => this.#options.stream.emit({ event: "error.seen", ...fault }));
  }

  #gone(entry: FaultEntry, why: string): void {
    if (!this.#entries.delete(entry.fault.id)) return;
    entry.over.abort();
    const { id } = entry.fault;
    queueMicrotask(() => this.#options.stream.emit({ event: "error.gone", id, why }));
  }

  #later(ms: number, act: () => void): void {
    this.#until(
      this.#system.clock.sleep(ms, this.#options.stopping).then(() => {
        if (!this.#ended) act();
      }),
    );
  }

  #until(work: Promise<void>): void {
    const waiting = work.finally(() => this.#pending.delete(waiting));
    this.#pending.add(waiting);
  }

  #appNamed(name: string): App | undefined {
    const project = this.#options.project();
    return [...(project?.apps ?? []), ...(project?.tasks ?? [])].find((app) => app.name === name);
  }
}
