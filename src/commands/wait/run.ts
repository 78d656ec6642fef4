import { expanded } from "../../model/groups.ts";
import type { AppStatus } from "../../model/status.ts";
import type { EngineClient } from "../../system/engine-client.ts";
import { duration } from "../../util/text.ts";
import { print, printJson, report, type CommandContext } from "../shared/context.ts";
import { noSession, unknownApps } from "../shared/names.ts";

export interface WaitOptions {
  /** Apps, tasks and groups to wait for; empty: all that are on. */
  apps: string[];
  for: "ready" | "reload";
  timeoutMs: number;
  json: boolean;
}

/** How long a session may take to appear: `devpm dev & devpm wait` must not lose the race. Milliseconds. */
const APPEAR_MS = 5_000;
const POLL_MS = 50;
/** The engine itself keeps the deadline; its answer needs a moment to arrive. */
const ANSWER_MARGIN = 1_000;

/** `devpm wait`: 0 once the apps are ready (or the newest save answers), else 1 and the reason. */
export async function wait(context: CommandContext, options: WaitOptions): Promise<number> {
  const started = context.system.clock.monotonic();
  const engine = await appearing(context, Math.min(APPEAR_MS, options.timeoutMs));
  if (engine === null) {
    if (options.json) return verdict(context, { ok: false, apps: [], error: "no session is running" });
    return report(context, [noSession(await context.instance(), "wait")]);
  }
  const unknown = await unknownApps(engine, options.apps, "wait");
  if (unknown) {
    engine.close();
    return report(context, [unknown]);
  }
  const spent = context.system.clock.monotonic() - started;
  const result = await waited(engine, { ...options, timeoutMs: Math.max(0, options.timeoutMs - spent) });
  engine.close();
  if (options.json) return verdict(context, result);
  if (result.ok)
    print(
      context.terminal.out,
      result.apps.map((app) => readyLine(app, result.notReloading ?? [])),
    );
  else print(context.terminal.err, [context.asTyped(result.error ?? "not ready")]);
  return result.ok ? 0 : 1;
}

interface Waited {
  ok: boolean;
  apps: AppStatus[];
  error: string | null;
  /** Of a wait for a reload: the apps that devpm does not reload. */
  notReloading?: string[];
}

async function appearing(context: CommandContext, withinMs: number): Promise<EngineClient | null> {
  const { system } = context;
  const instance = await context.instance();
  const deadline = system.clock.monotonic() + withinMs;
  for (;;) {
    const engine = await system.connectEngine(instance);
    if (engine !== null || system.clock.monotonic() >= deadline) return engine;
    await system.clock.sleep(POLL_MS);
  }
}

async function waited(engine: EngineClient, { apps, for: what, timeoutMs }: WaitOptions): Promise<Waited> {
  const answer = await engine.ask({ op: "wait", apps, for: what, timeoutMs }, timeoutMs + ANSWER_MARGIN);
  const now = await engine.ask({ op: "status" });
  const status = now?.ok === true && "status" in now ? now.status : null;
  const named = expanded(apps, status?.groups ?? {});
  // the wait ignores what is off
  const chosen = (status?.apps ?? []).filter(({ name, state }) =>
    named.length === 0 ? state !== "stopped" : named.includes(name),
  );
  if (answer?.ok === true) {
    const notReloading = "notReloading" in answer ? { notReloading: answer.notReloading ?? [] } : {};
    return { ok: true, apps: chosen, error: null, ...notReloading };
  }
  const error = answer === null ? `no answer within ${duration(timeoutMs)}, or the session ended` : answer.error;
  return { ok: false, apps: chosen, error };
}

function verdict(context: CommandContext, result: Waited): number {
  printJson(context, result);
  return result.ok ? 0 : 1;
}

const readyLine = ({ name, url, state }: AppStatus, notReloading: readonly string[]): string =>
  `${name} ${state}${url === null ? "" : ` ${url}`}${notReloading.includes(name) ? "  (devpm does not reload it)" : ""}`;
