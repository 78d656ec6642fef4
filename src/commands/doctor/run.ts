import path from "node:path";
import { loadProject } from "../../config/project-loader.ts";
import { detection } from "../../detect/detection.ts";
import { appReferences, hasInfra, type Project } from "../../model/project.ts";
import { catalog } from "../../diagnostics/catalog.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { openInfra } from "../../infra/project-infra.ts";
import { absentReferences } from "../../infra/references.ts";
import { appEnvironment } from "../../plan/environment.ts";
import { asks, enginesOf, withNode } from "../../preflight/node/engines.ts";
import { portClaims } from "../../preflight/ports/check.ts";
import { isUp } from "../../model/service-status.ts";
import { missingToolchain } from "../../preflight/toolchain/toolchain.ts";
import { guardianPython } from "../../session/guardian.ts";
import { stateFolder, type Instance } from "../../model/instance.ts";
import { everySession } from "../../checkout/all-sessions.ts";
import type { System } from "../../system/system.ts";
import { shellQuote } from "../../util/shell-quote.ts";
import { colorsFor, distinct, print, printJson, type CommandContext } from "../shared/context.ts";

export interface DoctorOptions {
  json: boolean;
  config?: string;
}

/** One check and its result. `fix`: a command that can be pasted, where there is one. */
interface Check {
  name: string;
  state: "ok" | "warn" | "fail";
  detail: string;
  fix: string | null;
}

const MACHINE_NOT_READY = 3;

/** `devpm doctor`: what `devpm dev` checks before it starts anything, and what it relies on. Changes nothing. */
export async function doctor(system: System, context: CommandContext, options: DoctorOptions): Promise<number> {
  const loaded = await loadProject(
    system,
    { cwd: system.environment.cwd, configFile: options.config },
    detection(system),
  );
  const instance = await context.instance();
  const [node, ...machine] = await Promise.all([nodeCheck(system), guarantee(system), stateCheck(system, instance)]);
  const project = loaded.ok
    ? await projectChecks(system, loaded.value, instance)
    : loaded.diagnostics.map((one) => ({ ...failing("config", one), detail: inFull(one), state: severityOf(one) }));
  const checks = [node, pm2Check(system), ...machine, ...project];
  const typed = (fix: string | null): string | null => (fix === null ? null : context.asTyped(fix));
  if (options.json) printJson(context, { checks: checks.map((one) => ({ ...one, fix: typed(one.fix) })) });
  else await show(context, checks);
  if (!checks.some(({ state }) => state === "fail")) return 0;
  return loaded.ok ? MACHINE_NOT_READY : Math.max(...loaded.diagnostics.map(({ code }) => catalog[code].exit));
}

/** A folder without a project is not a problem. */
const severityOf = ({ code }: Diagnostic): Check["state"] => (code === "DEVPM_CONFIG_MISSING" ? "warn" : "fail");

const good = (name: string, detail: string): Check => ({ name, state: "ok", detail, fix: null });

/** Names each key of a wrong configuration with its problem. */
const inFull = ({ code, summary, evidence }: Diagnostic): string =>
  code === "DEVPM_CONFIG_INVALID"
    ? `${summary}: ${evidence.map(([key, text]) => `${key} ${[text].flat().join(" ")}`).join("; ")}`
    : summary;

const failing = (name: string, { summary, fixes }: Diagnostic): Check => ({
  name,
  state: "fail",
  detail: summary,
  fix: fixes[0]?.command ?? null,
});

async function nodeCheck({ environment, commands }: System): Promise<Check> {
  const { stdout } = await commands.run(environment.node, ["--version"], { env: environment.shell });
  return good("node", `${stdout.trim()} (${environment.node})`);
}

function pm2Check({ pm2 }: System): Check {
  return good("pm2", `${pm2.version()}, devpm's own copy; one private daemon for each session`);
}

/** More than any python takes to begin, and less than a session waits for it. */
const PYTHON_MS = 5_000;

async function runs({ commands }: System, python: string): Promise<boolean> {
  const { exitCode } = await commands.run(python, ["-c", ""], { cwd: "/", env: {}, timeoutMs: PYTHON_MS });
  return exitCode === 0;
}

/** What guarantees "nothing is left" on this machine. */
async function guarantee(system: System): Promise<Check> {
  const { platform } = system.environment;
  const python = platform === "linux" ? await guardianPython(system) : null;
  if (python !== null && (await runs(system, python)))
    return good(
      "teardown",
      `subreaper (${python}): whatever an app starts is ended, and the kernel says that nothing is left`,
    );
  const gap = "a daemon that detaches from its parents and clears its environment can escape";
  if (platform !== "linux") return { name: "teardown", state: "ok", detail: `scan: ${gap}`, fix: null };
  const [why, fix] =
    python === null
      ? ["there is no python3", "sudo apt-get install python3"]
      : [`${python} does not run programs`, `${shellQuote(python)} -c 'print("it runs")'`];
  return { name: "teardown", state: "warn", detail: `scan, because ${why}: ${gap}`, fix };
}

async function stateCheck({ environment, files }: System, instance: Instance): Promise<Check> {
  const folder = stateFolder(environment);
  const whole = await files.privacyOf(folder);
  const found = whole.state === "private" ? await files.privacyOf(instance.folder) : whole;
  if (found.state === "unsafe")
    return { name: "state", state: "fail", detail: `not safe: ${found.reason}`, fix: `ls -ld ${shellQuote(folder)}` };
  const probe = path.join(folder, `.doctor-${environment.pid}`);
  try {
    await files.write(probe, "written by devpm doctor");
    await files.remove(probe);
  } catch (error) {
    const detail = `${folder} cannot be written: ${error instanceof Error ? error.message : String(error)}`;
    return { name: "state", state: "fail", detail, fix: "DEVPM_HOME=/a/folder/of/yours devpm dev" };
  }
  if (found.state === "private") return good("state", folder);
  return {
    name: "state",
    state: "warn",
    detail: `${folder}: other users may write to it`,
    fix: `chmod 700 ${shellQuote(folder)}`,
  };
}

async function projectChecks(system: System, project: Project, instance: Instance): Promise<Check[]> {
  const apps = project.apps.map(({ name }) => name).join(", ");
  const config = good("config", `${project.configFile ?? "detected, without an ecosystem file"}: ${apps}`);
  const found = await Promise.all([
    toolchain(system, project),
    engines(system, project),
    setUp(system, project),
    ports(system, project, instance),
    infraChecks(system, project),
    environmentFiles(system, project),
  ]);
  return [config, ...found.flat()];
}

async function toolchain(system: System, project: Project): Promise<Check[]> {
  const missing = await missingToolchain(system, project);
  return missing.length === 0
    ? [good("toolchain", "every program that the apps name is there, or is what set-up installs")]
    : missing.map((one) => failing("toolchain", one));
}

/** What the packages ask of this Node. An error where the package manager would refuse to install. */
async function engines(system: System, { apps, root }: Project): Promise<Check[]> {
  const found = await enginesOf(system, apps);
  return Promise.all(
    found.map(async (one): Promise<Check> => {
      const detail = asks(one, root);
      if (one.fits) return good("engines", detail);
      const state = one.refusedBy === null ? "warn" : "fail";
      return { name: "engines", state, detail, fix: await withNode(one.range, system.environment.shell) };
    }),
  );
}

/** What set-up has not created yet: a start would create it. */
async function setUp({ files }: System, { apps }: Project): Promise<Check[]> {
  const steps = apps.flatMap(({ name, setup }) => setup.map((step) => ({ name, step })));
  const missing = await Promise.all(
    steps.map(async ({ name, step }) =>
      step.output !== null && (await files.kind(step.output)) === null ? `${name}: ${step.title}` : null,
    ),
  );
  const open = [...new Set(missing.filter((one) => one !== null))];
  if (open.length === 0) return [];
  return [{ name: "set-up", state: "warn", detail: `not run yet: ${open.join(", ")}; devpm dev does`, fix: null }];
}

async function ports(system: System, project: Project, { root }: Instance): Promise<Check[]> {
  const sessions = await everySession(system.files, system.environment);
  const running = sessions.find((one) => one.root === root && system.processes.alive(one.engine));
  const claims = await portClaims(system, { project, session: running?.id ?? "" });
  return claims.map((claim): Check => {
    const name = `port ${claim.port}`;
    if (claim.is === "mine") return good(name, `${claim.app}: used by this project's running session`);
    if (claim.is === "orphan")
      return {
        name,
        state: "warn",
        detail: `${claim.app}: held by a leftover of an earlier session; the next start sweeps it`,
        fix: "devpm down",
      };
    return claim.diagnostic ? failing(name, claim.diagnostic) : good(name, `${claim.app}: free`);
  });
}

/** The checks need the variables of the files, not those of an env function. */
async function environmentFiles(system: System, project: Project): Promise<Check[]> {
  const references = { apps: appReferences(project), services: absentReferences() };
  const facts = { session: "", references, configFile: project.configFile };
  const built = await Promise.all(
    project.apps.map((app) =>
      appEnvironment(system, { ...app, env: typeof app.env === "function" ? {} : app.env }, facts),
    ),
  );
  const unusable = built.flatMap((one) => (one.ok ? [] : one.diagnostics));
  const warnings = distinct(built.flatMap((one) => (one.ok ? one.value.warnings : [])));
  return [
    ...distinct(unusable).map((one) => ({ ...failing("environment", one), detail: inFull(one) })),
    ...warnings.map(({ summary }): Check => ({ name: "environment", state: "warn", detail: summary, fix: null })),
  ];
}

async function infraChecks(system: System, project: Project): Promise<Check[]> {
  if (!hasInfra(project)) return [];
  const infra = openInfra(system, project, { emit: () => {}, signal: new AbortController().signal });
  const checked = await infra.check();
  const services = infra.statuses();
  infra.close();
  if (!checked.ok) return checked.diagnostics.map((one) => failing("infra", one));
  if (services.length === 0)
    return [{ name: "infra", state: "warn", detail: "not available here; the apps run without it", fix: null }];
  const detail = services.map(({ service, state }) => `${service} ${state}`).join(", ");
  if (services.every(({ state }) => isUp(state))) return [good("infra", detail)];
  return [
    { name: "infra", state: "warn", detail: `${detail}; devpm dev starts what is not up`, fix: "devpm infra up" },
  ];
}

const SIGNS = { ok: "✔", warn: "▲", fail: "✖" };

async function show(context: CommandContext, checks: readonly Check[]): Promise<void> {
  const colors = await colorsFor(context, "out");
  const paint = { ok: colors.green, warn: colors.yellow, fail: colors.red };
  const width = Math.max(...checks.map(({ name }) => name.length));
  print(
    context.terminal.out,
    checks.flatMap(({ name, state, detail, fix }) => [
      `${paint[state](SIGNS[state])} ${name.padEnd(width)}  ${detail}`,
      ...(fix === null ? [] : [`  ${"".padEnd(width)}  fix: ${context.asTyped(fix)}`]),
    ]),
  );
}
