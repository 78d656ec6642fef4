import path from "node:path";
import { stateFolder, type Instance } from "../model/instance.ts";
import type { Environment } from "../system/environment.ts";
import type { Files } from "../system/files/files.ts";
import type { Checkout } from "./git.ts";
import type { CheckoutPlace } from "./gone.ts";

/** Why a checkout has ports of its own: it is a linked worktree, a second clone, or it was asked for. */
export type Why = "worktree" | "clone" | "asked";

/** A database that was made for this checkout alone. */
export interface OwnDatabase {
  service: string;
  /** The compose project whose container it is in. */
  compose: string;
  name: string;
  /** One of Redis's numbered ones; absent: Postgres. */
  numbered?: true;
  /** The Postgres that it was made in, by that server's own number: one of the same name in another is not it. */
  server?: string;
  /** Noted before it was made or looked at: what is there under this name may be another's, and is dropped only where it is marked. */
  unsure?: true;
}

/** What a checkout was given, and keeps until `devpm down --forget`. */
export interface Allocation extends CheckoutPlace {
  version: 1;
  /** Where it was before `git worktree move`; its databases may still name these. */
  formerly?: string[];
  why: Why;
  /** The same project in the main working tree, or in the clone that had the ports first. */
  main: string | null;
  /** By app, further ports as `app:declared`. */
  ports: Record<string, number>;
  databases: OwnDatabase[];
  /** Numbered databases of Redis: as the configuration has them → as they are here. */
  redis: Record<string, number>;
  /** The compose project of `isolate: "containers"`. */
  compose?: string;
}

export const emptyAllocation = (root: string): Allocation => ({
  version: 1,
  root,
  why: "worktree",
  main: null,
  ports: {},
  databases: [],
  redis: {},
});

type Deps = { files: Files; environment: Environment };

const fileOf = ({ folder }: Pick<Instance, "folder">): string => path.join(folder, "worktree.json");

export async function readAllocation(
  { files }: Pick<Deps, "files">,
  instance: Pick<Instance, "folder">,
): Promise<Allocation | null> {
  return parse(await files.readOwn(fileOf(instance)).catch(() => null));
}

export const writeAllocation = (
  { files }: Pick<Deps, "files">,
  instance: Pick<Instance, "folder">,
  allocation: Allocation,
): Promise<void> => files.write(fileOf(instance), `${JSON.stringify(allocation, null, 2)}\n`);

export const removeAllocation = ({ files }: Pick<Deps, "files">, instance: Pick<Instance, "folder">): Promise<void> =>
  files.remove(fileOf(instance));

/** The allocations of all checkouts, those whose folder is gone included. */
export async function everyAllocation({ files, environment }: Deps): Promise<Allocation[]> {
  const home = stateFolder(environment);
  const names = await files.list(home);
  const found = await Promise.all(names.map((name) => readAllocation({ files }, { folder: path.join(home, name) })));
  return found.filter((one) => one !== null);
}

/** What is known of a place when something is given to it. */
export async function checkoutPlace(
  files: Pick<Files, "device">,
  root: string,
  checkout: Checkout | null,
): Promise<CheckoutPlace> {
  const device = await files.device(root);
  const { linked = null, common, folder = root } = checkout ?? {};
  return {
    root,
    ...(device === null ? {} : { device }),
    ...(common === undefined ? {} : { common }),
    ...(linked === null ? {} : { linked, inside: path.relative(folder, root) }),
  };
}

const isNumbers = (value: unknown): value is Record<string, number> =>
  typeof value === "object" && value !== null && Object.values(value).every((one) => Number.isInteger(one));

function parse(text: string | null): Allocation | null {
  try {
    const value = JSON.parse(text ?? "null") as Allocation | null;
    const whole =
      value?.version === 1 &&
      typeof value.root === "string" &&
      ["worktree", "clone", "asked"].includes(value.why) &&
      isNumbers(value.ports) &&
      isNumbers(value.redis) &&
      Array.isArray(value.databases) &&
      value.databases.every(({ service, compose, name }) =>
        [service, compose, name].every((one) => typeof one === "string"),
      );
    return whole ? value : null;
  } catch {
    return null; // half a file, or edited by hand: allocated again
  }
}
