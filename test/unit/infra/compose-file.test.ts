import { describe, expect, test } from "vitest";
import type { App } from "../../../src/model/project.ts";
import { definitionOf } from "../../../src/infra/containers.ts";
import { type Definition, definitionFrom, oneShots, withDependencies } from "../../../src/infra/definition.ts";
import { composeFingerprint } from "../../../src/infra/fingerprint.ts";
import { interpolated, mentions, simpleVariables } from "../../../src/infra/inputs.ts";
import { serviceContainers, foreignContainers } from "../../../src/infra/observe.ts";
import { select } from "../../../src/infra/select.ts";
import { LABELS } from "../../../src/infra/observation.ts";
import { body, summary } from "./build.ts";

const definition = (services: Definition["services"]): Definition => ({
  name: "market",
  folder: "/p",
  files: ["/p/compose.yml"],
  services,
  from: "compose",
  version: "2.26.1",
});

test("what Compose prints, cut to what is decided by", () => {
  const json = JSON.stringify({
    name: "market",
    services: {
      db: {
        image: "postgres:17",
        environment: { A: "1", B: null },
        ports: [
          { target: 5432, published: "15432", protocol: "tcp" },
          { target: 8080 },
          { target: 9000, published: "9000-9010", protocol: "udp" },
        ],
        volumes: [
          { type: "volume", source: "data" },
          { type: "bind", source: "/p/init" },
        ],
      },
      app: { build: { context: "/p/app" }, depends_on: { db: { condition: "service_healthy", required: false } } },
    },
  });
  const parsed = definitionFrom({ json, hashes: "db abc\napp def\n", version: "2.26.1" }, "/p", ["/p/compose.yml"]);
  expect(parsed.services[0]).toEqual({
    ...body({ hash: "abc", environment: { A: "1", B: "" }, mounts: ["/p/init"], mayComplete: false }),
    ports: [
      { container: 5432, host: 15432, protocol: "tcp" },
      { container: 8080, host: null, protocol: "tcp" },
      { container: 9000, host: null, protocol: "udp" },
    ],
  });
  expect(parsed.services[1]).toMatchObject({
    image: null,
    build: "/p/app",
    hash: "def",
    dependsOn: [{ service: "db", condition: "service_healthy", required: false }],
  });
});

describe("which services", () => {
  const on = (service: string) => ({ service, condition: "service_started" as const, required: true });
  const all = [
    body({ service: "kafka", dependsOn: [on("zookeeper")] }),
    body({ service: "zookeeper" }),
    body({ service: "backend", image: null, build: "/p/backend", dependsOn: [on("kafka")] }),
  ];
  const app = { name: "api", cwd: "/p/backend/src", port: 5050, ports: [] as number[] } as App;

  test("named: with what they depend on, dependencies first", () => {
    expect(select(definition(all), ["kafka"], [])).toEqual({
      services: ["zookeeper", "kafka"],
      leftOut: [],
      unknown: [],
    });
    expect(select(definition(all), ["kafca"], []).unknown).toEqual(["kafca"]);
  });

  test("not named: all but the apps", () => {
    expect(select(definition(all), null, [app])).toEqual({
      services: ["zookeeper", "kafka"],
      leftOut: [{ service: "backend", reason: `it is built from the app "api"` }],
      unknown: [],
    });
    const named = { ...app, name: "backend", cwd: "/elsewhere" };
    expect(select(definition(all), null, [named]).leftOut[0]?.reason).toBe(`devpm runs the app "backend" itself`);
    expect(select(definition(all), null, []).services).toEqual(["zookeeper", "kafka", "backend"]);
  });

  test("a folder whose name only begins alike is another", () => {
    const other = { ...app, cwd: "/p/backend2" };
    expect(select(definition(all), null, [other]).leftOut).toEqual([]);
  });

  test("a cycle does not hang it", () => {
    const cycle = [body({ service: "a", dependsOn: [on("b")] }), body({ service: "b", dependsOn: [on("a")] })];
    expect(withDependencies(["a"], cycle)).toEqual(["b", "a"]);
  });

  test("what others wait to complete runs once", () => {
    const waits = { ...on("setup"), condition: "service_completed_successfully" as const };
    expect([...oneShots([body({ dependsOn: [waits] }), body({ service: "setup" })])]).toEqual(["setup"]);
  });
});

describe("which containers", () => {
  const labelled = (service: string, more: Record<string, string> = {}, id = service) =>
    summary({ id, labels: { [LABELS.project]: "market", [LABELS.service]: service, ...more } });

  test("one a service: no one-off, the first of several", () => {
    const listed = [
      labelled("db", { [LABELS.oneOff]: "True" }, "oneoff"),
      labelled("db", { [LABELS.number]: "2" }, "second"),
      labelled("db", { [LABELS.number]: "1" }, "first"),
      labelled("other"),
    ];
    expect([...serviceContainers(listed, ["db"])].map(([name, { id }]) => [name, id])).toEqual([["db", "first"]]);
  });

  test("those another folder made are told apart", () => {
    const seen = (folder: string) => ({ container: labelled("db", { [LABELS.folder]: folder }), details: null });
    expect([...foreignContainers(new Map([["db", seen("/q")]]), definition([]))]).toEqual([["db", "/q"]]);
    expect(foreignContainers(new Map([["db", seen("/p")]]), definition([])).size).toBe(0);
  });

  test("without Compose, a definition is read off them", () => {
    const labels = {
      [LABELS.folder]: "/p",
      [LABELS.files]: "/p/compose.yml,/p/compose.override.yml",
      "com.docker.compose.depends_on": "kafka:service_healthy:false",
    };
    const listed = [
      labelled("db", labels),
      labelled("kafka", { ...labels, "com.docker.compose.depends_on": "" }),
      labelled("db", { [LABELS.folder]: "/q" }, "stranger"),
    ];
    const read = definitionOf(listed, ["/p/compose.yml"], ["db"]);
    expect(read).toMatchObject({ name: "market", from: "containers" });
    expect(read?.services.map(({ service, dependsOn }) => [service, dependsOn[0]?.condition])).toEqual([
      ["db", "service_healthy"],
      ["kafka", undefined],
    ]);
    expect(definitionOf(listed, ["/p/compose.yml"], ["db", "neo4j"])).toBeNull();
    expect(definitionOf(listed, ["/r/compose.yml"], null)).toBeNull();
  });
});

describe("what the answer of Compose depends on", () => {
  test("words that may be files or variables", () => {
    const found = mentions(`
include:
  - path: [ infra/kafka.yml, "\${DIR:-x}/neo4j.yml" ]
services:
  db:
    extends: { file: common.yml, service: base }
    env_file:
      - path: ./db.env
    environment: [PGUSER, "URL=$HOST"]
`);
    expect(found.paths).toEqual(expect.arrayContaining(["infra/kafka.yml", "common.yml", "./db.env"]));
    expect([...found.names]).toEqual(expect.arrayContaining(["DIR", "PGUSER", "HOST"]));
    expect(found.remote).toBe(false);
  });

  test.each([
    "include: [oci://docker.io/x/y]",
    "include:\n  - git@github.com:a/b.git",
    "include:\n  - https://example.org/a.git#main",
  ])("a file from a server cannot be told from here: %s", (text) => {
    expect(mentions(text).remote).toBe(true);
  });

  test("an image's or a site's address is no such file", () => {
    expect(mentions("image: https.example.org/a:1\nx: https://example.org/docs").remote).toBe(false);
  });

  test("interpolation and .env as far as paths need them", () => {
    const variables = { ...simpleVariables("# no\nDIR='a b'\nexport X=1\n"), EMPTY: "" };
    expect(interpolated("$DIR/${X}/${NO:-d}/${EMPTY:-e}/$$", variables)).toBe("a b/1/d/e/$$");
  });

  const shell = { HOME: "/h", TAG: "1" };
  const tree = (files: Record<string, string>) => (file: string) => files[file] ?? null;
  const print = (files: Record<string, string>, env: Record<string, string> = shell, compose = "v1") =>
    composeFingerprint({ files: ["/p/compose.yml"], services: null, shell: env, compose }, tree(files));

  const base = {
    "/p/compose.yml": "include: [sub/more.yml]\nservices:\n  db: { image: 'db:${TAG}', env_file: [$WHERE/db.env] }\n",
    "/p/sub/more.yml": "services:\n  x: { env_file: more.env, extends: { file: ../base.yml, service: y } }\n",
    "/p/.env": "WHERE=envs\n",
    "/p/envs/db.env": "A=1\n",
    "/p/sub/more.env": "B=1\n",
    "/p/base.yml": "services: { y: { image: y } }\n",
  };

  test.each(Object.keys(base))("the content of %s counts", (file) => {
    const changed = { ...base, [file]: `${base[file as keyof typeof base]}# changed\n` };
    expect(print(changed)).not.toBe(print(base));
  });

  test("a file that comes or goes counts", () => {
    const { "/p/sub/more.env": _gone, ...rest } = base;
    expect(print(rest)).not.toBe(print(base));
    expect(print({ ...base, "/p/sub/.env": "C=1" })).not.toBe(print(base));
  });

  test("variables it could use, COMPOSE_* and Compose itself count; others do not", () => {
    expect(print(base, { ...shell, TAG: "2" })).not.toBe(print(base));
    expect(print(base, { ...shell, COMPOSE_PROFILES: "x" })).not.toBe(print(base));
    expect(print(base, { ...shell, PGUSER: "x" })).toBe(print(base));
    const passing = { "/p/compose.yml": "services: { db: { environment: [PGUSER] } }" };
    expect(print(passing, { ...shell, PGUSER: "x" })).not.toBe(print(passing, { ...shell, PGUSER: "y" }));
    expect(print(base, shell, "v2")).not.toBe(print(base));
    expect(print({ ...base, "/p/compose.yml": "include: [oci://x/y]" })).toBeNull();
  });

  test("an include with its own project directory", () => {
    const files = {
      "/p/compose.yml": "include:\n  - path: sub/more.yml\n    project_directory: elsewhere\n",
      "/p/sub/more.yml": "services: { x: { env_file: x.env } }\n",
      "/p/elsewhere/x.env": "A=1",
    };
    expect(print({ ...files, "/p/elsewhere/x.env": "A=2" })).not.toBe(print(files));
  });
});
