import type { SessionEvent } from "../../model/events.ts";
import { urlOf, type App } from "../../model/project.ts";
import { isUnsafePort } from "../../model/unsafe-ports.ts";
import { unsafePort } from "../../preflight/ports/unsafe.ts";
import type { OwnListeners } from "../../readiness/own-listeners.ts";
import { createPortFinder } from "../../readiness/port-finder.ts";
import { lostPort, type WatchPort } from "../../readiness/port-watch.ts";
import { printedAsHttps } from "../../readiness/printed-address.ts";
import type { ProbeTarget } from "../../readiness/probe.ts";
import type { Clock } from "../../system/clock.ts";
import type { Network } from "../../system/network.ts";

export interface AppPortOptions {
  clock: Clock;
  network: Network;
  emit: (event: SessionEvent) => void;
  /** What the processes of the app listen on, from the one that PM2 started. */
  own: (pid: number) => OwnListeners;
  /** Ports that the other apps claim: never the app's own, wherever it listens. */
  taken: () => readonly number[];
  /** The first port above one that nothing uses or claims. */
  freeAbove: (port: number) => Promise<number>;
  /** Reports when the port that it is ready on closes, or when nothing answers there any more. */
  watchPort: WatchPort;
}

const TLS_MS = 1_000;
/** A server that has just begun to listen may drop its first handshakes: one that is to speak TLS is asked again. */
const TLS_AGAIN_MS = 100;
const TLS_ASKED_MS = 10_000;

/** Where one app really listens: determined when it becomes ready, watched for as long as it is. */
export class AppPort {
  readonly #options: AppPortOptions;
  /** Ports that browsers refuse, and that were reported. */
  readonly #warned = new Set<number>();
  /** null until it is known, or where the app claims no port. */
  #found: { port: number; https: boolean } | null = null;
  /** The listeners of the present process, as its readiness was found. */
  #listeners: OwnListeners | null = null;
  #unwatch: () => void = () => {};

  constructor(options: AppPortOptions) {
    this.#options = options;
  }

  /** The app as it answers: on the port it actually listens on, which may differ from the one it claims. */
  of(app: App): App {
    return this.#found === null ? app : { ...app, ...this.#found };
  }

  forget(): void {
    this.#found = null;
  }

  /** Starts to probe the readiness of a new process of the app. */
  target(
    app: App,
    pid: number,
    lines: () => readonly string[],
  ): Pick<ProbeTarget, "port" | "own" | "portFinder" | "mayBeTls"> {
    const { clock, network, own, taken } = this.#options;
    const { port, ports, toolchain, https = false } = app;
    const listeners = own(pid);
    this.#listeners = listeners;
    const before = this.#found?.port ?? null;
    const finding = { clock, network, own: listeners, before, lines, taken: new Set([...ports, ...taken()]) };
    return {
      port,
      own: listeners,
      portFinder: port === null ? null : createPortFinder({ ...finding, claimed: port }),
      // servers other than Node's log an error about a handshake that they cannot read
      mayBeTls: (at) => https || printedAsHttps(lines(), at) || (toolchain === "node" && network.beginsTls(at, TLS_MS)),
    };
  }

  /** It is ready on `port`: records the address and protocol, and reports a port that is not the claimed one. */
  async settle(app: App, port: number | null, mayBeTls: ProbeTarget["mayBeTls"]): Promise<void> {
    if (port === null) return;
    const { emit } = this.#options;
    const before = this.of(app).port;
    this.#found = { port, https: (await mayBeTls(port)) && (await this.#speaksTls(app, port)) };
    if (port !== before) emit({ event: "notice", text: `${app.name} listens on ${port}, not ${before}` });
    if (port === app.port && isUnsafePort(port)) await this.#warn(port, app);
  }

  /** Its address is shown, and no browser opens it. */
  async #warn(port: number, app: App): Promise<void> {
    if (this.#warned.has(port)) return;
    this.#warned.add(port);
    const { emit, freeAbove } = this.#options;
    emit({ event: "diagnostic", ...unsafePort(this.of(app), await freeAbove(port)) });
  }

  async #speaksTls({ https = false }: App, port: number): Promise<boolean> {
    const { network, clock } = this.#options;
    const deadline = clock.monotonic() + TLS_ASKED_MS;
    while (!(await network.speaksTls(port, TLS_MS))) {
      if (!https || clock.monotonic() >= deadline) return false;
      const plain = await network.status(port, "/", { timeoutMs: TLS_MS, secure: false });
      if (plain !== null) return false;
      await clock.sleep(TLS_AGAIN_MS);
    }
    return true;
  }

  /** From now on it is ready for as long as it answers there. */
  watch(app: App, pid: number): void {
    this.unwatch();
    if (this.#found === null) return;
    const { port } = this.#found;
    const { emit, watchPort, own, clock } = this.#options;
    let lostAt = 0;
    this.#unwatch = watchPort({
      port,
      wasOpen: this.#listeners?.wasSeen(port) ?? false,
      listeners: () => own(pid).on(port),
      changed: (state) => {
        if (state !== "open") {
          lostAt = clock.monotonic();
          emit({ event: "app.failed", app: app.name, reason: lostPort(state, port), lost: true });
          return;
        }
        const ms = Math.round(clock.monotonic() - lostAt);
        emit({ event: "app.ready", app: app.name, url: urlOf(this.of(app)), ms });
      },
    });
  }

  unwatch(): void {
    this.#unwatch();
    this.#unwatch = () => {};
  }
}
