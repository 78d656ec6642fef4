import { isObject } from "../util/guard.ts";
import { claimFile, type ClaimFile, type ClaimFiles } from "./claim-file.ts";
import type { Place } from "./gone.ts";

const never = (): boolean => false;

/** What one checkout has and no other can take. `isGone`: its claim is free; by default it stays until it is given back. */
export const checkoutClaim = (
  files: ClaimFiles,
  file: string,
  isGone: (owner: Place) => boolean | Promise<boolean> = never,
): ClaimFile<Place> =>
  claimFile(files, file, {
    // as much of it as shows whether the checkout is gone
    stored: ({ root, device, common, linked }) => ({ root, device, common, linked }),
    parse: placeIn,
    isSame: (one, other) => one.root === other.root,
    isGone,
  });

function placeIn(value: unknown): Place | null {
  if (!isObject(value)) return null;
  const { root, device, common, linked } = value;
  if (typeof root !== "string") return null;
  return {
    root,
    ...(typeof device === "number" ? { device } : {}),
    ...(typeof common === "string" ? { common } : {}),
    ...(typeof linked === "string" ? { linked } : {}),
  };
}
