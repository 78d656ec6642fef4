import { Buffer } from "node:buffer";
import { queryOf } from "../../../src/commands/logs/query.ts";
import { boundedPattern } from "../../../src/system/bounded-pattern.ts";
import { engineSilent } from "../../../src/commands/dev/silent-engine.ts";
import { noPrompt } from "../../../src/commands/attach/evaluate.ts";
import { silentSession } from "../../../src/commands/shared/silent-session.ts";
import { unknownNames, unknownPorts } from "../../../src/config/unknown-names.ts";
import { noSession } from "../../../src/commands/shared/names.ts";
import { invalid } from "../../../src/config/problem.ts";
import { configNotFound, notAConfig, nothingFound, unloadable } from "../../../src/config/unloadable.ts";
import { bug } from "../../../src/diagnostics/bug.ts";
import type { Diagnostic } from "../../../src/diagnostics/diagnostic.ts";
import { faultOf } from "../../../src/diagnostics/fault.ts";
import { composeInvalid, composeMissing, nameTaken, serviceUnknown } from "../../../src/infra/diagnose-compose.ts";
import { engineUnreachable } from "../../../src/infra/diagnose-engine.ts";
import { notStarted, serviceFailed, unhealthy, type ServiceContext } from "../../../src/infra/diagnose-service.ts";
import { failureIn } from "../../../src/infra/failure.ts";
import { referencesTo } from "../../../src/infra/references.ts";
import { verdict } from "../../../src/infra/verdict.ts";
import { DAEMON_SILENT } from "../../../src/diagnostics/daemon-silent.ts";
import { instanceOf } from "../../../src/model/instance.ts";
import { NOTHING_ENDED } from "../../../src/model/events.ts";
import { idleApp } from "../../../src/model/status.ts";
import { notForgotten } from "../../../src/commands/down/forget.ts";
import { sharedDataWarning } from "../../../src/plan/shared-data.ts";
import { sharedInfra, usedInfra } from "../../../src/commands/infra/refusal.ts";
import { cannotOverride, composeOld } from "../../../src/infra/own/own-project.ts";
import { noneFree } from "../../../src/checkout/ports.ts";
import { fixedAddressWarning } from "../../../src/plan/fixed-addresses.ts";
import { fileVariables } from "../../../src/plan/file-variables.ts";
import { claimDiagnostic } from "../../../src/preflight/ports/diagnostics.ts";
import type { ClaimClass } from "../../../src/preflight/ports/types.ts";
import { unsafePort } from "../../../src/preflight/ports/unsafe.ts";
import { packagesMissing } from "../../../src/preflight/setup/drift.ts";
import { nodeRefused } from "../../../src/preflight/node/engines.ts";
import { pythonUnfit, type UnfitPython } from "../../../src/preflight/python/unfit.ts";
import { setupFailed } from "../../../src/preflight/setup/failed.ts";
import { missing, type Missing } from "../../../src/preflight/toolchain/diagnostics.ts";
import { notReady } from "../../../src/readiness/not-ready.ts";
import {
  daemonDied,
  nowhereToWrite,
  otherVersionRunning,
  sessionRunning,
  stateUnsafe,
} from "../../../src/session/diagnostics.ts";
import { restartsItself } from "../../../src/session/apps/loop-guard.ts";
import { RestartLoop } from "../../../src/session/apps/restart-loop.ts";
import { taskFailed } from "../../../src/session/tasks/failed.ts";
import type { EngineFault } from "../../../src/system/docker/types.ts";
import { crashDiagnostic } from "../../../src/ui/crash.ts";
import { noFacts } from "../../../src/ui/facts.ts";
import { leftoverDiagnostic } from "../../../src/ui/receipt.ts";
import { body, details, health, summary } from "../infra/build.ts";
import { sampleApp } from "../plan/sample.ts";
import { environment, place } from "../preflight/place.ts";
import { app, identity, record } from "../teardown/sample.ts";
import { at } from "../ui/fake.ts";

/** Names as people have them: a shell would take each of these apart. */
export const APP = "my api";
export const FOLDER = "/home/ana/My Shop/it's here";

const PROMPT = { text: "(Pdb) ", file: "web/routes.py", line: 12 };
const api = sampleApp({ name: APP, port: 5050, cwd: FOLDER });
const lines = Array.from({ length: 60 }, (_, n) => `  line ${n} of an output that goes on and on`);

const of = (outcome: { ok: boolean; diagnostics?: Diagnostic[] }): Diagnostic[] => outcome.diagnostics ?? [];

function claims(): Diagnostic[] {
  const { system, start } = place();
  start(700, { command: "python3 -m http.server 5050", cwd: FOLDER });
  const holder = {
    identity: identity(700),
    description: system.processes.describe(700)!,
    program: "python3",
    guarded: false,
    pm2: null,
    below: lines.map((command, index) => ({ ...system.processes.describe(700)!, pid: index, command })),
    session: null,
  };
  const other = record({ root: FOLDER, startedAt: at });
  const classes: ClaimClass[] = [
    { is: "foreign", holders: [holder], guarded: null, pm2: null },
    { is: "foreign", holders: [holder], guarded: "sshd", pm2: null },
    { is: "foreign", holders: [holder], guarded: null, pm2: { name: APP, home: FOLDER } },
    { is: "session", holders: [holder], record: other, here: false },
    { is: "session", holders: [], record: other, here: true },
    { is: "session", holders: [holder], record: null, here: false },
    { is: "container", name: "shop-db-1", project: "shop" },
    { is: "connection", holders: [holder] },
    { is: "invisible", uid: 0 },
    { is: "time-wait" },
    { is: "forbidden" },
  ];
  const wanted = { app: APP, port: 5050, key: `apps.${APP}.port` };
  return classes.flatMap((found) => claimDiagnostic(system, wanted, found, `--port '${APP}=5051'`) ?? []);
}

function engines(): Diagnostic[] {
  const faults: [EngineFault["kind"], string, string][] = [
    ["absent", "unix:///var/run/docker.sock", 'context "default"'],
    ["refused", "tcp://10.0.0.5:2376", "DOCKER_HOST"],
    ["denied", "unix:///var/run/docker.sock", "usual socket"],
    ["denied", "ssh://ana@build", 'context "build"'],
    ["hangs", "unix:///var/run/docker.sock", "usual socket"],
    ["absent", "context://colima", "context"],
  ];
  return faults.flatMap(([kind, url, source]) =>
    (["linux", "darwin"] as const).map((platform) =>
      engineUnreachable([{ url, source, fault: { kind, detail: "no such file", status: null } }], ["postgres"], {
        files: [`${FOLDER}/compose.yml`],
        dockerHost: undefined,
        platform,
        user: "ana",
      }),
    ),
  );
}

function services(): Diagnostic[] {
  const context: ServiceContext = {
    definition: {
      name: "shop",
      folder: FOLDER,
      files: [`${FOLDER}/compose.yml`],
      services: [body({ ports: [{ container: 5432, host: 5432, protocol: "tcp" }] })],
      from: "compose",
      version: "2.40.0",
    },
    service: "db",
    waiting: [APP, "web"],
    now: new Date(at),
  };
  const seen = (more: Parameters<typeof details>[0]) => ({ container: summary(), details: details(more) });
  const sick = seen({ health: health("unhealthy", 5, ...lines) });
  const dead = seen({ state: "exited", exitCode: 137, oomKilled: true, restartCount: 4 });
  const status = (observed: typeof sick) => verdict(body(), observed, "2.40.0", new Date(at));
  const refusals = [
    "Bind for 127.0.0.1:5432 failed: port is already allocated",
    "manifest unknown",
    "unauthorized: authentication required",
    "lookup registry.example: no such host",
    "toomanyrequests: You have reached your pull rate limit.",
    "no matching manifest for linux/arm64/v8 in the manifest list entries",
    "write /var/lib/docker/tmp/x: no space left on device",
    "exec format error",
    "network shop_net not found",
    "something else",
  ];
  const reported: Diagnostic[] = [];
  const references = referencesTo({
    definition: context.definition,
    snapshot: new Map(),
    services: ["db"],
    host: "127.0.0.1",
    absent: new Set(),
    givePort: () => {},
    report: (diagnostic) => reported.push(diagnostic),
  });
  for (const ask of [() => references.db?.port(1), () => references.dbb?.host]) {
    try {
      ask();
    } catch {
      // reported before it is thrown through the user's function
    }
  }
  return [
    unhealthy(context, status(sick), sick, lines.slice(0, 3), null),
    unhealthy(context, status(seen({})), seen({}), [], "postgres on 127.0.0.1:5432: ECONNREFUSED"),
    serviceFailed(context, status(dead), dead, lines.slice(0, 3)),
    ...refusals.map((text) => notStarted(context, failureIn(text), null)),
    notStarted(context, failureIn(refusals[0]!), { lines: ["other-db-1 (postgres)"], container: "other-db-1" }),
    composeInvalid(context.definition.files, lines.join("\n")),
    composeInvalid(context.definition.files, 'The "DB_PORT" variable is not set.', {
      file: `${FOLDER}/.env`,
      template: null,
    }),
    composeMissing(["db", "kafka"], "linux"),
    composeMissing(["db"], "darwin"),
    serviceUnknown(["postgress"], ["postgres"], context.definition.files),
    nameTaken("shop", "/home/ana/other", new Map([["db", FOLDER]])),
    ...reported,
  ];
}

function toolchain(): Diagnostic[] {
  const needs: Missing[] = [
    { what: "program", name: "python", apps: [APP], venv: null },
    { what: "program", name: "uv", apps: [APP, "web"], venv: `${FOLDER}/.venv` },
    { what: "program", name: `${FOLDER}/run.sh`, apps: [APP], venv: null },
    { what: "package", name: "flask", apps: [APP], venv: null, folder: FOLDER },
    { what: "package", name: "uvicorn", apps: [APP], venv: `${FOLDER}/.venv`, folder: FOLDER },
    { what: "node_modules", name: "vite", apps: ["web"], folder: FOLDER },
    { what: "venv", name: "python3-venv", apps: [APP], without: [] },
  ];
  return [null, "apt-get", "dnf", "apk", "pacman", "brew"].flatMap((installer) =>
    needs.map((one) => missing(one, { platform: "linux", installer, pipRefuses: false, pipx: false, root: FOLDER })),
  );
}

const MACHINE = { installer: "apt-get", pipRefuses: true, pipx: false, root: FOLDER };

function versions(): Diagnostic[] {
  const made = { folder: `${FOLDER}/.venv`, home: FOLDER, by: "venv", python: "python3" } as const;
  const fits = (version: string): boolean => version.startsWith("3.12");
  const required = { text: ">=3.12", file: `${FOLDER}/pyproject.toml`, key: "requires-python", fits };
  const asked = { version: "3.11.7", missing: null };
  const none: UnfitPython = {
    environment: made,
    apps: [APP],
    required,
    asked,
    interpreter: null,
    uv: false,
    pyenv: false,
  };
  const unfit: UnfitPython[] = [
    { ...none, interpreter: { path: `${FOLDER}/versions/3.12.1/bin/python3`, version: "3.12.1" } },
    { ...none, uv: true },
    { ...none, pyenv: true, asked: { version: null, missing: "version `3.12.4' is not installed" } },
    { ...none, asked: null },
    none,
  ];
  const excluded = { apps: [APP], file: `${FOLDER}/package.json`, range: ">=24", node: "20.20.2", refusedBy: "yarn 1" };
  return [
    ...unfit.map((one) => pythonUnfit(one, MACHINE, "/elsewhere")),
    nodeRefused(excluded, FOLDER, "npx --yes --package node@24 -- devpm dev"),
    nodeRefused(
      { ...excluded, range: "22.13.1" },
      FOLDER,
      '. "/home/ana/.nvm/nvm.sh" && nvm install 22.13.1 && devpm dev',
    ),
  ];
}

function setUps(): Diagnostic[] {
  const interpreters = [{ path: `${FOLDER}/versions/3.13.1/bin/python3`, version: "3.13.1" }];
  const step = (...run: string[]) => ({ run, inputs: [], output: null, cwd: FOLDER, title: run.join(" ") });
  const result = { exitCode: 1, signal: null, failure: null };
  const ended = { app: sampleApp({ name: APP }), result, runs: false };
  return [
    { ...ended, step: step("poetry", "install"), lines: ["version solving failed"] },
    { ...ended, step: step("uv", "sync"), lines: ["cause: Failed to download `x/cpython-3.13.4.tar.gz`"] },
    {
      ...ended,
      step: step("pnpm", "install"),
      lines: ["Error: ERR_PNPM_IGNORED_BUILDS", "Ignored build scripts: esbuild@1"],
    },
    { ...ended, step: step("python3", "-m", "pip"), lines: ["error: pg_config executable not found"], runs: true },
  ].map((one) => setupFailed(one, { installer: "apt-get", interpreters, python: null }));
}

function configuration(): Diagnostic[] {
  const file = `${FOLDER}/ecosystem.config.ts`;
  const failure = {
    ok: false as const,
    kind: "syntax" as const,
    message: "Unexpected token",
    at: { file, line: 2, column: 1 },
  };
  return [
    invalid(file, [{ key: "apps.web.port", message: "expected a whole number from 1 to 65535" }]),
    unloadable(file, failure, "one\ntwo\nthree\n"),
    unloadable(file, { ...failure, kind: "thrown" } as unknown as typeof failure, null),
    configNotFound("other.ts", FOLDER),
    nothingFound(FOLDER),
    nothingFound(FOLDER, [], "ecosystem.config.ts"),
    notAConfig(file, {}, ""),
    notAConfig(file, () => ({}), "export default () => ({});\n"),
    unloadable(
      file,
      { ...failure, message: "Top-level await is not supported", at: { file, line: 1 } },
      "await 0;\nexport default {};\n",
    ),
    ...fileVariables([{ file: `${FOLDER}/.env`, text: "A\nB=${NOT_SET}\n=x\n1A=2\n" }], new Map()).warnings,
    ...of(
      queryOf({ since: "soon", grep: "(", lines: -1, level: "loud" }, [], {
        now: new Date(at),
        lastSave: () => null,
        bounded: boundedPattern,
      }),
    ),
    unknownNames(["my apii"], [APP, "web"], "logs")!,
    unknownNames(["zzzzzz"], [], "logs")!,
    unknownPorts({ "my apii": 5051 }, [APP, "web"])!,
  ];
}

function session(): Diagnostic[] {
  const instance = instanceOf(FOLDER, environment);
  const running = record({ root: FOLDER, apps: [app(APP, [9], { ports: [5050] })] });
  const crash = {
    event: "app.crashed",
    app: APP,
    during: "run",
    exitCode: 1,
    signal: null,
    excerpt: lines,
    evidence: [],
    fixes: [],
    reloads: false,
    at,
  } as const;
  const shown = { quote: true, ends: false, asTyped: (text: string) => text };
  const task = {
    ...sampleApp({ name: APP, cwd: FOLDER, command: { argv: ["sh", "-c", "echo it's"], shell: false } }),
    kind: "task" as const,
    inputs: [],
    output: null,
  };
  const error = (code: string) =>
    Object.assign(new Error(`${code}: no`), { code, syscall: "open", path: `${FOLDER}/x` });
  const loop = new RestartLoop();
  for (const file of ["out/a b.bin", "out/two.bin"]) loop.save({ file: `${FOLDER}/${file}`, delayMs: 300 });
  const install = {
    ...{ run: ["npm", "install", "--no-audit"], inputs: [], output: null, cwd: FOLDER, title: "npm install" },
    declares: { files: [`${FOLDER}/package.json`], installedIn: `${FOLDER}/node_modules` },
  };
  return [
    restartsItself(api, loop, null),
    restartsItself({ ...api, kind: "pm2" }, loop, "pid 7  node build.js"),
    packagesMissing(
      APP,
      Array.from({ length: 40 }, (_, n) => `a-package-with-a-long-name-${n}`),
      install,
    ),
    unsafePort({ ...api, port: 6000 }, 6001),
    sessionRunning(running),
    sessionRunning(running, { differs: ["web has port 5173, not 5174"] }),
    sessionRunning(running, { stopped: true }),
    silentSession({ record: running, stopped: true }, 1_000),
    silentSession({ record: running, stopped: false }, 6_000),
    otherVersionRunning(identity(10), instance),
    noSession(instance, "wait"),
    noPrompt({ apps: [idleApp(APP, "ready"), { ...idleApp("web", "ready"), prompt: PROMPT }] }, APP),
    ...of(nowhereToWrite(instance, error("ENOSPC"))),
    ...of(nowhereToWrite(instance, error("EACCES"))),
    stateUnsafe(FOLDER, "it can be written by other users"),
    daemonDied,
    notReady({ ...api, ready: { kind: "http", path: "/", timeoutMs: 30_000 } }, lines, [
      { port: 5050, address: "10.0.0.5" },
    ]),
    crashDiagnostic({ ...crash, excerpt: lines, evidence: [], fixes: [] }, noFacts(), shown),
    crashDiagnostic({ ...crash, excerpt: [], evidence: [], fixes: [] }, noFacts(), { ...shown, ends: true }),
    ...[
      { evidence: [], fixes: [] },
      { evidence: [["cause", "the disk is full"] as const], fixes: [{ label: "", command: "devpm start migrate" }] },
    ].map((advice) =>
      taskFailed({
        task: { ...task, port: null },
        ...{ exitCode: 1, why: "exit code 1", output: lines, waiting: [APP], advice },
      }),
    ),
    leftoverDiagnostic({
      ...NOTHING_ENDED,
      leftovers: [{ pid: 9, app: APP, command: "chrome", reason: "survived SIGKILL for 5 s, state D" }],
    })!,
    faultOf(error("EACCES")),
    faultOf(Object.assign(new Error("spawn /usr/bin/node EAGAIN"), { code: "EAGAIN", syscall: "spawn /usr/bin/node" })),
    faultOf(
      Object.assign(new Error("PM2's daemon did not come up within 30000 ms"), {
        code: DAEMON_SILENT,
        path: "/h/pm2.log",
      }),
    ),
    engineSilent(4711, `${FOLDER}/engine.log`),
    faultOf(new Error("unexpected")),
    fixedAddressWarning(api, FOLDER, [
      { file: `${FOLDER}/src/api.ts`, line: 3, url: "http://localhost:5050", app: APP },
    ])!,
    notForgotten(FOLDER, ["database shop_x of postgres: no Docker engine answers"]),
    sharedInfra(FOLDER, "my-tree"),
    usedInfra(FOLDER, [
      { root: `${FOLDER}/tree`, branch: "feature/one", pid: 7, services: [APP, "kafka"] },
      { root: "/other", branch: null, pid: 8, services: null },
    ]),
    cannotOverride([`${FOLDER}/compose.yml`], [["services.db.network_mode", "host: its ports are the machine's own"]]),
    composeOld("2.20.0"),
    sharedDataWarning(FOLDER, [
      { variable: "DATABASE_URL", source: { kind: "shell" }, what: "postgresql at localhost:5432, database shop" },
    ])!,
    noneFree(FOLDER, { first: 20_000, last: 31_999 }, 2),
    bug("a text"),
    bug(Buffer.from("no error at all")),
  ];
}

/** A diagnostic of every kind that can be made without a machine, with awkward names in it. */
export const examples = (): Diagnostic[] => [
  ...claims(),
  ...engines(),
  ...services(),
  ...toolchain(),
  ...versions(),
  ...setUps(),
  ...configuration(),
  ...session(),
];
