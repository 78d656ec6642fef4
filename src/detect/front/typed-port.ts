import path from "node:path";
import { portOf } from "../commands/intent.ts";
import { type FoundCommand, evidenceOf } from "../commands/found-command.ts";
import type { Service } from "../compose/model.ts";
import type { EvidencePlace } from "../model.ts";
import type { FrontEnd } from "./apps.ts";

/** Where people write how their stack is started. A document shows such a port as something that one may do. */
const STARTS = /^(procfile|makefile|package|shell|ide|python|devcontainer)$/;

/** The port that a command gives to a front end's script: `npm --prefix web run dev -- --port 3100`. It counts more than the script's own. */
export function typedPort(
  commands: readonly FoundCommand[],
  front: FrontEnd,
): { port: number; evidence: EvidencePlace } | null {
  for (const { intent, source, stage, file, line, words, ...command } of commands) {
    if (intent.kind !== "package" || intent.script !== front.script || !STARTS.test(source) || stage === "test")
      continue;
    if (!isFor(intent, command, front)) continue;
    const port = portOf(intent.args, ["--port", "-p"]);
    if (port !== null) return { port, evidence: evidenceOf({ file, line, words }) };
  }
  return null;
}

/** The port that a front end's container gives to the script and publishes under the same number. */
export function publishedPort(
  commands: readonly FoundCommand[],
  services: readonly Service[],
  front: FrontEnd,
): { port: number; evidence: EvidencePlace } | null {
  for (const { intent, source, file, line, name, words, ...command } of commands) {
    if (source !== "compose" || intent.kind !== "package" || intent.script !== front.script) continue;
    const port = isFor(intent, command, front) ? portOf(intent.args, ["--port", "-p"]) : null;
    const own = services.find((one) => one.name === name && one.file === file);
    if (port !== null && own?.ports.some(({ host, container }) => host === port && container === port))
      return { port, evidence: evidenceOf({ file, line, words }) };
  }
  return null;
}

function isFor(
  { folder, filter }: { folder: string | null; filter: string | null },
  { folders: [at = "."] }: Pick<FoundCommand, "folders">,
  { package: own }: FrontEnd,
): boolean {
  if (filter !== null) return filter === own.name || filter === path.posix.basename(own.folder);
  return path.posix.normalize(path.posix.join(at, folder ?? ".")) === own.folder;
}
