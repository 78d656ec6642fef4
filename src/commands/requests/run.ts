import { lastSave, readPast } from "../../logs/past.ts";
import { parseSince } from "../../logs/since.ts";
import { findRequests } from "../../requests/find-requests.ts";
import { badTime } from "../shared/bad-time.ts";
import { colorsFor, print, printJson, report, type CommandContext } from "../shared/context.ts";
import { flushLogs } from "../shared/flush-logs.ts";
import { unknownNames } from "../../config/unknown-names.ts";

export interface RequestsOptions {
  /** null: all. */
  app: string | null;
  since: string | undefined;
  json: boolean;
}

/** `devpm requests`: read from the history, so that it works after the session too; always 0, as `errors` is. */
export async function requests(context: CommandContext, { app, since, json }: RequestsOptions): Promise<number> {
  const { system, terminal } = context;
  const instance = await context.instance();
  const { logs, root } = instance;
  await flushLogs(system, instance);
  const known = readPast(system.logFiles, logs).apps;
  const unknown = app === null ? null : unknownNames([app], known, "requests");
  if (unknown) return report(context, [unknown]);
  const apps = app === null ? known : [app];
  const saved = (): string => lastSave(system.logFiles, logs, apps) ?? "";
  const from = since === undefined ? null : parseSince(since, system.clock.now(), saved);
  if (since !== undefined && from === null) return report(context, [badTime(since, "requests")]);
  const { requests: found } = findRequests(system.logFiles, logs, { apps, root, since: from, after: null });
  if (json) {
    printJson(context, { requests: found });
    return 0;
  }
  const { requestLines } = await import("../../ui/requests.ts");
  const { out } = terminal;
  print(out, requestLines(found, out.columns, await colorsFor(context, "out")));
  return 0;
}
