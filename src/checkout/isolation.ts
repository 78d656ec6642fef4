import path from "node:path";
import { ok, type Outcome } from "../diagnostics/outcome.ts";
import { instanceOf } from "../model/instance.ts";
import type { Isolation, MovedPort } from "../model/project.ts";
import type { System } from "../system/system.ts";
import { everySession } from "./all-sessions.ts";
import { emptyAllotment, readAllotment, writeAllotment, type Allotment, type Why } from "./allotment.ts";
import { type Checkout, checkoutOf, isSameRepository } from "./git.ts";
import { plainName } from "./name.ts";
import { allotPorts, type PortSystem } from "./ports.ts";

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
  const kept = await readAllotment(system, instance);
  const decided = await decide(system, request, checkout, kept);
  if (decided === null) return ok(null);
  const keys = declared.map(keyOf);
  const before = kept?.ports ?? {};
  const given = await allotPorts(system, { root, keys, kept: before, claim });
  if (!given.ok) return given;
  const ports = given.value;
  const { why, main } = decided;
  if (claim && (kept?.why !== why || keys.some((key) => before[key] === undefined)))
    await writeAllotment(system, instance, { ...(kept ?? emptyAllotment(root)), why, main, ports });
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
  kept: Allotment | null,
): Promise<Decided | null> {
  const { root, configured, asked } = request;
  const wanted = asked ?? (configured === undefined ? undefined : configured !== false);
  if (wanted === false) return null;
  if (checkout?.linked) return { why: "worktree", main: mainOf(root, checkout) };
  // also where it is asked: it goes on sharing the containers of the first
  if (checkout !== null && kept?.why === "clone") return { why: "clone", main: kept.main ?? null };
  // the configuration is the same in every checkout: the main one keeps its ports unless it is asked itself
  if (asked === true || configured === true) return { why: "asked", main: null };
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
  for (const session of await everySession(system.files, system.environment)) {
    if (session.root === root || !session.ports.some((port) => wanted.has(port))) continue;
    if (!system.processes.alive(session.engine)) continue;
    const other = await checkoutOf(system.files, session.root);
    if (other !== null && other.linked === null && (await isSameRepository(system.files, checkout, other)))
      return session.root;
  }
  return null;
}
