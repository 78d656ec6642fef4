import { reasonOf } from "../../config/problem.ts";
import type { Outcome } from "../../diagnostics/outcome.ts";
import { urlOf, type App } from "../../model/project.ts";
import { awaitReady, type Probe, type ProbeTarget } from "../../readiness/probe.ts";
import type { Pm2Event } from "../../system/pm2/pm2-relay.ts";
import { deferred } from "../../util/deferred.ts";
import { abortsWith } from "../../util/abort.ts";
import { AppPort, type AppPortOptions } from "./app-port.ts";
import type { LogBatch } from "../../model/log-batch.ts";
import { crashExcerpt, crashOf } from "./crash/excerpt.ts";
import { Printed } from "./printed.ts";
import { afterReport, warmEvents, type LifecycleReport, type WarmState } from "./warm-reports.ts";
import { WatchReload } from "./watch-reload.ts";
import { notReady } from "../../readiness/not-ready.ts";

export interface AppRunOptions extends AppPortOptions {
  /** Starts it, again when it already ran. Fails where it cannot be started, and rejects with the reason where PM2 could not. */
  launch: () => Promise<Outcome<AppProcess>>;
  /** The current process as PM2 reports it; null when there is none. */
  current: () => Promise<AppProcess | null>;
  /** true: its warm Python reports for itself; no probe is needed unless the config names one. Known once launched. */
  warm: () => boolean;
  /** For so many ms after its start it is hardly ready. */
  unlikelyMs: () => number;
  /** Aborted when the session stops: an exit from then on is no crash. */
  stopping: AbortSignal;
}

export interface AppProcess {
  pid: number;
  /** Distinguishes one process of an app from the next (PM2's pm_uptime). */
  startedAt: number;
}

/**
 * One app's lifecycle, driven by PM2's events. Each of its processes has its own abort signal, so that a wait for one
 * that has ended ends with it.
 *
 *   pending ─► starting ─► running ─► ready ◄─► reloading
 *                 │           │         │           │
 *                 ▼           ▼         ▼           ▼
 *               failed      crashed ◄───┴───────────┘
 *
 * A crashed app starts again at the next save, by `devpm restart` or, where it is warm, at a request.
 */
export class AppRun {
  #app: App;
  #pid = 0;
  readonly #port: AppPort;
  readonly #options: AppRunOptions;
  readonly #printed: Printed;
  /** By PM2's watch. */
  readonly #reload: WatchReload;
  #process = new AbortController();
  /** Resolves with the line that `ready.log` waits for, or with a warm Python's report that it answers. */
  #answers = deferred();
  /** `startedAt` of the current process, and of the one that PM2 announced to end on purpose. */
  #present = 0;
  #ending = 0;
  /** Starts under way: one that another has followed reports nothing any more. */
  #launching = 0;
  #warm: WarmState = "starting";
  /** A crash of it was reported, and nothing better since. */
  #broken = false;
  #launchedAt = 0;

  constructor(app: App, options: AppRunOptions) {
    this.#app = app;
    this.#options = options;
    this.#port = new AppPort(options);
    const { clock, emit } = options;
    this.#reload = new WatchReload({ app: app.name, clock, emit });
    this.#printed = new Printed({ clock, app: () => this.#app, answers: () => this.#answers.resolve() });
  }

  get app(): App {
    return this.#app;
  }

  /** When its current process was started, in ms of the wall clock; 0 before its first. */
  get startedAt(): number {
    return this.#present;
  }

  /** The app as it answers: on the port it actually listens on, which may differ from the one it claims. */
  get answering(): App {
    return this.#port.of(this.#app);
  }

  /** The last lines that it printed, without colours. */
  get recent(): string[] {
    return this.#printed.lines;
  }

  /** It is being stopped, or the session is: what is reported from now on follows from that. */
  get isEnding(): boolean {
    return this.#options.stopping.aborted || (this.#present > 0 && this.#ending === this.#present);
  }

  /** The current configuration; takes effect at the next start. */
  reconfigure(app: App): void {
    this.#app = app;
    this.#port.forget();
  }

  /** Starts it (again), and resolves once it is ready or cannot become so. */
  async start(): Promise<boolean> {
    const { emit, launch } = this.#options;
    const app = this.app.name;
    const process = this.#renew();
    this.#reload.forget();
    this.#launching++;
    emit({ event: "app.starting", app, port: this.app.port });
    const failed = (reason: string): false => (emit({ event: "app.failed", app, reason }), false);
    try {
      const launched = await launch();
      if (launched.ok) this.#present = Math.max(this.#present, launched.value.startedAt);
      if (this.#process !== process) return false;
      if (!launched.ok) return failed(reasonOf(launched.diagnostics));
      // a save: its watch has restarted it before PM2 answers
      if (this.#reload.isUnderWay && this.#present > launched.value.startedAt) return this.#restarted();
      this.#pid = launched.value.pid;
      // on a busy machine its crash is known before PM2 answers
      if (!this.#broken) emit({ event: "app.running", app, pid: this.#pid });
    } catch (error) {
      if (this.#process !== process || this.#options.stopping.aborted) return false;
      return failed(error instanceof Error ? error.message : String(error));
    } finally {
      this.#launching--;
    }
    return this.#untilReady();
  }

  /** It is being stopped on purpose: nothing that follows from that is a crash. */
  ending(): void {
    this.#renew();
    this.#port.unwatch();
    this.#reload.forget();
    this.#ending = this.#present;
  }

  line(printed: string): void {
    this.#printed.line(printed);
  }

  lines(batch: LogBatch): void {
    this.#printed.batch(batch);
  }

  /**
   * PM2's watch saw a save and is about to restart it. When the file was saved takes a moment to find out; PM2's next event
   * may come sooner, so the wait for the old process ends here, synchronously.
   */
  saved(file: string, savedAt: Promise<Date>): void {
    // a wait for the process that is about to end would take the next one's answer for its own
    this.#process.abort();
    this.#port.unwatch();
    this.#reload.begin(file, savedAt);
  }

  /** PM2's events about a process; those of a process that was already replaced are ignored. */
  async pm2({ event, status, exitCode, signal, startedAt }: Pm2Event): Promise<void> {
    if (this.#options.stopping.aborted || startedAt < this.#present) return;
    if (event === "online" && startedAt > this.#present) {
      this.#present = startedAt;
      if (!this.#launching) await this.#restarted();
    }
    if (event !== "exit") return;
    if (status === "stopping") this.#ending = startedAt;
    else if (this.#ending !== startedAt) await this.#crashed({ exitCode, signal });
    else if (!this.#launching) this.#process.abort();
  }

  /** A report of its warm Python about itself. */
  warm(report: LifecycleReport): void {
    const { emit, clock } = this.#options;
    for (const event of warmEvents(this.answering, report, this.#warm, clock.now())) emit(event);
    this.#warm = afterReport(this.#warm, report);
    if (report.what === "crashed") this.#broken = true;
    else if (report.what === "ready" || report.what === "reloaded") this.#broken = false;
    // connections wait in the socket while a worker is replaced
    if (report.what === "reloading" || report.what === "crashed") this.#port.unwatch();
    else if (this.#warm === "up" && report.what !== "notice") this.#port.watch(this.app, this.#pid);
    if (report.what === "ready" || report.what === "reloaded") this.#answers.resolve();
  }

  /** A new process begins: every wait for the old one is aborted. */
  #renew(): AbortController {
    this.#process.abort();
    this.#port.unwatch();
    this.#process = new AbortController();
    this.#answers = deferred();
    this.#printed.renew();
    this.#warm = "starting";
    this.#broken = false;
    this.#launchedAt = this.#options.clock.monotonic();
    return this.#process;
  }

  async #crashed(how: Pick<Pm2Event, "exitCode" | "signal">): Promise<void> {
    const ended = this.#process;
    ended.abort();
    this.#port.unwatch();
    await this.#printed.drained();
    if (this.#options.stopping.aborted) return;
    await this.#reload.finish(false);
    const excerpt = crashExcerpt(this.#printed.lines);
    // the next one may have been started meanwhile
    this.#broken ||= this.#process === ended;
    this.#options.emit(crashOf(this.app, { during: "run", ...how, excerpt }));
  }

  /** PM2 has started it again on its own: by its watch, or by autorestart in a plain PM2 file. */
  async #restarted(): Promise<boolean> {
    this.#renew();
    // a daemon that does not answer now may have started it all the same
    const process = await this.#options.current().catch(() => null);
    if (process) this.#pid = process.pid;
    if (process) this.#options.emit({ event: "app.running", app: this.app.name, pid: process.pid });
    return this.#untilReady();
  }

  async #untilReady(): Promise<boolean> {
    const { clock, network, emit } = this.#options;
    const launchedAt = this.#launchedAt;
    const target = this.#target();
    const { probe } = target;
    let probed = await awaitReady(clock, network, target);
    if (!probed.ready && probed.why === "deadline") {
      // a crash that was reported is the cause
      if (!this.#broken) {
        emit({ event: "diagnostic", ...notReady(this.app, this.#printed.lines, target.own.sockets()) });
        emit({ event: "app.failed", app: this.app.name, reason: `not ready after ${probe.timeoutMs} ms` });
      }
      probed = await awaitReady(clock, network, { ...target, probe: { ...probe, timeoutMs: Infinity } });
    }
    if (!probed.ready) return false;
    await this.#port.settle(this.app, probed.port, target.mayBeTls);
    if (target.signal.aborted) return false;
    this.#warm = "up";
    const ms = Math.round(clock.monotonic() - launchedAt);
    if (this.#reload.isUnderWay) await this.#reload.finish(true);
    else emit({ event: "app.ready", app: this.app.name, url: urlOf(this.answering), ms });
    this.#port.watch(this.app, this.#pid);
    return true;
  }

  #target(): ProbeTarget {
    return {
      ...this.#port.target(this.app, this.#pid, () => this.#printed.lines),
      probe: this.#probe(),
      answers: this.#answers.promise,
      printing: (heard) => this.#printed.onOutput(heard),
      unlikelyUntil: this.#launchedAt + this.#options.unlikelyMs(),
      signal: abortsWith(this.#process.signal, this.#options.stopping).signal,
    };
  }

  /** A warm Python reports when its code answers; its port is open before that. */
  #probe(): Probe {
    const { ready } = this.app;
    return this.#options.warm() && ready.kind === "default" ? { kind: "reported", timeoutMs: ready.timeoutMs } : ready;
  }
}
