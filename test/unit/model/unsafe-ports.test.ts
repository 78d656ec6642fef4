import { expect, test } from "vitest";
import { isUnsafePort } from "../../../src/model/unsafe-ports.ts";

/** Ends each request where it would leave the process: Node refuses a bad port before that. */
const NOWHERE = {
  dispatch(): never {
    throw new Error("asked");
  },
};

async function refusedByFetch(port: number): Promise<boolean> {
  const init = { dispatcher: NOWHERE } as unknown as RequestInit;
  const why = await fetch(`http://127.0.0.1:${port}/`, init).catch((error: Error) => error.cause);
  expect(why).toBeInstanceOf(Error);
  return (why as Error).message === "bad port";
}

test("the ports that browsers refuse are those of the Fetch standard, as Node has them", async () => {
  const all = Array.from({ length: 65_535 }, (_, index) => index + 1);
  const refused: number[] = [];
  for (const port of all) if (await refusedByFetch(port)) refused.push(port);
  expect(refused).toHaveLength(82);
  expect(all.filter(isUnsafePort)).toEqual(refused);
});
