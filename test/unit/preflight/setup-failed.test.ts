import { describe, expect, it, test } from "vitest";
import { type Remedies, setupFailed, telling } from "../../../src/preflight/setup/failed.ts";
import { pythonRange } from "../../../src/preflight/python/requires.ts";
import { sampleApp } from "../plan/sample.ts";

const step = (...run: string[]) => ({
  run,
  inputs: [],
  output: null,
  cwd: "/shop/api",
  title: run.slice(0, 2).join(" "),
});
const machine: Remedies = { installer: "apt-get", interpreters: [], python: null };

function failed(tool: string, text: string, remedies: Partial<Remedies> = {}) {
  const result = { exitCode: 1, signal: null, failure: null };
  const one = {
    app: sampleApp({ name: "api" }),
    step: step(tool, "install"),
    result,
    lines: text.split("\n"),
    runs: false,
  };
  return setupFailed(one, { ...machine, ...remedies });
}

const fixOf = (...args: Parameters<typeof failed>): string | undefined => failed(...args).fixes[0]?.command;
const causeOf = (...args: Parameters<typeof failed>): unknown =>
  failed(...args).evidence.find(([label]) => label === "cause")?.[1];

test("a step that needs a service is told of tasks; an install that finds no registry is not", () => {
  expect(causeOf("migrate", "db: connect ECONNREFUSED 127.0.0.1:5432")).toMatch(/does not wait for services.*`tasks`/);
  expect(causeOf("psql", 'connection to server at "localhost" failed: Connection refused')).toContain("`tasks`");
  expect(causeOf("migrate", "no such table")).toBeUndefined();
  for (const tool of ["npm", "pip", "uv"])
    expect(causeOf(tool, "connect ECONNREFUSED 127.0.0.1:4873") ?? "").not.toContain("tasks");
});

describe("npm that refuses a package made for another version of what the project has", () => {
  const said = (...lines: string[]): string => lines.map((line) => `npm error ${line}`).join("\n");

  it("is named with both, and asked to install it in spite of that", () => {
    const text = said(
      "code ERESOLVE",
      "ERESOLVE unable to resolve dependency tree",
      "",
      "While resolving: frontend@0.0.0",
      "Found: react@18.3.1",
      "node_modules/react",
      '  react@"^18.2.0" from the root project',
      "",
      "Could not resolve dependency:",
      'peer react@"^17.0.1" from custom-modal-react@1.0.0',
    );
    expect(causeOf("npm", text)).toBe("custom-modal-react@1.0.0 was made for react ^17.0.1, and there is react@18.3.1");
    expect(fixOf("npm", text)).toBe("(cd /shop/api && npm install --legacy-peer-deps) && devpm restart api");
  });

  it("is explained without names where npm gives none", () => {
    expect(causeOf("npm", said("code ERESOLVE"))).toContain("other versions of each other");
    expect(causeOf("npm", said("code E404"))).toBeUndefined();
    expect(causeOf("make", said("code ERESOLVE"))).toBeUndefined();
  });
});

describe("the lines that are shown", () => {
  it("begin where pip names the conflict, not with its advice on conflicts", () => {
    const conflict = [
      "Collecting flask==2.0.1",
      "ERROR: Cannot install -r requirements.txt (line 2) because these package versions have conflicting dependencies.",
      "",
      "The conflict is caused by:",
      "    The user requested markupsafe==1",
      "    jinja2 3 depends on markupsafe>=2",
      "To fix this you could try to:",
      "1. loosen the range of package versions you've specified",
      "2. remove package versions to allow pip to attempt to solve the dependency conflict",
      "ERROR: ResolutionImpossible: for help visit …",
    ];
    expect(telling(conflict)).toEqual([conflict[1], ...conflict.slice(3, 8)]);
  });

  it("leave out pip's frames around another program's words", () => {
    const clone = [
      "  Running command git clone --quiet https://host.invalid/x.git",
      "  fatal: unable to access 'https://host.invalid/x.git/': Could not resolve host: host.invalid",
      "  error: subprocess-exited-with-error",
      "  ",
      "  × git clone --quiet https://host.invalid/x.git did not run successfully.",
      "  │ exit code: 128",
      "  ╰─> See above for output.",
      "  note: This error originates from a subprocess, and is likely not a problem with pip.",
    ];
    expect(telling(clone)).toEqual([clone[1]]);
  });

  it.each([
    ["npm", ["npm warn old", "npm error code ERESOLVE", "npm error ERESOLVE could not resolve"], 1],
    [
      "a compiler",
      ["building", "x.c:1:10: fatal error: Python.h: No such file or directory", "compilation terminated."],
      1,
    ],
    [
      "a traceback",
      ["Traceback (most recent call last):", '  File "setup.py", line 1', "ImportError: no distutils"],
      2,
    ],
    ["yarn", ["[1/4] Resolving packages...", 'error x@1: The engine "node" is incompatible with this module.'], 1],
  ])("begin with the first error: %s", (_, lines, from) =>
    expect(telling(lines)).toEqual(lines.slice(from).filter((line) => /\w/.test(line))),
  );

  it("are the last ones where nothing names an error", () => {
    const lines = Array.from({ length: 9 }, (__, at) => `line ${at}`);
    expect(telling(lines)).toEqual(lines.slice(3));
  });
});

describe("what helps", () => {
  const DOWNLOAD =
    "error: Request failed\n  cause: Failed to download `https://host.invalid/x/cpython-3.13.1%2B1-x86_64.tar.gz`\n  cause: dns error";
  const here = (version: string) => ({ path: `/py/${version}/bin/python3`, version });

  it("an interpreter that uv could not download and that is here", () => {
    const interpreters = [here("3.12.9"), here("3.13.0"), here("3.13.4"), here("3.1.3")];
    const run = "uv sync --python /py/3.13.4/bin/python3";
    expect(fixOf("uv", DOWNLOAD, { interpreters })).toBe(`(cd /shop/api && ${run}) && devpm restart api`);
    expect(causeOf("uv", DOWNLOAD)).toBe("uv could not download Python 3.13");
    expect(fixOf("uv", DOWNLOAD)).toBe("cd /shop/api && uv install");
  });

  it("an older one of the range of which uv wants the newest", async () => {
    const python = { text: ">=3.12", fits: (await pythonRange(">=3.12"))! };
    const interpreters = [here("3.11.7"), here("3.12.1"), here("3.12.9")];
    expect(fixOf("uv", DOWNLOAD, { interpreters, python })).toContain("uv sync --python /py/3.12.9/bin/python3");
    expect(causeOf("uv", DOWNLOAD, { interpreters, python })).toBe(
      "uv could not download Python 3.13; the project asks for >=3.12; 3.12.9 is in /py/3.12.9/bin/python3",
    );
    expect(fixOf("uv", DOWNLOAD, { interpreters: [here("3.11.7")], python })).toBe("cd /shop/api && uv install");
  });

  it("scripts of packages that pnpm wants to have allowed", () => {
    const text = "Error: ERR_PNPM_IGNORED_BUILDS\n  ╰─▶ Ignored build scripts: esbuild@0.27.3, @parcel/watcher@2.5.1.";
    expect(fixOf("pnpm", text)).toBe(
      "(cd /shop/api && pnpm approve-builds esbuild @parcel/watcher) && devpm restart api",
    );
    expect(causeOf("npm", text)).toBeUndefined();
  });

  it.each([
    ["npm", "npm error code 1\nnpm error path /shop/api/node_modules/@playwright/browser-chromium", "PLAYWRIGHT_SKIP"],
    ["pnpm", ".../node_modules/puppeteer postinstall: Failed", "PUPPETEER_SKIP_DOWNLOAD=true"],
    ["yarn", "error /shop/api/node_modules/cypress: Command failed.\nExit code: 1", "CYPRESS_INSTALL_BINARY=0"],
    ["bun", 'error: postinstall script from "electron" exited with 1', "ELECTRON_SKIP_BINARY_DOWNLOAD=1"],
  ])("a download in a package's install script, with %s", (tool, text, variable) => {
    expect(fixOf(tool, text)).toMatch(
      new RegExp(`^\\(cd /shop/api && ${variable}\\S* ${tool} install\\) && devpm restart api$`),
    );
    expect(fixOf(tool, text.replace(/@playwright\/browser-chromium|puppeteer|cypress|electron/, "node-sass"))).toBe(
      `cd /shop/api && ${tool} install`,
    );
  });

  it.each([
    ["Error: pg_config executable not found.", "libpq-dev"],
    ["Exception: Can not find valid pkg-config name.", "default-libmysqlclient-dev pkg-config"],
    ["x.c:1:10: fatal error: Python.h: No such file or directory", "python3-dev"],
    ["x.c:1:10: fatal error: 'Python.h' file not found", "python3-dev"],
    ["error: command 'gcc' failed: No such file or directory", "build-essential"],
    ["      error: [Errno 2] No such file or directory: 'gcc'", "build-essential"],
    ["error: [Errno 2] No such file or directory: 'g++'", "build-essential"],
    ["error: [Errno 2] No such file or directory: '/opt/bin/x86_64-linux-gnu-gcc-12'", "build-essential"],
  ])("a package of the system: %s", (text, name) => {
    expect(fixOf("python", text)).toBe(`sudo apt-get install ${name} && devpm restart api`);
  });
});

test("a source file that is missing is no missing compiler", () => {
  expect(failed("python", "error: [Errno 2] No such file or directory: 'src/x.cc'").fixes).toHaveLength(2);
});

test("without a known cause: how to see everything, and what follows", () => {
  expect(failed("poetry", "Because x, version solving failed.")).toMatchObject({
    fixes: [{ command: "cd /shop/api && poetry install" }, { command: "devpm restart api" }],
  });
});
