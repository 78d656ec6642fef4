import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { Joined } from "../../model/protocol.ts";
import { unlessAborted } from "../../util/abort.ts";
import { deferred } from "../../util/deferred.ts";
import type { ControlOptions } from "./options.ts";

/** What a second `devpm dev` joins, once it is known: a start that is in progress loads its configuration first. */
export async function joinedWith(
  options: ControlOptions,
  gone: AbortSignal,
): Promise<Joined | { error: string; diagnostics: Diagnostic[] }> {
  await untilConfigured(options, gone);
  const [project, configuration] = [options.project(), options.configuration()];
  if (!project || !configuration || options.stop.signal.aborted)
    return { error: "the session is ending", diagnostics: [] };
  const { later, problems } = await configuration.now();
  if (problems.length > 0) return { error: problems.map(({ summary }) => summary).join("; "), diagnostics: problems };
  const { configFile, infra, apps, isolation } = options.project() ?? project;
  return {
    config: configFile,
    infra: infra !== null,
    isolated: isolation !== undefined,
    ports: Object.fromEntries(apps.map(({ name, port }) => [name, port])),
    later,
  };
}

/** Until the session follows its configuration, or ends. */
export async function untilConfigured(
  { stream, stop, configuration }: Pick<ControlOptions, "stream" | "stop" | "configuration">,
  gone: AbortSignal,
): Promise<void> {
  if (configuration() !== null) return;
  const configured = deferred();
  const forget = stream.subscribe(() => {
    if (configuration() !== null) configured.resolve();
  });
  await unlessAborted(configured.promise, stop.signal, gone);
  forget();
}
