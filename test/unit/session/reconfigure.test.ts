import { describe, expect, test } from "vitest";
import { failed, ok, type Outcome } from "../../../src/diagnostics/outcome.ts";
import type { SessionEvent } from "../../../src/model/events.ts";
import type { App, Project } from "../../../src/model/project.ts";
import { compared, followConfiguration } from "../../../src/session/apps/reconfigure.ts";
import type { System } from "../../../src/system/system.ts";
import { sampleApp, sampleProject } from "../plan/sample.ts";
import { virtualClock } from "../virtual-clock.ts";

const api = sampleApp({ name: "api", port: 5050 });
const web = sampleApp({ name: "web", port: 5173 });
const before = sampleProject([api, web]);

describe("what a changed configuration means", () => {
  const change = (apps: App[], more: Partial<Project> = {}) => {
    const { here, later } = compared(before, { ...before, apps, ...more });
    return { here: here.map(({ name }) => name), later };
  };

  test("settings of an app are applied here", () => {
    expect(change([{ ...api, env: { A: "1" } }, web])).toEqual({ here: ["api", "web"], later: [] });
  });

  test.each([
    ["ports", { port: 5051 }],
    ["ports", { ports: [9_000] }],
    ["dependencies", { dependsOn: { apps: ["web"], services: [], tasks: [] } }],
    ["ports and dependencies", { port: 5051, dependsOn: { apps: ["web"], services: [], tasks: [] } }],
    ["debugger", { ports: [5678], debugger: { port: 5678 } }],
    ["debugger and ports", { ports: [9_000, 5678], debugger: { port: 5678 } }],
  ])("the %s need a new session", (what, more) => {
    expect(change([{ ...api, ...more }, web])).toEqual({ here: ["web"], later: [`the ${what} of api`] });
  });

  test("an app that is new, and one that is gone", () => {
    expect(change([api, sampleApp({ name: "worker" })])).toEqual({
      here: ["api"],
      later: ["web is gone", "worker is new"],
    });
  });

  test("the infra", () => {
    const infra = {
      files: ["/p/compose.yml"],
      services: null,
      required: true,
      timeoutMs: 1,
    } as unknown as Project["infra"];
    expect(change([api, web], { infra })).toEqual({ here: ["api", "web"], later: ["the infra"] });
  });

  test("nothing changed, nothing is later", () => {
    expect(change([web, api])).toEqual({ here: ["web", "api"], later: [] });
  });
});

const CONFIG = "/p/ecosystem.config.ts";

/** A configuration of some files that the test saves, and a session that follows it. `loads`: which files, by default the same. */
function following(
  load: (texts: Map<string, string | null>) => Outcome<Project> | Promise<Outcome<Project>>,
  files: () => string[] = () => [CONFIG],
) {
  const clock = virtualClock();
  const stopping = new AbortController();
  const events: SessionEvent[] = [];
  const reconfigured: string[][] = [];
  const used: Project[] = [];
  const texts = new Map<string, string | null>(files().map((file) => [file, "first"]));
  const seen = (): Map<string, string | null> => new Map(files().map((file) => [file, texts.get(file) ?? null]));
  let loads = 0;
  let released = 0;
  const watched = new Map<string, Set<() => void>>();
  const system = {
    clock,
    releaseMemory: () => void released++,
    files: {
      read: (file: string) => Promise.resolve(texts.get(file) ?? null),
      watch: (file: string, listener: () => void, signal: AbortSignal) => {
        const listeners = watched.get(file) ?? new Set();
        const own = (): void => listener();
        watched.set(file, listeners.add(own));
        signal.addEventListener("abort", () => listeners.delete(own));
      },
    },
  } as unknown as System;
  const { now } = followConfiguration(system, {
    project: before,
    sources: seen(),
    apps: { reconfigure: (apps) => (reconfigured.push(apps.map(({ name }) => name)), Promise.resolve()) },
    use: (project) => void used.push(project),
    load: async () => {
      loads++;
      const sources = seen();
      return { ...(await load(texts)), sources };
    },
    emit: (event) => void events.push(event),
    stopping: stopping.signal,
  });
  const put = (file: string, text: string | null): void => {
    texts.set(file, text);
    for (const listener of watched.get(file) ?? []) listener();
  };
  const write = async (file: string, text: string | null, times = 1): Promise<void> => {
    for (let n = 0; n < times; n++) put(file, text);
    await clock.pass(100);
  };
  return {
    clock,
    events,
    reconfigured,
    used,
    stopping,
    now,
    put,
    write,
    loads: () => loads,
    released: () => released,
    watched: () => [...watched].flatMap(([file, { size }]) => (size > 0 ? [file] : [])),
    save: (text: string | null, times = 1) => write(CONFIG, text, times),
  };
}

describe("a saved configuration", () => {
  test("is loaded once for the several steps of one save", async () => {
    const here = following(() => ok({ ...before, apps: [{ ...api, graceMs: 1 }, web] }));
    await here.save("second", 5);
    expect(here.loads()).toBe(1);
    expect(here.reconfigured).toEqual([["api", "web"]]);
    expect(here.used[0]?.apps[0]?.graceMs).toBe(1);
  });

  test("gives the memory of its load back", async () => {
    const here = following(() => ok(before));
    await here.clock.pass(60_000);
    expect(here.released()).toBe(0);
    await here.save("second");
    await here.clock.pass(60_000);
    expect(here.released()).toBeGreaterThan(0);
  });

  test("with the same text changes nothing, nor does one that is gone for a moment", async () => {
    const here = following(() => ok(before));
    await here.save("first");
    await here.save(null);
    expect(here.loads()).toBe(0);
  });

  test("that cannot be loaded changes nothing, and says so", async () => {
    const here = following(() =>
      failed({
        code: "DEVPM_CONFIG_INVALID",
        severity: "error",
        summary: "no",
        evidence: [],
        fixes: [],
        state: "Nothing was started.",
      }),
    );
    await here.save("broken");
    expect(here.reconfigured).toEqual([]);
    expect(here.events).toMatchObject([
      {
        event: "diagnostic",
        code: "DEVPM_CONFIG_INVALID",
        state: "Everything still runs as it was configured before.",
      },
    ]);
  });

  test("keeps an app as it runs where its change needs a new session, and says so in one line", async () => {
    const here = following(() =>
      ok({ ...before, apps: [{ ...api, port: 9 }, { ...web, graceMs: 7 }, sampleApp({ name: "new" })] }),
    );
    await here.save("second");
    expect(here.used[0]?.apps).toMatchObject([
      { name: "api", port: 5050 },
      { name: "web", graceMs: 7 },
    ]);
    expect(here.events).toEqual([
      { event: "notice", text: "takes effect at the next devpm dev: the ports of api and new is new" },
    ]);
  });

  test("and another while it is loaded are applied one after the other", async () => {
    let grace = 0;
    const here = following(() => ok({ ...before, apps: [{ ...api, graceMs: ++grace }, web] }));
    await here.save("second");
    await here.save("third");
    expect(here.used.map(({ apps }) => apps[0]?.graceMs)).toEqual([1, 2]);
  });

  test("is nothing to a session that ends", async () => {
    const here = following(() => ok(before));
    here.stopping.abort();
    await here.save("second");
    expect(here.loads()).toBe(0);
  });
});

describe("a file that the configuration loads", () => {
  const SHARED = "/p/devpm.shared.ts";

  test("is followed like the configuration, and no longer when that loads it no more", async () => {
    let files = [CONFIG, SHARED];
    const here = following(
      () => ok(before),
      () => files,
    );
    await here.write(SHARED, "second");
    expect(here.loads()).toBe(1);
    await here.write(SHARED, "second");
    await here.write(SHARED, null);
    expect(here.loads()).toBe(1);
    files = [CONFIG];
    await here.save("without it");
    expect(here.watched()).toEqual([CONFIG]);
    await here.write(SHARED, "third");
    expect(here.loads()).toBe(2);
  });

  test("and that is looked for and not there counts when it is written", async () => {
    const here = following(
      () => ok(before),
      () => [CONFIG, SHARED],
    );
    await here.write(SHARED, null);
    await here.save("second");
    expect(here.loads()).toBe(1);
    await here.write(SHARED, "there");
    expect(here.loads()).toBe(2);
  });

  test("saved while the configuration is loaded is loaded again", async () => {
    let once = true;
    const here = following(
      (texts) => {
        if (once) texts.set(SHARED, "meanwhile");
        once = false;
        return ok(before);
      },
      () => [CONFIG, SHARED],
    );
    await here.save("second");
    await here.now();
    expect(here.loads()).toBe(2);
  });

  test("and that it writes itself, something else each time, is no endless loop", async () => {
    let n = 0;
    const here = following(
      (texts) => (texts.set(SHARED, `${n++}`), ok(before)),
      () => [CONFIG, SHARED],
    );
    await here.save("second");
    await here.now();
    await here.now();
    expect(here.loads()).toBe(3);
  });

  test("and that it has written a moment later, something else each time, is loaded less and less often", async () => {
    let n = 0;
    const here = following(
      () => (here.clock.at(here.clock.monotonic() + 50, () => here.put(SHARED, `${n++}`)), ok(before)),
      () => [CONFIG, SHARED],
    );
    await here.save("second");
    await here.clock.pass(60_000);
    expect(here.loads()).toBeLessThan(40);
  });

  test("in a folder that is made later, or removed and made again, is followed", () => {
    const deep = "/p/parts/deep/word.ts";
    const here = following(
      () => ok(before),
      () => [CONFIG, deep],
    );
    expect(here.watched()).toEqual(["/p/parts", "/p/parts/deep", CONFIG, deep]);
  });

  test("outside of the project is followed without its folders, in which anything may happen", () => {
    const here = following(
      () => ok(before),
      () => [CONFIG, "/shared/word.ts"],
    );
    expect(here.watched()).toEqual([CONFIG, "/shared/word.ts"]);
  });
});
