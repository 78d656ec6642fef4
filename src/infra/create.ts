import { isOutdated } from "./actions.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { type Outcome, failed, ok } from "../diagnostics/outcome.ts";
import { composeMissing } from "./diagnose-compose.ts";
import { failureIn } from "./failure.ts";
import { PullProgress, stepIn } from "./progress.ts";
import { askersOf, refusal } from "./refusal.ts";
import { composeArgs } from "./resolve.ts";
import { type InfraContext, bodyOf, runOnce, serviceStatusOf, startRefused } from "./context.ts";
import { withDependencies } from "./definition.ts";

/** Makes missing services through Compose; the result answers for each of them. */
export function createMissing(
  context: InfraContext,
  missing: readonly string[],
): (service: string) => Promise<Outcome<void>> {
  const failures = new Map<string, Diagnostic[]>();
  const work = createAll(context, missing, failures);
  return async (service) => {
    await work;
    const diagnostics = failures.get(service);
    return diagnostics ? failed(...diagnostics) : ok(undefined);
  };
}

async function createAll(
  context: InfraContext,
  missing: readonly string[],
  failures: Map<string, Diagnostic[]>,
): Promise<void> {
  if ((await context.system.compose.spelling()) === null) {
    const diagnostic = composeMissing(missing, context.system.environment.platform);
    for (const service of missing) failures.set(service, [diagnostic]);
    return;
  }
  await Promise.all(missing.map((service) => pull(context, service, failures)));
  let wanted = withoutFailed(context, missing, failures);
  let conflicts = 0;
  // one that cannot be made must not block the others: each round leaves out at least one
  while (wanted.length > 0 && !context.signal.aborted) {
    const output = await up(context, wanted);
    await context.containers.refresh();
    if (output === null) return;
    const down = wanted.filter((service) => needsStart(context, service));
    if (failureIn(output).kind === "conflict" && conflicts++ < CONFLICTS) {
      await context.system.clock.sleep(CONFLICT_MS, context.signal);
      await context.containers.refresh();
    } else if (down.length > 0) {
      await blame(context, down, output, failures);
    }
    wanted = withoutFailed(context, down, failures).filter((service) => needsStart(context, service));
  }
}

/** Another devpm, or a person, may be creating the same stack at the same time. */
const CONFLICTS = 5;
const CONFLICT_MS = 500;

const needsStart = (context: InfraContext, service: string): boolean =>
  ["missing", "stopped"].includes(serviceStatusOf(context, service).state) && !runOnce(context).has(service);

/** What depends on a service that failed fails with it, for the same reason. */
function withoutFailed(
  context: InfraContext,
  services: readonly string[],
  failures: Map<string, Diagnostic[]>,
): string[] {
  return services.filter((service) => {
    const cause = withDependencies([service], context.definition.services).find((name) => failures.has(name));
    if (cause !== undefined) failures.set(service, failures.get(cause) ?? []);
    return cause === undefined;
  });
}

async function pull(context: InfraContext, service: string, failures: Map<string, Diagnostic[]>): Promise<void> {
  const { image, build, pullPolicy } = bodyOf(context, service);
  if (!image || build || pullPolicy === "never") return;
  const there = await context.engine.image(image);
  if (!there.ok || there.value !== null) return;
  const progress = new PullProgress();
  context.emit({ event: "infra.progress", service, detail: `pulling ${image}` });
  const output = await compose(context, ["--progress", "plain", "pull", service], (line) => {
    const detail = progress.take(line);
    if (detail) context.emit({ event: "infra.progress", service, detail });
  });
  if (output !== null && !context.signal.aborted) failures.set(service, [await refusal(context, service, output)]);
}

/** null: done. Otherwise what Compose printed. */
async function up(context: InfraContext, services: readonly string[]): Promise<string | null> {
  const outdated = services.filter((name) =>
    isOutdated(serviceStatusOf(context, name), runOnce(context), startRefused(context, name)),
  );
  if (outdated.length > 0) await compose(context, ["rm", "--force", ...outdated], () => {});
  const args = ["--progress", "plain", "up", "--detach", "--no-recreate", ...services];
  return compose(context, args, (line) => {
    const step = stepIn(line);
    const service = services.find((name) => step?.subject?.includes(name));
    if (step && service && !/^(running|waiting|healthy)/.test(step.detail)) {
      context.emit({ event: "infra.progress", service, detail: step.detail });
    }
  });
}

async function compose(context: InfraContext, args: string[], onLine: (line: string) => void): Promise<string | null> {
  const { definition, engine, signal } = context;
  const lines: string[] = [];
  const result = await context.system.compose.run([...composeArgs(definition), "--profile", "*", ...args], {
    cwd: definition.folder,
    env: engine.endpoint.env,
    signal,
    onLine: (line) => {
      lines.push(line);
      onLine(line);
    },
  });
  if (result?.exitCode === 0) return null;
  return lines.join("\n") || result?.failure || "Compose was ended";
}

/** Finds which of these services the failure is about: the engine keeps its refusal with the container it made. */
async function blame(
  context: InfraContext,
  down: readonly string[],
  output: string,
  failures: Map<string, Diagnostic[]>,
): Promise<void> {
  const refused = down.filter((service) => startRefused(context, service) !== "");
  for (const service of refused)
    failures.set(service, [await refusal(context, service, startRefused(context, service))]);
  if (refused.length > 0) return;
  const failure = failureIn(output);
  const askers = failure.kind === "port" && failure.port !== null ? askersOf(context, down, failure.port) : [];
  const named = down.filter(
    (service) => failure.words.includes(`-${service}-`) || failure.words.includes(`"${service}"`),
  );
  const guilty = [askers, named, down].find((some) => some.length > 0) ?? [];
  const diagnostic = await refusal(context, guilty[0] ?? "", output);
  for (const service of guilty) failures.set(service, [diagnostic]);
}
