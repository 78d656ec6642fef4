import { createHash } from "node:crypto";

const LONGEST = 24;

/**
 * A name that fits into an address and into the name of a database: lower case, letters, digits and single hyphens. Where
 * something was lost it ends in a hash of the whole, so that two names never become one.
 */
export function plainName(name: string, unique: string | null = null): string {
  const plain = name
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .replaceAll("ß", "ss")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
  if (plain === name && unique === null && plain.length <= LONGEST) return plain;
  const short = plain.slice(0, LONGEST - 5).replace(/-+$/, "");
  return [short, hashOf(unique ?? name).slice(0, 4)].filter((part) => part !== "").join("-");
}

const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex");

/** The same whole number for the same text, from 0 to `below` - 1. */
export const stableNumber = (text: string, below: number): number =>
  Number(BigInt(`0x${hashOf(text).slice(0, 12)}`) % BigInt(below));
