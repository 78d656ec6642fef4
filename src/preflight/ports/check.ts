import { everySession } from "../../checkout/all-sessions.ts";
import { isGone } from "../../checkout/gone.ts";
import type { Project } from "../../model/project.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { SessionRecord } from "../../model/session-record.ts";
import type { ContainerSummary } from "../../system/docker/types.ts";
import type { System } from "../../system/system.ts";
import { claimedElsewhere, otherClaims, takeClaims, type StoredClaim } from "./claim-store.ts";
import { claimDiagnostic, FREE_PORTS, isFreeable, waysOut } from "./diagnostics.ts";
import { together } from "./together.ts";
import { freePorts } from "./free.ts";
import { classifyClaims } from "./classify.ts";
import type { Claim, ClaimContext, WantedPort } from "./types.ts";
import { sweepOrphans, type SweepMarked } from "./orphans.ts";

/** `--free-ports`: none of it, consent given beforehand (`--yes`), no terminal to ask on, or how to ask. */
export type PortConsent = "none" | "given" | "unasked" | ((question: string) => Promise<boolean>);

export interface PortRequest {
  project: Project;
  /** The session that asks: a port that it holds itself is no problem. */
  record: SessionRecord;
  consent: PortConsent;
  sweep: SweepMarked;
  /** One line for the user. */
  notify: (text: string) => void;
}

/** Whose the wanted ports are. Our orphans are swept, foreign holders ended if the user agreed, the rest reported. */
export async function portProblems(system: System, request: PortRequest): Promise<Diagnostic[]> {
  const { project, record, notify } = request;
  const wanted = wantedPorts(project).map(({ port }) => port);
  const claimed = await takeClaims(system, record, wanted);
  const claims = await portClaims(system, { project, session: record.id, claimed });
  await sweepOrphans(claims, request.sweep, notify);
  const foreign = claims.filter(isFreeable);
  const rest = together(claims.filter((claim) => !isFreeable(claim)));
  if (rest.length > 0 || foreign.length === 0 || !(await agreed(request.consent, foreign)))
    return [...foreign.flatMap(({ diagnostic }) => diagnostic ?? []).map(fixedFor(request.consent)), ...rest];
  const { freed, diagnostics } = await freePorts(system, foreign);
  for (const { port, ended } of freed)
    notify(
      `port ${port} is free: ended ${ended.map(({ pid, command, how }) => `pid ${pid} ${command} (${how})`).join(", ")}`,
    );
  return diagnostics;
}

interface Looked {
  project: Project;
  session: string;
  /** Which wanted ports other sessions have, where that is already known. */
  claimed?: ReadonlyMap<number, StoredClaim>;
}

/** Whose each wanted port is. Read only. */
export async function portClaims(system: System, { project, session, claimed }: Looked): Promise<Claim[]> {
  const wanted = wantedPorts(project);
  const ports = wanted.map(({ port }) => port);
  const sessions = await everySession(system.files, system.environment);
  return classifyClaims(system, wanted, {
    session,
    claimed: claimed ?? (await otherClaims(system, session, ports)),
    elsewhere: () => claimedElsewhere(system, session),
    root: project.root,
    otherSessions: sessions.filter(({ id, engine }) => id !== session && system.processes.alive(engine)),
    isGone: (root) => isGone(system.files, { root }),
    containersPublishing: publisher(system, project),
  });
}

/** A port that only a program without SO_REUSEADDR cannot have: no problem until one reports it. */
export function restingPort(system: System, project: Project): Diagnostic | null {
  const rests = { is: "time-wait" } as const;
  const resting = wantedPorts(project).find(({ port }) => system.ports.timeWait(port));
  return resting ? claimDiagnostic(system, resting, rests, waysOut(system, [{ ...resting, ...rests }])) : null;
}

const wantedPorts = ({ apps, isolation }: Project): WantedPort[] =>
  apps.flatMap(({ name, port, ports }) => {
    const of = { app: name, shared: isolation === undefined };
    return [
      ...(port === null ? [] : [{ ...of, port, key: `apps.${name}.port` }]),
      ...ports.map((one, index) => ({ ...of, port: one, key: `apps.${name}.ports[${index}]` })),
    ];
  });

type Foreign = Extract<Claim, { is: "foreign" }>;

async function agreed(consent: PortConsent, claims: readonly Foreign[]): Promise<boolean> {
  if (consent === "given") return true;
  if (typeof consent === "string") return false;
  for (const { port, holders } of claims) {
    const who = holders.map(({ identity, description }) => `pid ${identity.pid} ${description.command}`).join(", ");
    if (!(await consent(`Port ${port} is held by ${who}. End it?`))) return false;
  }
  return true;
}

/** Where no question could be asked, the same flag alone would end in the same way. */
const fixedFor =
  (consent: PortConsent) =>
  (diagnostic: Diagnostic): Diagnostic => {
    if (consent !== "unasked") return diagnostic;
    const unasked = { label: "or let devpm end it, unasked", command: `${FREE_PORTS} --yes` };
    return { ...diagnostic, fixes: diagnostic.fixes.map((fix) => (fix.command === FREE_PORTS ? unasked : fix)) };
  };

/**
 * Who publishes a port among the engine's containers. Asked where something listens, or if the project uses the engine
 * anyway: an engine without its userland proxy publishes ports that nothing listens on.
 */
function publisher(system: System, project: Project): ClaimContext["containersPublishing"] {
  let containers: Promise<ContainerSummary[]> | null = null;
  return async (port, isListened) => {
    if (project.infra === null && !isListened) return null;
    const found = (await (containers ??= running(system))).find(({ ports }) => ports.some(({ host }) => host === port));
    return found ? { name: found.name, project: found.labels["com.docker.compose.project"] ?? null } : null;
  };
}

const ENGINE_MS = 1_000;

async function running({ docker, environment, files }: System): Promise<ContainerSummary[]> {
  const connection = await docker.connect(environment, files, { timeoutMs: ENGINE_MS });
  if (!connection.ok) return [];
  const reply = await connection.engine.containers([]);
  connection.engine.close();
  return reply.ok ? reply.value.filter(({ state }) => state === "running") : [];
}
