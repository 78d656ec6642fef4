import { expect, test } from "vitest";
import { type EnvironmentInput, environmentOf } from "../../../src/plan/variables.ts";

const input = (more: Partial<EnvironmentInput> = {}): EnvironmentInput => ({
  app: { name: "web app", port: null, venv: null, dependsOn: { apps: [], services: [], tasks: [] } },
  shell: {},
  fromFiles: {},
  fromConfig: {},
  session: "s1",
  urls: {},
  ...more,
});

const USUAL = { PYTHONUNBUFFERED: "1", PYTHONDONTWRITEBYTECODE: "1", BROWSER: "none", FORCE_COLOR: "1" };
const OURS = { DEVPM: "1", DEVPM_SESSION: "s1", DEVPM_APP: "web app" };

test("what every app gets", () => {
  expect(environmentOf(input())).toEqual({ ...USUAL, ...OURS });
});

test("shell, then what development wants, then files, then the config, then ours", () => {
  const all = environmentOf(
    input({
      shell: {
        SECRET_KEY: "s",
        A: "shell",
        B: "shell",
        C: "shell",
        BROWSER: "firefox",
        PORT: "1",
        DEVPM_SESSION: "outer",
      },
      fromFiles: { B: "file", C: "file", PORT: "2" },
      fromConfig: { C: "config", D: undefined, PYTHONUNBUFFERED: "0", PORT: "3" },
      app: { name: "api", port: 5050, venv: null, dependsOn: { apps: [], services: [], tasks: [] } },
    }),
  );
  expect(all).toEqual({
    ...USUAL,
    ...OURS,
    SECRET_KEY: "s",
    A: "shell",
    B: "file",
    C: "config",
    PYTHONUNBUFFERED: "0",
    DEVPM_APP: "api",
    PORT: "5050",
  });
});

test.each<Record<string, string>>([{ NO_COLOR: "1" }, { FORCE_COLOR: "0" }])(
  "the user's own wish about colours: %j",
  (shell) => {
    const { FORCE_COLOR: color } = environmentOf(input({ shell }));
    expect(color).toBe("FORCE_COLOR" in shell ? "0" : undefined);
  },
);

test("a variable the config leaves undefined stays what it was", () => {
  const { DATABASE_URL: url } = environmentOf(
    input({ shell: { DATABASE_URL: "mine" }, fromConfig: { DATABASE_URL: undefined } }),
  );
  expect(url).toBe("mine");
});

test("the venv is activated over whatever PATH the app has", () => {
  const app = { name: "api", port: null, venv: "/p/.venv", dependsOn: { apps: [], services: [], tasks: [] } };
  expect(environmentOf(input({ app, shell: { PATH: "/usr/bin" }, fromFiles: { PATH: "/opt/bin" } }))).toMatchObject({
    PATH: "/p/.venv/bin:/opt/bin",
    VIRTUAL_ENV: "/p/.venv",
  });
});

test("where its dependencies are", () => {
  const app = {
    name: "web",
    port: 1,
    venv: null,
    dependsOn: { apps: ["api.v2", "worker"], services: ["db"], tasks: [] },
  };
  const urls = { "api.v2": "http://localhost:5050", worker: null, other: "http://localhost:1" };
  const found = Object.entries(environmentOf(input({ app, urls }))).filter(([name]) => name.startsWith("DEVPM_URL"));
  expect(found).toEqual([["DEVPM_URL_API_V2", "http://localhost:5050"]]);
});
