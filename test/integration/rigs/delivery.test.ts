import { expect, test } from "vitest";
import { Delivery } from "../../rigs/delivery.ts";
import { Transcript } from "../../rigs/transcript.ts";

const TEXT = Buffer.from(`one\ntwo 市場\n${"a long line of words ".repeat(9)}\n\n\u001B[1mthe last\u001B[0m`);

test("slowly: a wait ends at the piece that it is for, in order, and nothing is lost", async () => {
  const delivery = new Delivery({ slow: true });
  const printed = new Transcript();
  delivery.output(TEXT, (piece) => printed.add(piece));
  delivery.pass(() => printed.end("it has ended"));
  await printed.waitFor(/one/);
  expect(printed.raw()).toBe("one\n");
  await printed.waitFor(/市場/);
  expect(printed.raw()).toBe("one\ntwo 市場\n");
  await printed.waitFor(/long line/);
  expect(printed.raw()).toMatch(/words $|line $|long $|of $|a $/);
  await expect(printed.waitFor(/never/)).rejects.toThrow("it has ended");
  expect(printed.raw()).toBe(TEXT.toString());
});

test("otherwise at once", () => {
  const pieces: string[] = [];
  const delivery = new Delivery({ slow: false });
  delivery.output(TEXT, (piece) => pieces.push(piece.toString()));
  delivery.pass(() => pieces.push("end"));
  expect(pieces).toEqual([TEXT.toString(), "end"]);
});
