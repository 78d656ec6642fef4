import path from "node:path";
import { ok, type Outcome } from "../diagnostics/outcome.ts";
import { instanceOf } from "../model/instance.ts";
import type { Isolation, MovedPort } from "../model/project.ts";
import type { SessionRecord } from "../model/session-record.ts";
import type { System } from "../system/system.ts";
import { everySession } from "./all-sessions.ts";
import {
  emptyAllocation,
  everyAllocation,
  checkoutPlace,
  readAllocation,
  writeAllocation,
  type Allocation,
  type Why,
} from "./allocation.ts";
import { type Checkout, checkoutOf, isSameRepository } from "./git.ts";
import { formerOf, takeOver } from "./moved.ts";
import { plainName } from "./name.ts";
import { allocateCheckoutPorts, type PortSystem } from "./ports.ts";

export type IsolationSystem = PortSystem & { processes: Pick<System["processes"], "alive"> };

/** A port that the configuration claims for an app. */
export interface DeclaredPort {
  app: string;
  port: number;
  /** One of the app's further ports. */
  further: boolean;
}

export interface IsolationRequest {
  /** Real path of the project's folder. */
  root: string;
  declared: readonly DeclaredPort[];
  /** `isolate` of the configuration. */
  configured: boolean | "containers" | undefined;
  /** `--isolated`, `--no-isolated`; undefined: neither. */
  asked: boolean | undefined;
  /** A start: what is given is probed and kept. Else only what a start would give. */
  claim: boolean;
}

/** What this checkout has of its own; null: it has the ports of the configuration. */
export async function isolationOf(
  system: IsolationSystem,
  request: IsolationRequest,
): Promise<Outcome<Isolation | null>> {
  const { root, declared, claim } = request;
  const checkout = await checkoutOf(system.files, root);
  const instance = instanceOf(root, system.environment);
  const own = await readAllocation(system, instance);
  const kept = own ?? (await formerOf(system, checkout, root));
  const decided = await decide(system, request, checkout, kept);
  if (decided === null) return ok(null);
  const place = await checkoutPlace(system.files, root, checkout);
  if (claim && own === null && kept !== null) await takeOver(system, kept, place);
  const keys = declared.map(keyOf);
  const before = kept?.ports ?? {};
  const given = await allocateCheckoutPorts(system, { place, keys, kept: before, claim });
  if (!given.ok) return given;
  const ports = given.value;
  const { why, main } = decided;
  const isNew = own?.why !== why || own.device !== place.device || keys.some((key) => before[key] === undefined);
  if (claim && isNew)
    await writeAllocation(system, instance, { ...(kept ?? emptyAllocation(root)), ...place, why, main, ports });
  return ok({
    name: nameOf(root, checkout),
    branch: checkout?.branch ?? null,
    folder: checkout?.folder ?? root,
    main,
    moved: declared.map((one): MovedPort => {
      const { app, port, further } = one;
      return { app, from: port, to: ports[keyOf(one)] ?? port, further };
    }),
    containers: request.configured === "containers",
  });
}

const keyOf = ({ app, port, further }: DeclaredPort): string => (further ? `${app}:${port}` : app);

function nameOf(root: string, checkout: Checkout | null): string {
  if (checkout?.linked) return plainName(checkout.linked);
  const folder = checkout?.folder ?? root;
  return plainName(path.basename(folder), folder);
}

interface Decided {
  why: Why;
  main: string | null;
}

/** A flag decides, then the configuration, then what the checkout is. */
async function decide(
  system: IsolationSystem,
  request: IsolationRequest,
  checkout: Checkout | null,
  kept: Allocation | null,
): Promise<Decided | null> {
  const { root, configured, asked } = request;
  const wanted = asked ?? (configured === undefined ? undefined : configured !== false);
  if (wanted === false) return null;
  if (checkout?.linked) return { why: "worktree", main: mainOf(root, checkout) };
  // also where it is asked: it goes on sharing the containers of the first
  if (checkout !== null && kept?.why === "clone") return { why: "clone", main: kept.main ?? null };
  // the configuration is the same in every checkout: the main one keeps its ports unless it is asked itself
  if (asked === true || configured === true) {
    const known = kept?.why === "asked" ? kept.main : undefined;
    return { why: "asked", main: known === undefined ? await firstClone(system, request, checkout) : known };
  }
  if (checkout === null) return null;
  const other = await otherClone(system, request, checkout);
  return other === null ? null : { why: "clone", main: other };
}

const mainOf = (root: string, { main, folder }: Checkout): string | null =>
  main === null ? null : path.join(main, path.relative(folder, root));

/** The project of another clone of this repository whose session has a port that this one would claim; null: none. */
async function otherClone(
  system: IsolationSystem,
  { root, declared, claim }: IsolationRequest,
  checkout: Checkout,
): Promise<string | null> {
  if (!claim) return null;
  const wanted = new Set(declared.map(({ port }) => port));
  const sessions = (await liveSessions(system)).filter(({ ports }) => ports.some((port) => wanted.has(port)));
  return firstOf(system, sessions, { root, checkout });
}

/** The clone of this repository whose containers are shared where each has ports of its own: the one that was there first. */
async function firstClone(
  system: IsolationSystem,
  { root, claim }: IsolationRequest,
  checkout: Checkout | null,
): Promise<string | null> {
  if (!claim || checkout === null) return null;
  const allocated = (await everyAllocation(system)).filter(({ main }) => main === null);
  return firstOf(system, [...allocated, ...(await liveSessions(system))], { root, checkout });
}

const liveSessions = async ({ files, environment, processes }: IsolationSystem): Promise<SessionRecord[]> =>
  (await everySession(files, environment)).filter(({ engine }) => processes.alive(engine));

async function firstOf(
  { files }: IsolationSystem,
  all: readonly { root: string }[],
  { root, checkout }: { root: string; checkout: Checkout },
): Promise<string | null> {
  for (const one of all) {
    const other = one.root === root ? null : await checkoutOf(files, one.root).catch(() => null);
    if (other !== null && other.linked === null && (await isSameRepository(files, checkout, other))) return one.root;
  }
  return null;
}
