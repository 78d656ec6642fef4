import type { App, Readiness } from "../../model/project.ts";
import { awaitReady } from "../../readiness/probe.ts";
import type { SessionEvent, Timeline } from "../../model/events.ts";
import type { WarmReport } from "../../model/protocol.ts";
import type { Clock } from "../../system/clock.ts";
import type { Network } from "../../system/network.ts";
import type { Pm2Event } from "../../system/pm2.ts";
import { deferred } from "../../util/deferred.ts";
import { crashExcerpt, Tail } from "./crash-excerpt.ts";
import { notReady } from "../../readiness/not-ready.ts";

export interface AppSetting {
  clock: Clock;
  network: Network;
  emit: (event: SessionEvent) => void;
  /** Makes it run, anew when it already did. Rejects with the reason where PM2 could not. */
  launch: () => Promise<AppProcess>;
  /** The present process as PM2 knows it; null when there is none. */
  current: () => Promise<AppProcess | null>;
  /** What it answers on, shown as its URL. */
  url: string | null;
  /** true: its warm python reports for itself; no probe is needed unless the config names one. Known once launched. */
  warm: () => boolean;
  /** Aborted when the session stops: what ends from then on is no crash. */
  stopping: AbortSignal;
}

export interface AppProcess {
  pid: number;
  /** Tells one process of an app from the next (PM2's pm_uptime). */
  startedAt: number;
}

/** A reload that PM2's watch began: the save it answers. */
interface Reload {
  file: string;
  savedAt: Date;
}

const QUIET_MS = 25;
const DRAIN_MS = 300;

/**
 * One app's life. PM2's events drive it; every process it goes through has its own abort signal, so that a wait for one
 * that is gone ends with it.
 *
 *   pending ─► starting ─► running ─► ready ◄─► reloading
 *                 │           │         │           │
 *                 ▼           ▼         ▼           ▼
 *               failed      crashed ◄───┴───────────┘     (the next save, `devpm restart` or, where it is warm, a request starts it again)
 */
export class AppRun {
  #app: App;
  readonly #setting: AppSetting;
  readonly #tail = new Tail();
  #process = new AbortController();
  #matched = deferred();
  #reload: Reload | null = null;
  /** `startedAt` of the present process, and of the one that PM2 announced to end on purpose. */
  #present = 0;
  #ending = 0;
  #launching = false;
  /** Of a warm python: `down` where it lives on and no worker of it does, after it had been up. */
  #warm: "starting" | "up" | "down" = "starting";
  #lastOutput = 0;
  #launchedAt = 0;

  constructor(app: App, setting: AppSetting) {
    this.#app = app;
    this.#setting = setting;
  }

  get app(): App {
    return this.#app;
  }

  /** What the configuration says now; counts from the next start on. */
  reconfigure(app: App): void {
    this.#app = app;
  }

  /** Starts it (again), and resolves once it is ready or cannot become so. */
  async start(): Promise<boolean> {
    const { emit, launch } = this.#setting;
    const app = this.app.name;
    this.#renew();
    this.#reload = null;
    this.#launching = true;
    emit({ event: "app.starting", app, port: this.app.port });
    try {
      const { pid, startedAt } = await launch();
      this.#present = Math.max(this.#present, startedAt);
      emit({ event: "app.running", app, pid });
    } catch (error) {
      emit({ event: "app.failed", app, reason: error instanceof Error ? error.message : String(error) });
      return false;
    } finally {
      this.#launching = false;
    }
    return this.#untilReady();
  }

  /** A line it printed. */
  line(text: string): void {
    this.#tail.add(text);
    this.#lastOutput = this.#setting.clock.monotonic();
    const { ready } = this.app;
    if (ready.kind === "log" && ready.pattern.test(text)) this.#matched.resolve();
  }

  /** PM2's watch saw a save and is about to restart it. */
  saved(file: string, savedAt: Date): void {
    // whoever waits for the process that is about to end would take the next one's answer for its own
    this.#process.abort();
    this.#reload = { file, savedAt };
    this.#setting.emit({
      event: "app.reloading",
      app: this.app.name,
      file,
      savedAt: savedAt.toISOString(),
      how: "restart",
    });
  }

  /** PM2 tells of a process's life; events of one that was already replaced say nothing new. */
  async pm2({ event, status, exitCode, startedAt }: Pm2Event): Promise<void> {
    if (this.#setting.stopping.aborted || startedAt < this.#present) return;
    if (event === "online" && startedAt > this.#present) {
      this.#present = startedAt;
      if (!this.#launching) await this.#restarted();
    }
    if (event !== "exit") return;
    if (status === "stopping") this.#ending = startedAt;
    else if (this.#ending !== startedAt) await this.#crashed(exitCode);
    else if (!this.#launching) this.#process.abort();
  }

  /** What its warm python says of itself. */
  warm(report: Exclude<WarmReport, { what: "cold" | "unfit" }>): void {
    const { emit, clock } = this.#setting;
    const app = this.app.name;
    switch (report.what) {
      case "ready":
        this.#matched.resolve();
        if (this.#warm === "down") this.#revived(report);
        return;
      case "reloading":
        emit({ event: "app.reloading", app, file: report.file, savedAt: iso(report.savedAt), how: "warm" });
        return;
      case "reloaded": {
        if (this.#warm === "down") this.#warm = "up";
        const ms = Math.max(0, report.answeringAt - report.savedAt);
        emit({ event: "app.running", app, pid: report.pid });
        emit({
          event: "app.reloaded",
          app,
          file: report.file,
          savedAt: iso(report.savedAt),
          ms,
          how: "warm",
          ok: true,
          timeline: timelineOf(report),
        });
        this.#matched.resolve();
        return;
      }
      case "crashed": {
        const { file, savedAt, excerpt, during } = report;
        // the exit code of a command line that could not import is the framework's: it says nothing
        const { exitCode, signal } = during === "import" ? { exitCode: null, signal: null } : report;
        const ms = savedAt === null ? 0 : Math.max(0, clock.now().getTime() - savedAt);
        if (file !== null && savedAt !== null)
          emit({ event: "app.reloaded", app, file, savedAt: iso(savedAt), ms, how: "warm", ok: false });
        if (this.#warm === "up") this.#warm = "down";
        emit({ event: "app.crashed", app, exitCode, signal, excerpt: crashExcerpt(excerpt) });
        return;
      }
      case "notice":
        emit({ event: "notice", text: `${app}: ${report.text}` });
        return;
      case "preloaded":
        return;
    }
  }

  /** A request has brought it back. */
  #revived({ pid, ms }: Extract<WarmReport, { what: "ready" }>): void {
    const { emit, url } = this.#setting;
    this.#warm = "up";
    emit({ event: "app.running", app: this.app.name, pid });
    emit({ event: "app.ready", app: this.app.name, url, ms: Math.round(ms) });
  }

  /** A new process begins: what waited for the old one stops waiting. */
  #renew(): void {
    this.#process.abort();
    this.#process = new AbortController();
    this.#matched = deferred();
    this.#tail.clear();
    this.#warm = "starting";
    this.#launchedAt = this.#setting.clock.monotonic();
  }

  async #crashed(exitCode: number | null): Promise<void> {
    this.#process.abort();
    await this.#drained();
    if (this.#setting.stopping.aborted) return;
    this.#finishReload(false);
    const excerpt = crashExcerpt(this.#tail.lines);
    this.#setting.emit({ event: "app.crashed", app: this.app.name, exitCode, signal: null, excerpt });
  }

  /** The process is gone, its last lines may still be on their way. */
  async #drained(): Promise<void> {
    const { clock } = this.#setting;
    const deadline = clock.monotonic() + DRAIN_MS;
    do await clock.sleep(QUIET_MS);
    while (clock.monotonic() - this.#lastOutput < QUIET_MS && clock.monotonic() < deadline);
  }

  /** PM2 has started it again by itself: its watch, or autorestart in a plain PM2 file. */
  async #restarted(): Promise<void> {
    this.#renew();
    const process = await this.#setting.current();
    if (process) this.#setting.emit({ event: "app.running", app: this.app.name, pid: process.pid });
    await this.#untilReady();
  }

  async #untilReady(): Promise<boolean> {
    const { clock, network, emit, url } = this.#setting;
    const { signal } = this.#process;
    const launchedAt = this.#launchedAt;
    const stop = AbortSignal.any([signal, this.#setting.stopping]);
    const target = { port: this.app.port, logMatch: this.#matched.promise, signal: stop };
    const readiness = this.#readiness();
    let probed = await awaitReady(clock, network, { ...target, readiness });
    if (!probed.ready && probed.why === "deadline") {
      emit({ event: "diagnostic", ...notReady(this.app, this.#tail.lines) });
      emit({ event: "app.failed", app: this.app.name, reason: `not ready after ${readiness.timeoutMs} ms` });
      probed = await awaitReady(clock, network, { ...target, readiness: { ...readiness, timeoutMs: Infinity } });
    }
    if (!probed.ready) return false;
    this.#warm = "up";
    if (this.#reload) this.#finishReload(true);
    else emit({ event: "app.ready", app: this.app.name, url, ms: Math.round(clock.monotonic() - launchedAt) });
    return true;
  }

  /** A warm python says itself when its code answers; its port is open before that. */
  #readiness(): Readiness {
    const { ready } = this.app;
    if (!this.#setting.warm() || ready.kind !== "default") return ready;
    return { kind: "log", pattern: /(?!)/, timeoutMs: ready.timeoutMs };
  }

  #finishReload(ok: boolean): void {
    if (!this.#reload) return;
    const { file, savedAt } = this.#reload;
    this.#reload = null;
    const { emit, clock } = this.#setting;
    const ms = Math.max(0, clock.now().getTime() - savedAt.getTime());
    emit({ event: "app.reloaded", app: this.app.name, file, savedAt: savedAt.toISOString(), ms, how: "restart", ok });
  }
}

/** Wall-clock times of two processes, told from the save on; a file that was given an old age was saved when it was seen. */
function timelineOf({ savedAt, p50, p95, grown, ...at }: Extract<WarmReport, { what: "reloaded" }>): Timeline {
  const since = (time: number): number => Math.max(0, Math.round((time - savedAt) * 10) / 10);
  return {
    noticed: since(at.noticedAt),
    forked: since(at.forkedAt),
    imported: since(at.importedAt),
    answering: since(at.answeringAt),
    p50,
    p95,
    grown: grown ?? null,
  };
}

const iso = (ms: number): string => new Date(ms).toISOString();
