import { loadProject } from "../../config/project-loader.ts";
import { detection } from "../../detect/detection.ts";
import type { Infra } from "../../infra/infra.ts";
import { openInfra } from "../../infra/project-infra.ts";
import type { Instance } from "../../model/instance.ts";
import { hasInfra } from "../../model/project.ts";
import type { ServiceStatus } from "../../model/service-status.ts";
import { stopKnown } from "../../infra/stop-known.ts";
import { createEventStream } from "../../session/stream.ts";
import type { System } from "../../system/system.ts";
import { createUi } from "../../ui/create-ui.ts";
import { joinWithAnd } from "../../util/text.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { failed, ok, type Outcome } from "../../diagnostics/outcome.ts";
import { ownSession, type StoppedUnder } from "./own-session.ts";
import { refusalOf } from "./refusal.ts";
import { colorsFor, print, printJson, report, type CommandContext } from "../shared/context.ts";
import { reached } from "../shared/silent-session.ts";

export interface InfraCommandOptions {
  json: boolean;
  /** `infra down --volumes`: their data is removed too. */
  volumes?: boolean;
  /** `infra down --force`: also under sessions of other checkouts. */
  evenUsed?: boolean;
  /** Consent to remove data: given with `--yes`, a function that asks for it, or null where no one could answer. */
  consent?: Consent;
  config?: string;
  /** With `--json`, for a command whose answer they are a part of; default: they are the answer. */
  answer?: (services: ServiceStatus[]) => void;
}

/** What is said once they are stopped, of the session that runs here. */
type Performed = InfraCommandOptions & { under: StoppedUnder };

type Consent = "given" | ((question: string) => Promise<boolean>) | null;

/** `devpm infra up|down|status`: only the part that is needed once a day. Ctrl+C leaves the containers as they are. */
export async function infraCommand(
  system: System,
  context: CommandContext,
  what: "up" | "down" | "status",
  options: InfraCommandOptions,
): Promise<number> {
  const loaded = await loadProject(
    system,
    { cwd: system.environment.cwd, configFile: options.config },
    detection(system),
  );
  // running services can be stopped without the configuration that started them
  if (!loaded.ok && (what !== "down" || options.volumes)) return report(context, loaded.diagnostics);
  const refused = what === "down" ? await refusalOf(system, context, loaded, options.evenUsed) : null;
  if (refused) return report(context, [refused]);
  const connect = (instance: Instance) => reached(context, instance);
  const under = what === "down" ? await ownSession(connect, await context.instance(), loaded) : () => null;
  if (!loaded.ok) return stopped(await stopKnown(system, await context.instance()), [], context, { ...options, under });
  if (!hasInfra(loaded.value)) return nothing(context, options);
  const infra = openInfra(system, loaded.value, {
    emit: progressSink(system, context, what === "up" && !options.json),
    signal: new AbortController().signal,
  });
  try {
    return await perform(infra, context, what, { ...options, under });
  } finally {
    infra.close();
  }
}

async function perform(
  infra: Infra,
  context: CommandContext,
  what: "up" | "down" | "status",
  options: Performed,
): Promise<number> {
  const checked = await infra.check();
  if (!checked.ok) return report(context, checked.diagnostics);
  if (checked.value.absent) {
    if (options.json) answer(context, [], options);
    else if (what !== "up") print(context.terminal.out, [`infra: ${checked.value.absent.reason}`]);
    return 0;
  }
  if (what === "down") {
    if (options.volumes === true && !(await agreed(infra, context, options))) return NOT_AGREED;
    const ended = await (options.volumes === true ? infra.remove() : infra.stop());
    return stopped(ended, infra.statuses(), context, options);
  }
  const up = what === "up" ? await bringUp(infra) : ok(undefined);
  await show(context, infra.statuses(), options);
  return up.ok ? 0 : report(context, up.diagnostics);
}

const NOT_AGREED = 2;

/** Removed data cannot be restored: nothing is removed without consent. */
async function agreed(
  infra: Infra,
  context: CommandContext,
  { consent = null }: InfraCommandOptions,
): Promise<boolean> {
  if (consent === "given") return true;
  const services = joinWithAnd(infra.statuses().map(({ service }) => service));
  if (consent !== null) return consent(`The containers of ${services} and their data will be removed. Continue?`);
  await report(context, [notConfirmed(services)]);
  return false;
}

const notConfirmed = (services: string): Diagnostic => ({
  code: "DEVPM_USAGE",
  severity: "error",
  summary: "--volumes removes data, and confirmation needs a terminal",
  evidence: [["data of", services]],
  state: "Nothing was stopped, and nothing was removed.",
  fixes: [
    { label: "stop them, keep the data", command: "devpm infra down" },
    { label: "or remove it all the same", command: "devpm infra down --volumes --yes" },
  ],
});

/** Starts everything, then waits until everything is usable: each failure is returned once. */
async function bringUp(infra: Infra): Promise<Outcome<void>> {
  const started = await infra.up();
  const waited = await Promise.all(infra.statuses().map(({ service }) => infra.ready(service)));
  const all = [started, ...waited].flatMap((outcome) => (outcome.ok ? [] : outcome.diagnostics));
  return all.length === 0 ? ok(undefined) : failed(...new Set(all));
}

const answer = (context: CommandContext, infra: ServiceStatus[], options: InfraCommandOptions): void =>
  options.answer ? options.answer(infra) : printJson(context, { infra });

async function show(context: CommandContext, services: ServiceStatus[], options: InfraCommandOptions): Promise<void> {
  if (options.json) return answer(context, services, options);
  const { infraLines } = await import("../../ui/status.ts");
  const { out } = context.terminal;
  print(out, infraLines(services, out.columns, await colorsFor(context, "out")));
}

function stopped(
  outcome: Outcome<string[]>,
  services: ServiceStatus[],
  context: CommandContext,
  options: Performed,
): number | Promise<number> {
  const { json, volumes = false, under } = options;
  if (json) answer(context, services, options);
  if (!outcome.ok) return report(context, outcome.diagnostics);
  const names = outcome.value;
  const ran = names.length === 0 ? "nothing was running" : `${joinWithAnd(names)} stopped`;
  const data = volumes ? "; containers and data are removed" : names.length === 0 ? "" : "; data is kept";
  const without = under(names);
  if (!json)
    print(context.terminal.out, [`infra: ${ran}${data}`, ...(without === null ? [] : [context.asTyped(without)])]);
  return 0;
}

function nothing(context: CommandContext, options: InfraCommandOptions): number {
  if (options.json) answer(context, [], options);
  else print(context.terminal.out, ["infra: the configuration names no compose file"]);
  return 0;
}

/** Progress is shown as in a session; diagnostics are reported at the end, on stderr. */
function progressSink(
  system: System,
  context: CommandContext,
  shown: boolean,
): Parameters<typeof openInfra>[2]["emit"] {
  if (!shown) return () => {};
  const stream = createEventStream(system.clock);
  stream.subscribe(createUi("plain", context.terminal, system.clock, context).event);
  return (event) => {
    if (event.event !== "diagnostic" || event.severity === "warning") stream.emit(event);
  };
}
