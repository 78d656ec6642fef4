import { expanded } from "../../model/groups.ts";
import type { System } from "../../system/system.ts";
import type { Apps } from "../apps/apps.ts";
import type { AppModel, SessionModel } from "../session-model.ts";
import { untilConfigured } from "./join.ts";
import type { ControlOptions } from "./options.ts";
import type { Served } from "./requests.ts";
import { turnOff, turnOn, type SwitchOptions } from "./switch.ts";
import { waitUntilReady } from "./ready-wait.ts";
import { waitForReload } from "./reload-wait.ts";
import { withPlace } from "./with-place.ts";
import { shellQuote } from "../../util/shell-quote.ts";

type ByName = Pick<Served, "restart" | "wait" | "start" | "stop">;

/** Each app has its own deadline; this only ends the wait for one that becomes neither ready nor failed. */
const START_MS = 15 * 60_000;
const STARTING = "the session is still starting";

/** The requests that name apps, tasks and groups. */
export function byName(system: System, options: ControlOptions): ByName {
  const { stop, model } = options;
  /** Replaces groups by their members; without names, all that are on. */
  const named = (given: readonly string[]): string[] =>
    given.length > 0 ? expanded(given, options.project()?.groups ?? {}) : namesOn(model());

  const operations: ByName = {
    async restart(given, gone) {
      const switching = switchesOf(options, named(given));
      if (typeof switching === "string") return switching;
      const { apps } = switching;
      const off = named(given).filter((name) => !apps.isOn(name) && !apps.tasks.has(name));
      const started = off.length > 0 ? await operations.start(off, gone) : null;
      if (started && started.error !== null) return started.error;
      const rest = named(given).filter((name) => !off.includes(name));
      const ready = await Promise.all(rest.map((name) => again(apps, name)));
      return notReady(
        rest.filter((_, index) => !ready[index]),
        model(),
      );
    },
    async wait({ apps: given, for: what, timeoutMs, file = null }, gone) {
      // until then nothing is known to wait for
      const began = system.clock.monotonic();
      await system.clock.within(untilConfigured(options, gone), timeoutMs);
      if (options.project() === null) return stop.signal.aborted ? "the session is ending" : STARTING;
      const left = Math.max(0, timeoutMs - (system.clock.monotonic() - began));
      const asked = named(given);
      const wrong = unknownIn(model(), asked);
      if (wrong !== null) return wrong;
      const wish = { names: asked, explicit: given.length > 0, file, timeoutMs: left, gone };
      const waits = {
        ready: () => waitUntilReady(system, options, wish),
        reload: () => waitForReload(system, options, wish),
      };
      return withPlace(system, options, asked, await waits[what]());
    },
    async start(given, gone) {
      const switching = switchesOf(options, named(given));
      if (typeof switching === "string") return { error: switching, diagnostics: [] };
      const diagnostics = await turnOn(system, given, switching);
      if (diagnostics.length > 0) return { error: diagnostics.map(({ summary }) => summary).join("; "), diagnostics };
      const wish = { names: named(given), explicit: true, file: null, timeoutMs: START_MS, gone };
      return { error: await waitUntilReady(system, options, wish), diagnostics: [] };
    },
    async stop(given) {
      const switching = switchesOf(options, named(given));
      return typeof switching === "string" ? { error: switching } : turnOff(system, given, switching);
    },
  };
  return operations;
}

/** What is needed to turn these on and off; else why it is not possible. */
function switchesOf(
  { project, apps, lock, model, stream }: ControlOptions,
  names: readonly string[],
): SwitchOptions | string {
  const [of, running] = [project(), apps()];
  // before its configuration is loaded no name is known
  const wrong = of ? unknownIn(model(), names) : null;
  if (wrong !== null) return wrong;
  if (!of || !running) return STARTING;
  return { project: of, apps: running, lock, model, notify: (text) => stream.emit({ event: "notice", text }) };
}

function unknownIn({ apps, tasks }: SessionModel, names: readonly string[]): string | null {
  const unknown = names.find((name) => !apps.has(name) && !tasks.has(name));
  return unknown === undefined ? null : `nothing is called "${unknown}"`;
}

/** Everything that is to run; a wait ignores what is off. */
const namesOn = ({ apps, tasks }: SessionModel): string[] => [
  ...[...apps.values()].filter(({ status }) => status.state !== "stopped").map(({ status }) => status.name),
  ...[...tasks.values()].filter(({ state }) => state !== "stopped").map(({ name }) => name),
];

/** Starts a new process; a task runs again. */
const again = (apps: Apps, name: string): Promise<boolean> =>
  apps.tasks.has(name) ? apps.tasks.look(name, "run") : apps.restart(name);

/** With the cause where it is known: a failed task, or why an app was not even started. */
function notReady(names: readonly string[], { apps, tasks }: SessionModel): string | null {
  if (names.length === 0) return null;
  const failed = [...tasks.values()].filter(({ state }) => state === "failed");
  const why = [
    ...failed.map(({ name }) => `${name} failed: devpm logs ${shellQuote(name)}`),
    ...(failed.length > 0 ? [] : names.flatMap((name) => whyFailed(apps.get(name), names.length > 1))),
  ].join(", ");
  return `not ready: ${names.join(", ")}${why === "" ? "" : ` (${why})`}`;
}

function whyFailed(app: AppModel | undefined, named: boolean): string[] {
  if (app?.status.state !== "failed" || app.failure === null) return [];
  return [named ? `${app.status.name}: ${app.failure}` : app.failure];
}
