import { lock } from "../../scripts/lock.mjs";

/** Test files run side by side: what is kept for all of them under `name` is made by one at a time, of any run. */
export async function onlyOne<T>(name: string, make: () => Promise<T>): Promise<T> {
  const release = await lock(`${name}.lock`, () => {});
  try {
    return await make();
  } finally {
    release();
  }
}
