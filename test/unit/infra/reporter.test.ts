import path from "node:path";
import { describe, expect, test } from "vitest";
import type { Diagnostic } from "../../../src/diagnostics/diagnostic.ts";
import { completedContainers, rememberCompleted } from "../../../src/infra/completed.ts";
import type { Definition } from "../../../src/infra/definition.ts";
import { composeFiles } from "../../../src/infra/files.ts";
import { recall, remember } from "../../../src/infra/known.ts";
import { LABELS } from "../../../src/infra/observation.ts";
import { serviceContainers, foreignContainers } from "../../../src/infra/observe.ts";
import { InfraReporter, reportChanges } from "../../../src/infra/reporter.ts";
import type { SessionEvent } from "../../../src/model/events.ts";
import { instanceOf } from "../../../src/model/instance.ts";
import type { Project } from "../../../src/model/project.ts";
import type { ServiceStatus } from "../../../src/model/service-status.ts";
import { files } from "../../../src/system/files/files.ts";
import { folderWith } from "../config/outside.ts";
import { sampleApp, sampleProject } from "../plan/sample.ts";
import { environment } from "../preflight/place.ts";
import { details, summary } from "./build.ts";
import { simulate } from "./simulated.ts";

const needing = (name: string, ...services: string[]) =>
  sampleApp({ name, dependsOn: { apps: [], services, tasks: [] } });

function reporting(required = true) {
  const events: SessionEvent[] = [];
  const project = {
    ...sampleProject([needing("my api", "db", "cache"), needing("web", "cache"), sampleApp({ name: "tool" })]),
    infra: { required } as Project["infra"],
  };
  return { reporter: new InfraReporter((event) => void events.push(event), project), events };
}

const texts = (events: readonly SessionEvent[]): string[] =>
  events.flatMap((event) => (event.event === "notice" ? [event.text] : []));

const status = (service: string, more: Partial<ServiceStatus> = {}): ServiceStatus => ({
  service,
  container: "c",
  state: "running",
  exitCode: null,
  drift: false,
  reason: null,
  ports: [],
  ...more,
});

const definedBy = (...named: string[]): Definition => ({
  name: "p",
  folder: path.dirname(named[0] ?? ""),
  files: named,
  services: [],
  from: "compose",
  version: "",
});

const problem = (code: Diagnostic["code"], summaryText = "no"): Diagnostic => ({
  code,
  severity: "error",
  summary: summaryText,
  evidence: [],
  fixes: [],
});

describe("what infra reports", () => {
  test("a diagnostic once, however often an app asks; another one too", () => {
    const { reporter, events } = reporting();
    for (const text of ["a", "a", "b", "a"]) reporter.once(problem("DEVPM_SERVICE_FAILED", text));
    expect(events.map((event) => ("summary" in event ? event.summary : ""))).toEqual(["a", "b"]);
  });

  test("what is absent, with the apps that will miss it, and remembers it", () => {
    const { reporter, events } = reporting();
    const reason = reporter.absent(problem("DEVPM_ENGINE_DOWN", "Docker is not running"), ["db", "cache"]);
    expect(reason).toBe("Docker is not running; my api uses db, cache; web uses cache");
    expect(events).toEqual([{ event: "infra.absent", reason, services: ["db", "cache"] }]);
    expect([...reporter.absentServices]).toEqual(["db", "cache"]);
  });

  test("what differs from the compose file, with the command that applies it; what is left alone, with why", () => {
    const { reporter, events } = reporting();
    reporter.checked(41, [status("db", { drift: true, reason: "its definition has changed" }), status("cache")], {
      definition: definedBy("/p/compose.yml"),
      leftOut: [{ service: "web", reason: 'devpm runs the app "web" itself' }],
    });
    expect(texts(events)).toEqual([
      'web of the compose file is left alone: devpm runs the app "web" itself',
      "db: its definition has changed; to apply it: docker compose up -d db",
    ]);
    expect(events[0]).toMatchObject({ event: "infra.checked", ms: 41 });
  });

  test.each([
    ["docker compose up -d db", definedBy("/p/docker-compose.yml", "/p/compose.override.yml")],
    ["docker compose -f /p/dev/compose.yml up -d db", definedBy("/p/dev/compose.yml")],
    ["docker compose -f '/p/my db.yml' up -d db", definedBy("/p/my db.yml")],
    ["docker compose -f /p/compose.yml -f /p/dev.yml up -d db", definedBy("/p/compose.yml", "/p/dev.yml")],
    ["docker compose -p shop up -d db", { ...definedBy("/p/compose.yml"), as: "shop" }],
  ])("a change is applied to the files and the project that the container is of: %s", (command, definition) => {
    const { reporter, events } = reporting();
    reporter.drifted(status("db", { drift: true, reason: "changed" }), definition);
    expect(texts(events)).toEqual([`db: changed; to apply it: ${command}`]);
  });

  test("of one that ended and whose file has changed since, the change is said, not how it ended", () => {
    const { reporter, events } = reporting();
    const ended = status("db", { state: "stopped", drift: true, reason: "it exited with code 1" });
    reporter.drifted(ended, definedBy("/p/compose.yml"));
    expect(texts(events)).toEqual(["db: what it is made from has changed; to apply it: docker compose up -d db"]);
  });

  test("a container of a folder that is gone", () => {
    const { reporter, events } = reporting();
    reporter.inherited(new Map([["db", "/old/shop"]]));
    expect(texts(events)[0]).toContain("/old/shop, which is gone");
  });

  test("a port that has moved since an app was given it, with the restart that tells the app, quoted", () => {
    const { reporter, events } = reporting();
    reporter.givePort("db", 5432, 40_001);
    reporter.moved(status("db", { ports: [{ container: 5432, host: 40_001 }] }));
    reporter.moved(status("db", { ports: [{ container: 5432, host: 40_002 }] }));
    reporter.moved(status("db", { ports: [{ container: 5432, host: 40_002 }] }));
    reporter.moved(status("cache", { ports: [{ container: 6379, host: 1 }] }));
    expect(texts(events)).toEqual([
      "db is published on port 40002 now, not 40001; so that its apps know: devpm restart 'my api'",
    ]);
  });

  test("changes only, not looks", async () => {
    const simulation = await simulate();
    const { reporter } = reporting();
    let now = [status("db")];
    const events: SessionEvent[] = [];
    reportChanges({ ...simulation.context, emit: (event) => void events.push(event) }, () => now, reporter);
    await simulation.context.containers.refresh();
    now = [status("db", { state: "stopped" })];
    await simulation.context.containers.refresh();
    await simulation.context.containers.refresh();
    expect(events).toEqual([{ event: "infra.changed", services: now }]);
  });
});

describe("a service that the machine cannot run", () => {
  test.each([
    ["no image, and an app needs it", "DEVPM_IMAGE_UNAVAILABLE", true, ["db"], false],
    ["no image, and no app needs it", "DEVPM_IMAGE_UNAVAILABLE", true, ["cache"], true],
    ["no image, and infra is not required", "DEVPM_IMAGE_UNAVAILABLE", false, ["db"], true],
    ["no Compose, and infra is not required", "DEVPM_COMPOSE_MISSING", false, ["db"], true],
    ["no Compose, though no app needs it", "DEVPM_COMPOSE_MISSING", true, ["cache"], false],
    ["it fails, though infra is not required", "DEVPM_SERVICE_FAILED", false, ["cache"], false],
  ] as const)("%s — tolerated: %s", (_, code, required, needed, tolerated) => {
    const { reporter } = reporting(required);
    reporter.needed = new Set<string>(needed);
    expect(reporter.tolerated(problem(code), "db")).toBe(tolerated);
  });
});

describe("which containers are the project's", () => {
  const container = (service: string, more: Record<string, string> = {}, id = service) =>
    summary({ id, labels: { [LABELS.service]: service, ...more } });

  test("one of each service: never a `compose run`, and of a scaled one the first", () => {
    const listed = [
      container("db", { [LABELS.number]: "2" }, "second"),
      container("db", { [LABELS.number]: "1" }, "first"),
      container("cache", { [LABELS.oneOff]: "True" }),
      container("other"),
    ];
    expect([...serviceContainers(listed, ["db", "cache"])].map(([service, { id }]) => [service, id])).toEqual([
      ["db", "first"],
    ]);
  });

  test("those that another folder made under the same project's name are foreign", () => {
    const seen = (folder: string | null) => ({
      container: container("db", folder === null ? {} : { [LABELS.folder]: folder }),
      details: details(),
    });
    const definition = { name: "shop", folder: "/p", files: [], services: [], from: "compose" as const, version: "" };
    for (const [folder, foreign] of [
      ["/p", []],
      ["/other", [["db", "/other"]]],
      [null, []],
    ] as const)
      expect([...foreignContainers(new Map([["db", seen(folder)]]), definition)]).toEqual(foreign);
  });
});

describe("what is remembered on disk", () => {
  test("a completed container, once, and the last fifty", async () => {
    const home = folderWith({});
    const here = { files, environment: { ...environment, shell: { DEVPM_HOME: home } } };
    expect(completedContainers(here, "/p")).toEqual([]);
    for (let n = 0; n < 60; n++) await rememberCompleted(here, "/p", `c${n}`);
    await rememberCompleted(here, "/p", "c59");
    const kept = completedContainers(here, "/p");
    expect([kept.length, kept[0], kept.at(-1)]).toEqual([50, "c10", "c59"]);
    expect(completedContainers(here, "/other")).toEqual([]);
  });

  test("containers that complete at the same time, each of them", async () => {
    const here = { files, environment: { ...environment, shell: { DEVPM_HOME: folderWith({}) } } };
    const together = ["seed", "migrate", "topics"];
    await Promise.all(together.map((container) => rememberCompleted(here, "/p", container)));
    expect(completedContainers(here, "/p")).toEqual(together);
  });

  test("half a file is none", async () => {
    const here = { files, environment: { ...environment, shell: { DEVPM_HOME: folderWith({}) } } };
    await rememberCompleted(here, "/p", "seed");
    await files.write(path.join(instanceOf("/p", here.environment).cache, "completed.json"), '["se');
    expect(completedContainers(here, "/p")).toEqual([]);
  });

  test("the compose project that is stopped when the configuration is gone; half a file is none", async () => {
    const cache = folderWith({});
    const known = { project: "shop", services: ["db"] };
    expect(await recall(files, { cache })).toBeNull();
    await remember(files, { cache }, known);
    expect(await recall(files, { cache })).toEqual(known);
    for (const text of ["{", "null", '{"project":"shop"}', "[]"]) {
      await files.write(`${cache}/infra.json`, text);
      expect(await recall(files, { cache }), text).toBeNull();
    }
  });
});

describe("the files that Compose is called with", () => {
  test.each([
    [
      "a default name and its override",
      ["compose.yml"],
      ["compose.override.yml"],
      ["compose.yml", "compose.override.yml"],
    ],
    [
      "the other spelling",
      ["docker-compose.yml"],
      ["docker-compose.override.yaml"],
      ["docker-compose.yml", "docker-compose.override.yaml"],
    ],
    ["a default name alone", ["compose.yml"], [], ["compose.yml"]],
    ["another name means itself", ["dev.yml"], ["compose.override.yml"], ["dev.yml"]],
    ["several mean themselves", ["compose.yml", "dev.yml"], ["compose.override.yml"], ["compose.yml", "dev.yml"]],
  ])("%s", async (_, asked, there, called) => {
    const root = folderWith(Object.fromEntries([...asked, ...there].map((name) => [name, ""])));
    const at = (names: readonly string[]): string[] => names.map((name) => `${root}/${name}`);
    expect(await composeFiles(at(asked), files)).toEqual(at(called));
  });
});
