import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { parseEnvFile } from "../../../src/config/env-file.ts";
import { loadProject, type LoaderSystem } from "../../../src/config/project-loader.ts";
import { PM2_KEYS } from "../../../src/config/pm2-options.ts";
import { APP_KEYS } from "../../../src/config/schema.ts";
import { detection } from "../../../src/detect/detection.ts";
import { appReferences, type Project } from "../../../src/model/project.ts";
import { appEnvironment } from "../../../src/plan/environment.ts";
import { clock } from "../../../src/system/clock.ts";
import { folderWith, outside } from "../../unit/config/outside.ts";
import { DEADLINE, holds, isAnswer, nasty } from "./rig.ts";

/** Made when it is used: a generator that looks at its values could not hold it. */
class Special {
  readonly make: () => unknown;

  constructor(make: () => unknown) {
    this.make = make;
  }

  toString(): string {
    return this.make.name;
  }
}

/** The value that was drawn, with what is special in it. */
function made(value: unknown): unknown {
  if (value instanceof Special) return value.make();
  if (Array.isArray(value)) return value.map(made);
  const isPlain =
    typeof value === "object" &&
    value !== null &&
    [Object.prototype, null].includes(Object.getPrototypeOf(value) as null);
  return isPlain ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, made(one)])) : value;
}

/** What a configuration can export: everything JavaScript has, in the places where something is expected. */
const value: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    nasty,
    fc.oneof(fc.boolean(), fc.double(), fc.integer(), fc.bigInt(), fc.constant(null), fc.constant(undefined)),
    fc.constantFrom<unknown>(0, -0, -1, 1e21, 2 ** 31, 2 ** 53, NaN, Infinity, 65_536, 5_050, "5050", true, "max"),
    fc.constantFrom<unknown>(
      () => ({ A: "x" }),
      async () => ({ A: 1 }),
      () => {
        throw new Error("no");
      },
      Symbol("s"),
      /x/g,
      /(a+)+$/,
      new Date(0),
      new Map([["a", 1]]),
      new Set([1]),
      new Error("e"),
      Promise.resolve(1),
      new Uint8Array(4),
      new URL("http://localhost"),
      Object.create(null),
      process,
      globalThis,
    ),
    fc.constantFrom(...[circular, trap, getter, deep].map((make) => new Special(make))),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(nasty, tie("value"), { maxKeys: 3 }),
  ),
})).value;

function circular(): unknown {
  const one: Record<string, unknown> = {};
  return Object.assign(one, { one, list: [one] });
}

function trap(): unknown {
  const fail = (): never => {
    throw new Error("trapped");
  };
  return new Proxy({}, { get: fail, ownKeys: fail, has: fail, getPrototypeOf: fail, getOwnPropertyDescriptor: fail });
}

function getter(): unknown {
  return {
    get command(): string {
      throw new Error("no");
    },
  };
}

function deep(): unknown {
  let one: unknown = "end";
  for (let depth = 0; depth < 5_000; depth++) one = { one };
  return one;
}

const commands = fc.oneof(fc.constantFrom("node x.js", ["node", "x.js"], "a | b", "echo '", "$PORT"), value);
const app = fc.oneof(
  { weight: 1, arbitrary: value },
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        fc.constantFrom("command", "script", "preset"),
        commands,
        fc.dictionary(fc.constantFrom(...APP_KEYS, "env_production", "unknown"), value, { maxKeys: 5 }),
      )
      .map(([key, command, rest]) => ({ ...rest, [key]: command })),
  },
);
const config = fc.oneof(
  { weight: 1, arbitrary: value },
  {
    weight: 5,
    arbitrary: fc.record(
      {
        name: value,
        infra: fc.oneof(value, fc.record({ compose: value, services: value, timeoutMs: value }, { requiredKeys: [] })),
        apps: fc.oneof(fc.dictionary(nasty, app, { maxKeys: 4 }), fc.array(app, { maxLength: 4 }), value),
        [Symbol.iterator]: value,
      },
      { requiredKeys: ["apps"] },
    ),
  },
);

/** A loader that gives what the file would have exported. */
const exporting = (system: LoaderSystem, exported: unknown): LoaderSystem => ({
  ...system,
  loader: {
    ...system.loader,
    load: (_file, _shell, read) =>
      Promise.resolve({ ok: true, value: read(made(exported)), variables: {}, sources: new Map() }),
  },
});

/** A project that was taken is one: each app has an environment, or a sentence that says why not. */
async function isUsable(system: LoaderSystem, project: Project): Promise<void> {
  const references = { services: {}, apps: appReferences(project) };
  for (const one of project.apps) {
    const facts = { session: "s", references, configFile: null };
    if (typeof one.env !== "function") expect(await appEnvironment(system, one, facts)).toMatchObject({ ok: true });
    expect(one.graceMs).toBeLessThan(2 ** 31);
    expect(path.isAbsolute(one.cwd)).toBe(true);
  }
}

it("any value as a configuration is a project or a refusal", DEADLINE, async () => {
  const root = folderWith({ "ecosystem.config.js": "", "x.js": "" });
  const system = outside(root);
  await holds(0.4, config, async (exported) => {
    const loaded = await loadProject(exporting(system, exported), { cwd: root });
    isAnswer(loaded);
    if (loaded.ok) await isUsable(system, loaded.value);
  });
});

it("any PM2 file is", DEADLINE, async () => {
  const root = folderWith({ "ecosystem.config.js": "", "x.js": "" });
  const system = outside(root);
  const pm2App = fc.dictionary(fc.constantFrom(...PM2_KEYS, "name", "cwd", "env", "watch", "port"), value, {
    maxKeys: 6,
  });
  const files = fc
    .tuple(fc.array(fc.tuple(pm2App, nasty), { maxLength: 3 }), fc.constantFrom("apps", "pm2", ""))
    .map(([apps, key]) => {
      const list = apps.map(([one, script]) => ({ script, ...one }));
      return key === "" ? list : { [key]: list };
    });
  await holds(0.15, files, async (exported) => {
    const loaded = await loadProject(exporting(system, exported), { cwd: root });
    isAnswer(loaded);
    if (loaded.ok) await isUsable(system, loaded.value);
  });
});

it("any text as a JSON file is, and any --port and --only", DEADLINE, async () => {
  const root = folderWith({});
  const file = path.join(root, "ecosystem.config.json");
  const valid = JSON.stringify({ name: "x", apps: { a: { command: "node x.js", port: 1 }, b: { script: "x.js" } } });
  const cut = fc.tuple(fc.nat(valid.length), fc.nat(valid.length), nasty).map(([from, to, piece]) => {
    return valid.slice(0, Math.min(from, to)) + piece + valid.slice(Math.max(from, to));
  });
  const asked = fc.record({ ports: fc.dictionary(nasty, fc.integer()), only: fc.array(nasty, { maxLength: 2 }) });
  await holds(0.1, fc.tuple(fc.oneof(cut, nasty, fc.json()), asked), async ([text, { ports, only }]) => {
    writeFileSync(file, text);
    isAnswer(await loadProject(outside(root), { cwd: root, ports, only }));
  });
});

it("any text as an environment file is read in time, and what is wrong is said by line", DEADLINE, async () => {
  const piece = fc.oneof(
    nasty,
    fc.constantFrom("A=", "export ", "'", '"', "${", "}", "${A:-", "\\", "\n", "\r\n", " #", "="),
  );
  await holds(0.15, fc.array(piece, { maxLength: 12 }), (pieces) => {
    const text = pieces.join("");
    const began = performance.now();
    const { assignments, problems } = parseEnvFile(text);
    expect(performance.now() - began).toBeLessThan(10_000);
    for (const { line } of [...assignments, ...problems]) expect(line).toBeGreaterThan(0);
  });
});

it("any repository without a configuration is", DEADLINE, async () => {
  const compose = fc.oneof(
    nasty,
    fc.json(),
    fc.tuple(nasty, nasty, fc.json()).map(([name, key, rest]) => `services:\n  ${name}:\n    ${key}: ${rest}\n`),
    fc.constantFrom(
      "a: &a [*a]\n",
      `a: &a ${"[".repeat(2_000)}\n`,
      "x: !!js/function 'f'\n",
      "services: {postgres: {image: postgres:17, ports: ['5432:5432']}}\n",
    ),
  );
  const files = fc.dictionary(
    fc.constantFrom(
      "compose.yml",
      "package.json",
      "pyproject.toml",
      "requirements.txt",
      ".env",
      "Procfile",
      "app.py",
      "vite.config.ts",
      "Makefile",
      "manage.py",
    ),
    fc.oneof(
      compose,
      fc.constantFrom(
        '{"scripts":{"dev":"vite"}}',
        "from flask import Flask\napp = Flask(__name__)\n",
        "[project]\ndependencies=['fastapi']\n",
      ),
    ),
    { maxKeys: 5 },
  );
  let count = 0;
  const base = folderWith({});
  await holds(0.1, files, async (contents) => {
    const root = path.join(base, String(count++));
    mkdirSync(root);
    for (const [name, text] of Object.entries(contents)) writeFileSync(path.join(root, name), text);
    const system = outside(root);
    isAnswer(await loadProject(system, { cwd: root }, detection({ ...system, clock })));
    rmSync(root, { recursive: true });
  });
});
