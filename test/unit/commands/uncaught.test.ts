import { expect, test } from "vitest";
import { typeIn } from "./type-in.ts";

/** A command during which this is thrown where nothing waits for it, as in a listener; it never comes to its own end. */
async function thrownDuring(error: unknown, ...words: string[]) {
  let hear: (error: unknown) => void = () => {};
  let over = 0;
  const place = {
    signals: {
      onBug(listener: (error: unknown) => void) {
        hear = listener;
        return () => void over++;
      },
    },
    overrides: {
      connectEngine: () => {
        hear(error);
        return new Promise<never>(() => {});
      },
    },
  };
  return { ...(await typeIn(place, ...words)), over };
}

test.each(["status", "logs -f", "restart api"])(
  "what nothing catches during `%s` is a bug of devpm, and ends the command with 70",
  async (line) => {
    const { code, out, err, over } = await thrownDuring(new TypeError("x is not a function"), ...line.split(" "));
    expect(code).toBe(70);
    expect(out).toBe("");
    expect(err).toContain("devpm itself failed; this is a bug of ours");
    expect(err).toContain("DEVPM_BUG");
    expect(err).toContain("x is not a function");
    expect(err).not.toContain("being ended");
    expect(over).toBe(1);
  },
);

test("a file that cannot be used is no bug, wherever that was thrown", async () => {
  const refused = Object.assign(new Error("EACCES: permission denied, stat '/root/x'"), {
    ...{ code: "EACCES", syscall: "stat", path: "/root/x" },
  });
  const { code, err } = await thrownDuring(refused, "status");
  expect(code).toBe(3);
  expect(err).toContain("/root/x cannot be used: this user may not use it");
  expect(err).not.toContain("DEVPM_BUG");
  expect(err).not.toContain("being ended");
});

test("what is no error is shown as it is", async () => {
  const { code, err } = await thrownDuring("a word", "status");
  expect([code, err]).toEqual([70, expect.stringMatching(/error +a word/)]);
});
