import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { System } from "../system/system.ts";
import { portProblems, type PortConsent, type PortRequest } from "./ports/check.ts";
import { excludedNode } from "./node/engines.ts";
import { pythonNotices } from "./python/unfit.ts";
import { missingToolchain } from "./toolchain/toolchain.ts";

export type { PortConsent };

/** Can this machine run the project? All findings together; empty: yes. */
export async function preflight(system: System, request: PortRequest): Promise<Diagnostic[]> {
  const { project, notify } = request;
  const [node, notices, ...found] = await Promise.all([
    excludedNode(system, project),
    pythonNotices(system, project),
    missingToolchain(system, project),
    portProblems(system, request),
  ]);
  for (const line of [...notices, ...node.notices]) notify(line);
  return [...found.flat(), ...node.errors];
}
