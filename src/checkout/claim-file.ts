import { randomUUID } from "node:crypto";
import type { Files } from "../system/files/files.ts";

export type ClaimFiles = Pick<Files, "create" | "readOwn" | "rename" | "remove" | "write">;

/** What may own claims of one kind: checkouts, or sessions. */
export interface Claimants<Owner> {
  /** What the file holds of its owner. */
  stored(owner: Owner): object;
  /** From the JSON of a file; null: devpm has not written it. */
  parse(value: unknown): Owner | null;
  isSame(one: Owner, other: Owner): boolean;
  /** It is gone, so that what it has is free. */
  isGone(owner: Owner): boolean | Promise<boolean>;
}

/** A file that stands for what only one can have: a port, a block of ports, a numbered database. */
export interface ClaimFile<Owner> {
  /** null: there is no file, or devpm has not written it. */
  owner(): Promise<Owner | null>;
  take(owner: Owner): Promise<ClaimTaken<Owner>>;
  /** Writes another owner into it. */
  handOver(to: Owner): Promise<void>;
}

/** `owner` null: the file can be neither read nor moved, as one of another user. */
export type ClaimTaken<Owner> = { ok: true } | { ok: false; owner: Owner | null };

const MOST_TRIES = 20;

/**
 * The file is created exclusively, so that of two that want it one gets it. One whose owner is gone is moved aside first; if it
 * is another's by then, it goes back.
 */
export function claimFile<Owner>(files: ClaimFiles, file: string, claimants: Claimants<Owner>): ClaimFile<Owner> {
  const read = (from: string): Promise<string | null> => files.readOwn(from).catch(() => null);
  const parse = (text: string | null): Owner | null => {
    try {
      return claimants.parse(JSON.parse(text ?? "null"));
    } catch {
      return null;
    }
  };
  const textOf = (owner: Owner): string => `${JSON.stringify(claimants.stored(owner))}\n`;
  const isFree = async (owner: Owner | null): Promise<boolean> => owner === null || claimants.isGone(owner);

  async function retire(): Promise<void> {
    const aside = `${file}.${randomUUID()}.stale`;
    await files.rename(file, aside).catch(() => {});
    const moved = await read(aside);
    if (moved !== null && !(await isFree(parse(moved)))) await files.create(file, moved).catch(() => {});
    await files.remove(aside).catch(() => {});
  }

  return {
    owner: async () => parse(await read(file)),
    async take(wanting) {
      for (let tries = 0; tries < MOST_TRIES; tries++) {
        if (await files.create(file, textOf(wanting))) return { ok: true };
        const owner = parse(await read(file));
        if (owner !== null && claimants.isSame(owner, wanting)) return { ok: true };
        if (!(await isFree(owner))) return { ok: false, owner };
        await retire();
      }
      return { ok: false, owner: null };
    },
    handOver: (to) => files.write(file, textOf(to)),
  };
}
