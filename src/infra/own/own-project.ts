import path from "node:path";
import { emptyAllocation, readAllocation, writeAllocation } from "../../checkout/allocation.ts";
import { plainName } from "../../checkout/name.ts";
import { allocateCheckoutPorts } from "../../checkout/ports.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { failed, ok, type Outcome } from "../../diagnostics/outcome.ts";
import { instanceOf, type Instance } from "../../model/instance.ts";
import type { Isolation, MovedPort, Project } from "../../model/project.ts";
import type { Compose } from "../../system/docker/compose.ts";
import type { DockerEngine } from "../../system/docker/types.ts";
import type { System } from "../../system/system.ts";
import { composeArgs } from "../resolve.ts";
import { remotePorts } from "./remote-ports.ts";
import { sharedName } from "./shared-project.ts";
import { obstacles, overrideText, fixedPorts, type ComposeConfig } from "./override.ts";

/** The compose project of a worktree that has containers of its own. */
export interface OwnProject {
  name: string;
  /** The project's own files, and after them what devpm wrote. */
  files: string[];
  /** Published ports, by service. */
  moved: MovedPort[];
}

/** Its containers are labelled with it, and no others are. */
export const overrideFile = ({ folder }: Pick<Instance, "folder">): string => path.join(folder, "compose.worktree.yml");

type Deps = Pick<System, "files" | "environment" | "ports" | "exchange">;

interface Stack {
  files: readonly string[];
  signal: AbortSignal;
  /** The engine that will run it; null: none answers, which is reported elsewhere. */
  engine: Promise<DockerEngine | null>;
}

const COMPOSE_MS = 20_000;

/** null: Compose cannot read the files, or is not here; what resolves them next says why. */
export async function ownProject(
  system: Deps & { compose: Compose },
  { root }: Project,
  isolation: Isolation,
  { files, signal, engine }: Stack,
): Promise<Outcome<OwnProject | null>> {
  const config = await configOf(system.compose, files, signal);
  if (config === null) return ok(null);
  const why = obstacles(config);
  if (why.length > 0) return failed(cannotOverride(files, why));
  // without a name in the file Compose takes the folder's, which in a worktree is often the worktree's own
  const ofMain = await sharedName(system, { root, isolation: { ...isolation, containers: false } }, files);
  const running = await engine;
  const remote = running?.endpoint.remote ? running : null;
  // on an engine that other machines use as well, a worktree of that name may be theirs
  const machine = remote === null ? "" : `-${plainName(system.environment.machine ?? "other")}`;
  const name = `${ofMain ?? config.name ?? "devpm"}-${isolation.name}${machine}`;
  const moved = await movedPorts(system, root, { config, name, remote });
  if (!moved.ok) return moved;
  const file = overrideFile(instanceOf(root, system.environment));
  const text = overrideText(config, name, moved.value);
  // Compose is asked again only where it changed
  if ((await system.files.read(file)) !== text) {
    const version = text.includes(" !") ? await versionOf(system.compose, signal) : null;
    if (version !== null && isOlder(version, OVERRIDES)) return failed(composeOld(version));
    await system.files.write(file, text);
  }
  return ok({ name, files: [...files, file], moved: moved.value });
}

/** The first Compose that knows `!override` and `!reset`; one before it would publish the main checkout's ports as well. */
const OVERRIDES = [2, 24, 4] as const;

async function versionOf(compose: Compose, signal: AbortSignal): Promise<string | null> {
  const printed = await compose.run(["version", "--short"], { cwd: "/", signal, timeoutMs: COMPOSE_MS });
  return printed?.exitCode === 0 ? printed.stdout.trim().replace(/^v/, "") : null;
}

/** Text that is no version does not count as older. */
export function isOlder(version: string, than: readonly number[]): boolean {
  const numbers = /^(\d+)\.(\d+)(?:\.(\d+))?/
    .exec(version)
    ?.slice(1)
    .map((part) => Number(part ?? 0));
  const at = numbers?.findIndex((number, index) => number !== than[index]) ?? -1;
  return at !== -1 && numbers![at]! < than[at]!;
}

async function configOf(
  compose: Compose,
  files: readonly string[],
  signal: AbortSignal,
): Promise<ComposeConfig | null> {
  const args = [...composeArgs({ files: [...files] }), "--profile", "*", "config", "--format", "json"];
  const options = { cwd: path.dirname(files[0] ?? "."), signal, timeoutMs: COMPOSE_MS };
  const printed = await compose.run(args, options);
  if (printed?.exitCode !== 0) return null;
  return JSON.parse(printed.stdout) as ComposeConfig;
}

async function movedPorts(
  system: Deps,
  root: string,
  { config, name, remote }: { config: ComposeConfig; name: string; remote: DockerEngine | null },
): Promise<Outcome<MovedPort[]>> {
  const ports = remote ? await remotePorts(system, remote) : system.ports;
  const instance = instanceOf(root, system.environment);
  const kept = (await readAllocation(system, instance)) ?? emptyAllocation(root);
  const published = fixedPorts(config);
  const keyOf = (one: (typeof published)[number]): string => `${one.service}:${one.host}`;
  const given = await allocateCheckoutPorts(
    { ...system, ports },
    { place: kept, keys: published.map(keyOf), kept: kept.ports, claim: true },
  );
  if (!given.ok) return given;
  await writeAllocation(system, instance, { ...kept, ports: given.value, compose: name });
  return ok(
    published.map((one) => {
      const { service, host } = one;
      const at = remote ? { host: remote.endpoint.host.toLowerCase() } : {};
      return { app: service, from: host, to: given.value[keyOf(one)] ?? host, further: true, ...at };
    }),
  );
}

export const cannotOverride = (files: readonly string[], why: readonly [string, string][]): Diagnostic => ({
  code: "DEVPM_COMPOSE_FIXED",
  severity: "error",
  summary: "This compose file cannot run a second time for a worktree",
  evidence: [["files", files], ...why],
  state: "Nothing was started.",
  fixes: [
    {
      label: `share the containers (isolate: true, a database of its own), or without them`,
      command: "devpm dev --no-infra",
    },
  ],
});

export const composeOld = (version: string): Diagnostic => ({
  code: "DEVPM_COMPOSE_OLD",
  severity: "error",
  summary: "This Compose is too old to give a worktree containers of its own",
  evidence: [
    ["it is", `Compose ${version}`],
    ["needed", `Compose ${OVERRIDES.join(".")} or newer, which can replace the ports of a file`],
  ],
  state: "Nothing was started.",
  fixes: [
    { label: "look for a newer one", command: "docker compose version" },
    {
      label: "or share the containers (isolate: true, a database of its own), or without them",
      command: "devpm dev --no-infra",
    },
  ],
});
