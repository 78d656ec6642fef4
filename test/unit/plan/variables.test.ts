import { expect, test } from "vitest";
import {
  type EnvironmentInput,
  type VariableSource,
  asRecord,
  environmentOf,
  strongestFirst,
} from "../../../src/plan/variables.ts";

const app = (more: Partial<EnvironmentInput["app"]> = {}): EnvironmentInput["app"] => ({
  name: "web app",
  port: null,
  venv: null,
  dependsOn: { apps: [], services: [], tasks: [] },
  ...more,
});

const FILE: VariableSource = { kind: "file", file: "/p/.env", line: 1 };

function build({ file = {}, ...more }: Partial<EnvironmentInput> & { file?: Record<string, string> }) {
  const variables = Object.entries(file).map(([name, value]) => ({ name, value, source: FILE }));
  return environmentOf({
    app: app(),
    shell: {},
    files: () => variables,
    config: {},
    session: "s1",
    urls: {},
    forwardsConsole: false,
    ...more,
  });
}

const values = (input: Parameters<typeof build>[0]): Record<string, string> => asRecord(build(input));

const USUAL = { PYTHONUNBUFFERED: "1", PYTHONDONTWRITEBYTECODE: "1", BROWSER: "none", FORCE_COLOR: "1" };
const OURS = { DEVPM: "1", DEVPM_SESSION: "s1", DEVPM_APP: "web app" };

test("what every app gets", () => {
  expect(values({})).toEqual({ ...USUAL, ...OURS });
});

test("files, then the shell, then the configuration, then what devpm says itself", () => {
  const all = values({
    file: { A: "file", B: "file", C: "file", SECRET_KEY: "file", PORT: "1", DEVPM: "0" },
    shell: { SECRET_KEY: "shell", B: "shell", C: "shell", PORT: "2", DEVPM_SESSION: "outer" },
    config: { C: "config", PORT: "3" },
    app: app({ port: 5050 }),
  });
  expect(all).toEqual({ ...USUAL, ...OURS, A: "file", B: "shell", C: "config", SECRET_KEY: "shell", PORT: "5050" });
});

test("a default of devpm's replaces what the shell has, and gives way to a file or the configuration", () => {
  const shell = { BROWSER: "firefox", PYTHONUNBUFFERED: "shell" };
  expect(values({ shell })).toMatchObject(USUAL);
  expect(values({ shell, config: { PYTHONUNBUFFERED: "config" } })).toMatchObject({ PYTHONUNBUFFERED: "config" });
  expect(values({ file: { BROWSER: "file" } })).toMatchObject({ BROWSER: "file" });
  expect(values({ shell, file: { BROWSER: "file" } })).toMatchObject({ BROWSER: "firefox" });
});

test.each([
  [{ shell: { NO_COLOR: "1" } }, undefined],
  [{ shell: { FORCE_COLOR: "0" } }, "0"],
  [{ file: { NO_COLOR: "1" } }, undefined],
  [{ file: { FORCE_COLOR: "0" } }, "0"],
  [{ config: { NO_COLOR: "1" } }, undefined],
])("the user's own wish about colours: %j", (input, color) => {
  expect(values(input).FORCE_COLOR).toBe(color);
});

test("the venv is activated over whatever PATH the app has", () => {
  const inVenv = { app: app({ venv: "/p/.venv" }) };
  expect(values({ ...inVenv, shell: { PATH: "/usr/bin" }, config: { PATH: "/opt/bin" } })).toMatchObject({
    PATH: "/p/.venv/bin:/opt/bin",
    VIRTUAL_ENV: "/p/.venv",
  });
  expect(values(inVenv)).toMatchObject({ PATH: "/p/.venv/bin" });
});

test("an environment of pixi is activated as one of conda", () => {
  const pixi = "/p/.pixi/envs/default";
  expect(values({ app: app({ venv: pixi }) })).toMatchObject({ PATH: `${pixi}/bin`, CONDA_PREFIX: pixi });
  expect(values({ app: app({ venv: pixi }) }).VIRTUAL_ENV).toBeUndefined();
});

test("where its dependencies are", () => {
  const urls = { "api.v2": "http://localhost:5050", worker: null, other: "http://localhost:1" };
  const all = values({ app: app({ dependsOn: { apps: ["api.v2", "worker"], services: ["db"], tasks: [] } }), urls });
  const found = Object.entries(all).filter(([name]) => name.startsWith("DEVPM_URL"));
  expect(found).toEqual([["DEVPM_URL_API_V2", "http://localhost:5050"]]);
});

test("each variable knows its source, and what it is over", () => {
  const all = build({ file: { A: "1" }, shell: { A: "2", B: "2" }, config: { A: "3" } });
  const of = (wanted: string) => all.find(({ name }) => name === wanted);
  expect(of("A")).toEqual({ name: "A", value: "3", source: { kind: "config" }, overrides: [{ kind: "shell" }, FILE] });
  expect(of("B")).toMatchObject({ source: { kind: "shell" }, overrides: [] });
  expect(of("DEVPM")?.source).toEqual({ kind: "devpm" });
  expect(of("BROWSER")?.source).toEqual({ kind: "default" });
});

test("what a file refers to is what the app will see under that name", () => {
  const seen: Record<string, string | undefined> = {};
  build({
    shell: { A: "shell", B: "shell" },
    config: { B: "config" },
    app: app({ port: 5050 }),
    files: (stronger) => {
      for (const name of ["A", "B", "PORT", "C"]) seen[name] = stronger.get(name);
      return [];
    },
  });
  expect(seen).toEqual({ A: "shell", B: "config", PORT: "5050", C: undefined });
});

test("what wins over the others is first, and within a source the names are in order", () => {
  const sources: [name: string, source: VariableSource][] = [
    ["B", FILE],
    ["A", FILE],
    ["S", { kind: "shell" }],
    ["D", { kind: "default" }],
    ["C", { kind: "config" }],
    ["V", { kind: "venv" }],
    ["PORT", { kind: "devpm" }],
  ];
  const sorted = strongestFirst(sources.map(([name, source]) => ({ name, source })));
  expect(sorted.map(({ name }) => name)).toEqual(["PORT", "V", "C", "D", "S", "A", "B"]);
});
