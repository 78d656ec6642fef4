import path from "node:path";
import type { Compose } from "../system/docker/compose.ts";
import type { CommandResult } from "../system/commands.ts";
import type { System } from "../system/system.ts";
import { instanceOf } from "../model/instance.ts";
import type { Project } from "../model/project.ts";
import { type Outcome, failed, ok } from "../diagnostics/outcome.ts";
import { type Definition, definitionFrom, hashesIn } from "./definition.ts";
import { templateFiles } from "../model/env-templates.ts";
import { type EnvTemplate, composeInvalid, missingEnvFile, unsetVariables } from "./diagnose-compose.ts";
import { composeFingerprint } from "./fingerprint.ts";

/** A compose file resolved, or the reason why this machine cannot resolve it: it has no Compose. */
export type Resolution = { kind: "resolved"; definition: Definition; cached: boolean } | { kind: "no-compose" };

export interface ResolveRequest {
  /** As `composeFiles` made them. */
  files: string[];
  services: string[] | null;
  /** Where the last resolution is kept; it holds what containers are given, passwords included: 0600. */
  cacheFile: string;
  signal: AbortSignal;
  /** The compose project of the main checkout, whose containers are shared; null: as Compose itself names it. */
  name?: string | null;
}

/** Of a project; removed with what else its starts keep. */
export const composeCache = ({ root }: Pick<Project, "root">, environment: System["environment"]): string =>
  path.join(instanceOf(root, environment).cache, "compose.json");

type Deps = Pick<System, "files" | "environment"> & { compose: Compose };

/** It reads a few files. What takes longer waits for something that never comes. */
const COMPOSE_MS = 20_000;

/** Asks Compose what the files mean, or remembers it: Compose is asked again when anything it reads has changed. */
export async function resolveCompose(request: ResolveRequest, system: Deps): Promise<Outcome<Resolution>> {
  const missing = await firstMissing(request.files, system.files);
  if (missing) return failed(composeInvalid(request.files, `there is no file ${missing}`));
  const { files, services, cacheFile, name = null } = request;
  const inputs = {
    files,
    services,
    name,
    shell: system.environment.shell,
    compose: await system.compose.fingerprint(),
  };
  const key = composeFingerprint(inputs, (file) => system.compose.read(file));
  const known = key === null ? null : await remembered(cacheFile, key, system.files);
  if (known) return ok({ kind: "resolved", definition: known, cached: true });
  const asked = await ask(request, system);
  if (asked.ok && asked.value.kind === "resolved" && key !== null) {
    // on a full disk it is asked again
    const kept = JSON.stringify({ key, definition: asked.value.definition });
    await system.files.write(cacheFile, kept).catch(() => {});
  }
  return asked;
}

async function firstMissing(all: readonly string[], files: System["files"]): Promise<string | null> {
  for (const file of all) if ((await files.kind(file)) === null) return file;
  return null;
}

async function remembered(file: string, key: string, files: System["files"]): Promise<Definition | null> {
  try {
    const kept = JSON.parse((await files.read(file)) ?? "null") as { key?: string; definition?: Definition } | null;
    return kept?.key === key ? (kept.definition ?? null) : null;
  } catch {
    return null; // half a file of another version: resolved again
  }
}

/** The arguments that make Compose read these files as their folder's own. */
export function composeArgs({ files, as }: Pick<Definition, "files" | "as">): string[] {
  return [
    ...(as === undefined ? [] : ["--project-name", as]),
    "--project-directory",
    path.dirname(files[0] ?? "."),
    ...files.flatMap((file) => ["-f", file]),
  ];
}

async function ask(
  { files, services, signal, name = null }: ResolveRequest,
  system: Deps,
): Promise<Outcome<Resolution>> {
  const { compose } = system;
  const folder = path.dirname(files[0] ?? ".");
  const run = (...args: string[]): Promise<CommandResult | null> =>
    compose.run([...composeArgs({ files, as: name ?? undefined }), ...args], {
      cwd: folder,
      signal,
      timeoutMs: COMPOSE_MS,
    });
  const [config, hashes, version] = await Promise.all([
    // a service that is named is wanted whatever profile it is in
    run(...(services ? ["--profile", "*"] : []), "config", "--format", "json"),
    run("--profile", "*", "config", "--hash", "*"),
    run("version", "--short"),
  ]);
  if (!config) return ok({ kind: "no-compose" });
  if (config.timedOut) return failed(composeInvalid(files, HANGS));
  if (config.exitCode !== 0) {
    const output = config.stderr || config.failure || "it did not answer";
    return failed(composeInvalid(files, output, await envFileFor(output, folder, system.files)));
  }
  const printed = {
    json: config.stdout,
    hashes: "",
    version: version?.stdout.trim() ?? "",
    warnings: config.stderr,
  };
  // a Compose that cannot hash costs the notice of changed definitions, nothing else
  if (hashes?.exitCode === 0) printed.hashes = hashes.stdout;
  // `config --hash` does not read an `env_file`, but `up` does: where the two hashes may differ, none is known
  if (files.some((file) => compose.read(file)?.includes("env_file") === true)) {
    const words = ["--project-directory", folder, "-f", "-", "--profile", "*", "config", "--hash", "*"];
    const resolved = await compose.run(words, { cwd: folder, signal, timeoutMs: COMPOSE_MS, input: config.stdout });
    const others = hashesIn(resolved?.exitCode === 0 ? resolved.stdout : "");
    printed.hashes = [...hashesIn(printed.hashes)]
      .flatMap(([service, hash]) => ((others.get(service) ?? hash) === hash ? `${service} ${hash}` : []))
      .join("\n");
  }
  return ok({
    kind: "resolved",
    definition: { ...definitionFrom(printed, folder, files), ...(name === null ? {} : { as: name }) },
    cached: false,
  });
}

/** The env file that Compose misses, or the one beside it that would set what it misses. */
async function envFileFor(output: string, folder: string, files: System["files"]): Promise<EnvTemplate | null> {
  const missing = missingEnvFile(output);
  if (missing === null && unsetVariables(output).length === 0) return null;
  const file = missing ?? path.join(folder, ".env");
  const there = missing === null && (await files.kind(file)) !== null;
  for (const one of there ? [] : templateFiles(file))
    if ((await files.kind(one)) === "file") return { file, template: one };
  return { file, template: null };
}

const HANGS = `docker compose config did not end within ${COMPOSE_MS / 1_000} s: what the file names (an include, an env_file) may be a pipe, or lie on a disk that hangs`;
