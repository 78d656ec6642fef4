import type { Project } from "../model/project.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { SessionRecord } from "../model/session-record.ts";
import type { System } from "../system/system.ts";
import type { SweepMarked } from "./ports/orphans.ts";
import { portProblems, type PortConsent } from "./ports/check.ts";
import { excludedNode } from "./node/engines.ts";
import { pythonNotices } from "./python/unfit.ts";
import { missingToolchain } from "./toolchain/toolchain.ts";

export type { PortConsent };

export interface PreflightRequest {
  project: Project;
  /** The session that asks: a port it holds itself is no problem. */
  record: SessionRecord;
  consent: PortConsent;
  /** Of other instances, dead ones too. */
  everySession: readonly SessionRecord[];
  sweep: SweepMarked;
  /** One line for the user. */
  notify: (text: string) => void;
}

/** Can this machine run the project? All findings together; empty: yes. */
export async function preflight(system: System, request: PreflightRequest): Promise<Diagnostic[]> {
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
