import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { EndedHow } from "../../model/events.ts";
import type { Identity } from "../../model/process.ts";
import type { ProcessInfo } from "../../model/process.ts";
import { lineage } from "../../model/ownership.ts";
import type { Claim, ClaimSystem } from "./types.ts";
import { isFreeable } from "./diagnostics.ts";

export interface FreedPort {
  port: number;
  ended: { pid: number; command: string; how: EndedHow | "kill-port" }[];
}

const GRACE_MS = 3_000;
const KILLED_MS = 500;
/** A busy machine takes a moment to run what takes a port over. */
const HEIR_MS = 1_500;

/**
 * Ends the foreign holders of these ports: only after the user agreed to exactly these claims. SIGTERM, grace, SIGKILL,
 * and kill-port for what took the port over from within the same family. What is guarded stays, and is a diagnostic.
 */
export async function freePorts(
  system: ClaimSystem,
  claims: readonly Claim[],
  graceMs = GRACE_MS,
): Promise<{ freed: FreedPort[]; diagnostics: Diagnostic[] }> {
  const freed: FreedPort[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const claim of claims) {
    if (!claim.diagnostic) continue;
    if (!isFreeable(claim)) {
      diagnostics.push(claim.diagnostic);
      continue;
    }
    const ended = await free(system, claim, graceMs);
    if (system.ports.holders(claim.port).length === 0) freed.push({ port: claim.port, ended });
    else diagnostics.push(notFreed(system, claim));
  }
  return { freed, diagnostics };
}

async function free(
  system: ClaimSystem,
  claim: Claim & { is: "foreign" },
  graceMs: number,
): Promise<FreedPort["ended"]> {
  const { processes, ports } = system;
  const agreed = claim.holders.map((holder) => holder.identity);
  const family = familyOf(processes.snapshot(), agreed);
  const how = new Map<number, FreedPort["ended"][number]["how"]>();
  for (const one of agreed) if (processes.signal(one, "SIGTERM") === "sent") how.set(one.pid, "SIGTERM");
  for (const one of agreed) processes.signal(one, "SIGCONT");
  const stubborn = await processes.waitGone(agreed, graceMs);
  for (const one of stubborn) if (processes.signal(one, "SIGKILL") === "sent") how.set(one.pid, "SIGKILL");
  await processes.waitGone(stubborn, KILLED_MS);
  const heirs = await takenOver(system, claim.port, family);
  if (heirs.length > 0 && (await ports.freeByKillPort(claim.port, heirs)) === "freed") {
    for (const heir of heirs) how.set(heir.pid, "kill-port");
  }
  const commands = new Map(claim.holders.map((holder) => [holder.identity.pid, holder.description.command]));
  return [...how].map(([pid, way]) => ({ pid, command: commands.get(pid) ?? "", how: way }));
}

/** The holders and what ran below them when the user agreed. */
function familyOf(all: readonly ProcessInfo[], agreed: readonly Identity[]): ProcessInfo[] {
  const byPid = new Map(all.map((info) => [info.pid, info]));
  const pids = new Set(agreed.map((one) => one.pid));
  return all.filter((info) => lineage(info, byPid).some((ancestor) => pids.has(ancestor.pid)));
}

/** A supervisor's child may listen again as soon as its parent is gone: looked for until it shows, or for a moment. */
async function takenOver(system: ClaimSystem, port: number, family: readonly ProcessInfo[]): Promise<ProcessInfo[]> {
  const alive = family.filter((one) => system.processes.alive(one));
  const end = system.clock.monotonic() + HEIR_MS;
  while (alive.length > 0 && system.clock.monotonic() < end) {
    const holders = system.ports.holders(port);
    const heirs = alive.filter((one) => holders.some((holder) => holder.pid === one.pid));
    if (heirs.length > 0) return heirs;
    await system.clock.sleep(20);
  }
  return [];
}

function notFreed({ ports, processes }: ClaimSystem, claim: Claim): Diagnostic {
  const pids = [...new Set(ports.holders(claim.port).map((holder) => holder.pid))];
  return {
    code: "DEVPM_PORT_NOT_FREED",
    severity: "error",
    summary: `Port ${claim.port} is still held after its holder was asked to stop`,
    evidence: [
      ["app", `${claim.app} (${claim.key})`],
      ...pids.map(
        (pid) =>
          [
            "holder",
            pid === null ? "invisible to this user" : `pid ${pid}  ${processes.describe(pid)?.command ?? ""}`,
          ] as const,
      ),
    ],
    state: "Nothing was started.",
    fixes: claim.diagnostic?.fixes.filter((fix) => fix.command.startsWith("devpm dev --port ")) ?? [],
  };
}
