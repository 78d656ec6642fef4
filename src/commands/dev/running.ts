import path from "node:path";
import { locateConfig } from "../../config/find.ts";
import { unknownPorts } from "../../config/unknown-names.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { Joined } from "../../model/protocol.ts";
import type { SessionRecord } from "../../model/session-record.ts";
import { pageIs } from "../../session/control/page-words.ts";
import { sessionRunning, type Running } from "../../session/diagnostics.ts";
import type { EngineClient } from "../../system/engine/engine-client.ts";
import { readSessionFile } from "../../system/engine/session-file.ts";
import type { System } from "../../system/system.ts";
import { shellQuote } from "../../util/shell-quote.ts";
import type { CommandContext } from "../shared/context.ts";
import { unknownApps } from "../shared/names.ts";
import { flagsOf } from "./flags.ts";
import type { DevOptions } from "./run.ts";

/** How long the configuration of a session that starts may take. Milliseconds. */
export const CONFIGURED_MS = 60_000;

/** The record of the session that runs here now; it may be starting, or ending. */
export async function liveRecord({ processes }: System, context: CommandContext): Promise<SessionRecord | null> {
  const { sessionFile } = await context.instance();
  const record = await readSessionFile(context.system.files, sessionFile);
  return record && processes.alive(record.engine) ? record : null;
}

/** Why a session that runs is not the one that was asked for, as it has another configuration or no such apps; null: it is. */
export async function whyNotJoined(
  system: System,
  context: CommandContext,
  {
    options,
    engine,
    record,
    joined,
  }: { options: DevOptions; engine: EngineClient; record: SessionRecord; joined: Joined },
): Promise<Diagnostic | null> {
  const unknown = unknownPorts(options.ports, Object.keys(joined.ports));
  if (unknown) return unknown;
  const differs = await differences(system, options, joined);
  if (differs.length > 0) {
    const again = ["devpm dev", shellQuote(...flagsOf(options))].join(" ").trimEnd();
    return running(context, record, { differs, again });
  }
  return unknownApps(engine, options.only, "dev --only");
}

async function running(context: CommandContext, record: SessionRecord, how: Running): Promise<Diagnostic> {
  const { sessionFile } = await context.instance();
  return sessionRunning((await readSessionFile(context.system.files, sessionFile)) ?? record, how);
}

/** Flags that are not given do not matter: the session has what its own caller wanted. */
async function differences(
  system: System,
  options: DevOptions,
  { config, infra, ports, isolated = false, later }: Joined,
): Promise<string[]> {
  const { cwd } = system.environment;
  const located = await locateConfig(system, { cwd, configFile: options.config });
  const file = located.ok ? located.value.file : null;
  const named = (one: string | null): string => (one === null ? "what was detected here" : path.basename(one));
  return [
    ...(file === config ? [] : [`it runs ${named(config)}, not ${named(file)}`]),
    ...(!options.infra && infra ? ["it runs with the compose services, not with --no-infra"] : []),
    ...(options.isolated === undefined || options.isolated === isolated
      ? []
      : [`it runs with ${isolated ? "ports of its own" : "the ports of the configuration"}`]),
    ...Object.entries(options.ports).flatMap(([app, port]) =>
      ports[app] !== port ? [`${app} has port ${ports[app] ?? "none"}, not ${port}`] : [],
    ),
    ...later.map((what) => `the configuration was changed: ${what}`),
  ];
}

/** `--ui` of a `devpm dev` that joins: the words with which a start prints it; null: not asked for, or there is none. */
export async function pageWords(engine: EngineClient, { ui }: DevOptions): Promise<string | null> {
  const answer = ui ? await engine.ask({ op: "ui" }) : null;
  return answer?.ok === true ? pageIs(answer.url) : null;
}
