import type { PortHolder } from "../../system/ports/types.ts";
import { claimDiagnostic, waysOut } from "./diagnostics.ts";
import { isPortProxy } from "../../model/port-proxy.ts";
import { holderOf } from "./holder.ts";
import type { Claim, ClaimClass, ClaimContext, ClaimSystem, Holder, SessionFacts, WantedPort } from "./types.ts";

/** Checks every wanted port, on both address families, and returns whose each is. */
export async function classifyClaims(
  system: ClaimSystem,
  wanted: readonly WantedPort[],
  context: ClaimContext,
): Promise<Claim[]> {
  // an app of the session that has claimed a port may be about to listen on it
  const free = await freeOf(
    system,
    wanted.filter(({ port }) => !context.claimed.has(port)),
  );
  // the kernel's tables take milliseconds to read: once for all ports, where one is held, and again only for those that are
  const isKnown = wanted.every(({ port }) => free.has(port));
  const listening = new Set(isKnown ? [] : system.ports.listening().map(({ port }) => port));
  const found = await Promise.all(
    wanted.map(async (one) => {
      const { port } = one;
      const first = { isFree: free.has(port), isListened: listening.has(port) };
      return { ...one, ...(await withGone(await classify(system, port, first, context), context)) };
    }),
  );
  const elsewhere = found.every(({ is }) => is === "free") ? [] : await context.elsewhere();
  const ways = waysOut(system, found, elsewhere);
  return found.map((one): Claim => ({ ...one, diagnostic: claimDiagnostic(system, one, one, ways) }));
}

/** Where the folder of a session is gone, nobody can go there to end it. */
const withGone = async (found: ClaimClass, { isGone }: ClaimContext): Promise<ClaimClass> =>
  found.is === "session" && found.record ? { ...found, gone: await isGone(found.record.root) } : found;

/** Ports that nothing listens on, as listening there shows. macOS allows that beside a program on one address of the machine. */
async function freeOf({ ports, environment }: ClaimSystem, wanted: readonly WantedPort[]): Promise<Set<number>> {
  if (environment.platform !== "linux") return new Set();
  const probes = await Promise.all(wanted.map(async ({ port }) => [port, await ports.canBind(port)] as const));
  return new Set(probes.flatMap(([port, probe]) => (probe === "free" ? [port] : [])));
}

interface First {
  isFree: boolean;
  isListened: boolean;
}

async function classify(
  system: ClaimSystem,
  port: number,
  { isFree, isListened }: First,
  context: ClaimContext,
): Promise<ClaimClass> {
  const listening = isListened ? system.ports.holders(port) : [];
  const claimed = context.claimed.get(port);
  // what listens there is better evidence than a claim
  if (claimed && listening.length === 0) return { is: "session", holders: [], record: claimed, here: false };
  if (listening.length === 0) return unlistened(system, port, context, isFree);
  const container = await containerOf(system, port, listening, context);
  if (container) return container;
  const invisible = listening.find((one) => one.pid === null);
  const holders = await seen(system, listening, context);
  if (holders.length === 0) {
    // the last holder ended between the two checks
    if (!invisible) return unlistened(system, port, context);
    if (claimed) return { is: "session", holders: [], record: claimed, here: false };
    return { is: "invisible", uid: invisible.uid };
  }
  return byOwner(holders, context, claimed ?? null) ?? foreign(holders);
}

/** Nothing listens: free, unless listening fails all the same or a container is reached without a listener. */
async function unlistened(
  system: ClaimSystem,
  port: number,
  context: ClaimContext,
  isFree = false,
): Promise<ClaimClass> {
  const [probe, container] = await Promise.all([
    isFree ? "free" : system.ports.canBind(port),
    context.containersPublishing(port, false),
  ]);
  if (container) return { is: "container", ...container };
  if (probe === "free") return { is: "free" };
  if (probe === "forbidden") return { is: "forbidden" };
  const connected = system.ports.connected(port);
  const holders = await seen(system, connected, context);
  if (holders.length > 0) return { is: "connection", holders };
  const [unseen] = connected;
  if (unseen) return { is: "invisible", uid: unseen.uid };
  return system.ports.timeWait(port) ? { is: "time-wait" } : { is: "invisible", uid: null };
}

async function containerOf(
  system: ClaimSystem,
  port: number,
  listening: readonly PortHolder[],
  context: ClaimContext,
): Promise<ClaimClass | null> {
  const described = listening.map(({ pid }) => (pid === null ? null : system.processes.describe(pid)));
  const maybe = described.some((one) => one === null || isPortProxy(one));
  const published = maybe ? await context.containersPublishing(port, true) : null;
  if (published) return { is: "container", ...published };
  // a container on the host's own network publishes nothing: its process shows where it runs
  const here = system.processes.describe(system.environment.pid)?.container ?? null;
  const inside = described.find((one) => one?.container && one.container !== here)?.container;
  return inside ? { is: "container", name: inside.slice(0, 12), project: null } : null;
}

async function seen(system: ClaimSystem, listening: readonly PortHolder[], context: ClaimContext): Promise<Holder[]> {
  const pids = [...new Set(listening.map((one) => one.pid))].filter((pid) => pid !== null);
  const holders = await Promise.all(pids.map((pid) => holderOf(system, pid, context)));
  return holders.filter((one) => one !== null);
}

/** `claimed`: by a session of whatever devpm home. */
function byOwner(holders: Holder[], context: ClaimContext, claimed: SessionFacts | null): ClaimClass | null {
  const sessions = holders.map((holder) => holder.session);
  const live = sessions.find((session) => session !== null && session.alive);
  if (live) {
    if (live.id === context.session) return { is: "mine" };
    return { is: "session", holders, record: live.record ?? claimed, here: live.record?.root === context.root };
  }
  const first = sessions[0];
  return first && sessions.every((session) => session !== null) ? { is: "orphan", holders, session: first.id } : null;
}

function foreign(holders: Holder[]): ClaimClass {
  return {
    is: "foreign",
    holders,
    guarded: holders.find((holder) => holder.guarded)?.program ?? null,
    pm2: holders.find((holder) => holder.pm2)?.pm2 ?? null,
  };
}
