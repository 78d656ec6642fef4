import { isUp } from "../model/service-status.ts";
import type { ServiceStatus } from "../model/service-status.ts";
import type { SessionEvent } from "../model/events.ts";

/** What the plain interface must remember of the past events to phrase the next one. */
export interface Facts {
  project: string;
  /** The name of a checkout with ports of its own. */
  worktree?: string;
  /** Something was started or set up: from then on, the end is reported. */
  began: boolean;
  /** In the order of the configuration; `url` once it was ready. */
  apps: Map<string, { url: string | null; up: boolean }>;
  /** Services that are up. */
  infra: Set<string>;
  /** The save that an app reloads, or reloaded, last. */
  saves: Map<string, { file: string; savedAt: string }>;
}

export const noFacts = (): Facts => ({
  project: "devpm",
  began: false,
  apps: new Map(),
  infra: new Set(),
  saves: new Map(),
});

type Notes = {
  [Name in SessionEvent["event"]]?: (facts: Facts, event: Extract<SessionEvent, { event: Name }>) => void;
};

const notes: Notes = {
  "session.starting": (facts, { project, apps, off = [], worktree }) => {
    facts.project = project;
    facts.worktree = worktree?.name;
    const on = apps.filter((app) => !off.includes(app));
    facts.apps = new Map(on.map((app) => [app, { url: null, up: false }]));
  },
  "app.starting": (facts) => (facts.began = true),
  "task.started": (facts) => (facts.began = true),
  "setup.started": (facts) => (facts.began = true),
  "infra.progress": (facts) => (facts.began = true),
  "app.ready": (facts, { app, url }) => facts.apps.set(app, { url, up: true }),
  "app.running": (facts, { app }) => setUp(facts, app, true),
  "app.reloading": (facts, { app, file, savedAt }) => facts.saves.set(app, { file, savedAt }),
  "app.reloaded": (facts, { app, file, savedAt, ok }) => {
    facts.saves.set(app, { file, savedAt });
    setUp(facts, app, ok);
  },
  "app.crashed": (facts, { app }) => setUp(facts, app, false),
  "app.failed": (facts, { app }) => setUp(facts, app, false),
  "app.stopped": (facts, { app }) => facts.apps.delete(app),
  "infra.checked": (facts, { services }) => setServices(facts, services),
  "infra.changed": (facts, { services }) => setServices(facts, services),
  "infra.started": (facts, { service }) => facts.infra.add(service),
  "infra.recovered": (facts, { service }) => facts.infra.add(service),
  "infra.failed": (facts, { service }) => facts.infra.delete(service),
};

/** Records one event; called before the event is phrased. */
export function noteFact(facts: Facts, event: SessionEvent): void {
  const note = notes[event.event] as ((facts: Facts, event: SessionEvent) => unknown) | undefined;
  note?.(facts, event);
}

function setUp(facts: Facts, app: string, up: boolean): void {
  facts.apps.set(app, { url: facts.apps.get(app)?.url ?? null, up });
}

function setServices({ infra }: Facts, services: readonly ServiceStatus[]): void {
  for (const { service, state } of services) {
    if (isUp(state)) infra.add(service);
    else infra.delete(service);
  }
}

/** "Still running: web http://localhost:5173, postgres." or the text for no running app. */
export function stillRunning(facts: Facts, but: string): string {
  const apps = [...facts.apps].filter(([name, { up }]) => up && name !== but);
  const names = [...apps.map(([name, { url }]) => (url === null ? name : `${name} ${url}`)), ...facts.infra];
  return names.length === 0 ? "Nothing else is running." : `Still running: ${names.join(", ")}.`;
}
