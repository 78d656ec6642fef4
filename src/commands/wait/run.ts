import path from "node:path";
import type { Instance } from "../../model/instance.ts";
import { isBroken, type ServiceStatus } from "../../model/service-status.ts";
import type { AppStatus } from "../../model/status.ts";
import type { EngineClient } from "../../system/engine/engine-client.ts";
import { readSessionFile } from "../../system/engine/session-file.ts";
import { duration } from "../../util/text.ts";
import { askToWait } from "../shared/ask-to-wait.ts";
import { print, report, type CommandContext } from "../shared/context.ts";
import { unknownApps } from "../shared/names.ts";
import { findSilent, unreachable, whySilent } from "../shared/silent-session.ts";
import { appsNamed, printVerdict, verdictOf, type Verdict } from "../shared/verdict.ts";

export interface WaitOptions {
  /** Apps, tasks and groups to wait for; empty: all that are on. */
  apps: string[];
  for: "ready" | "reload";
  /** As typed; with `reload`, only its save counts. */
  file?: string | undefined;
  timeoutMs: number;
  json: boolean;
}

/** How long a session may take to appear: `devpm dev & devpm wait` must not lose the race. Milliseconds. */
const APPEAR_MS = 5_000;
const POLL_MS = 50;

/** `devpm wait`: 0 once the apps are ready (or the newest save answers), else 1 and the reason. */
export async function wait(context: CommandContext, options: WaitOptions): Promise<number> {
  const started = context.system.clock.monotonic();
  const engine = await appearing(context, Math.min(APPEAR_MS, options.timeoutMs));
  if (engine === null) {
    const instance = await context.instance();
    if (!options.json) return report(context, [await unreachable(context, instance, "wait")]);
    const silent = await findSilent(context, instance);
    const error = silent === null ? "no session is running" : `the session does not answer: ${whySilent(silent)}`;
    return printVerdict(context, { ok: false, apps: [], error });
  }
  const misnamed = () => unknownApps(engine, options.apps, "wait");
  const unknown = await misnamed();
  if (unknown) {
    engine.close();
    return report(context, [unknown]);
  }
  const spent = context.system.clock.monotonic() - started;
  const file = await absolute(context, options.file);
  const left = Math.max(0, options.timeoutMs - spent);
  const { services, ...result } = await waited(engine, { ...options, file, timeoutMs: left });
  // a session that was still loading its configuration knows only now what it has
  const late = result.ok ? null : await misnamed();
  engine.close();
  if (late) return report(context, [late]);
  if (options.json) return printVerdict(context, result);
  await warnOf(context, services.filter(isBroken));
  if (result.ok) print(context.terminal.out, result.apps.map(readyLine));
  else print(context.terminal.err, [context.asTyped(result.error ?? "not ready")]);
  return result.ok ? 0 : 1;
}

async function appearing(context: CommandContext, withinMs: number): Promise<EngineClient | null> {
  const { system } = context;
  const instance = await context.instance();
  const deadline = system.clock.monotonic() + withinMs;
  for (;;) {
    const engine = await system.connectEngine(instance);
    if (engine !== null || system.clock.monotonic() >= deadline) return engine;
    if (!system.mayAppear && !(await isRecorded(system, instance))) return null;
    await system.clock.sleep(POLL_MS);
  }
}

/** It has no socket yet, or is busy. */
async function isRecorded({ files, processes }: CommandContext["system"], { sessionFile }: Instance): Promise<boolean> {
  const record = await readSessionFile(files, sessionFile);
  return record !== null && processes.alive(record.engine);
}

/** As the watchers see it: without links. */
async function absolute({ system }: CommandContext, file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  const full = path.resolve(system.environment.cwd, file);
  return (await system.files.realpath(full)) ?? full;
}

interface Waited extends Verdict {
  services: readonly ServiceStatus[];
}

async function waited(engine: EngineClient, { apps, for: what, timeoutMs, file, json }: WaitOptions): Promise<Waited> {
  const answer = await askToWait(engine, { apps, for: what, timeoutMs, file });
  const late = `no answer within ${duration(timeoutMs)}, or the session ended`;
  const error = answer === null ? late : answer.ok ? null : answer.error;
  if (json) return { ...(await verdictOf(engine, apps, error)), services: [] };
  // without memory and CPU, whose measurement takes longer than a reload
  const status = answer?.ok === true ? answer.status : null;
  return { ok: error === null, apps: appsNamed(status, apps), error, services: status?.infra ?? [] };
}

/** Apps can be ready while what they need is not. */
async function warnOf({ terminal }: CommandContext, services: readonly ServiceStatus[]): Promise<void> {
  if (services.length === 0) return;
  const { serviceState: stateOf } = await import("../../ui/sentences.ts");
  print(
    terminal.err,
    services.map((service) => `▲ ${stateOf(service)}`),
  );
}

const readyLine = ({ name, url, state }: AppStatus): string => `${name} ${state}${url === null ? "" : ` ${url}`}`;
