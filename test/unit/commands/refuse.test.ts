import { expect, test } from "vitest";
import { refuse } from "../../../src/commands/dev/refuse.ts";
import { report, type CommandContext } from "../../../src/commands/shared/context.ts";
import { nothingFound } from "../../../src/config/unloadable.ts";
import { at, silent, written } from "../ui/fake.ts";

function context() {
  const [out, err] = [written(), written()];
  const terminal = { out, err, keys: silent };
  const given = { terminal, color: { shell: {}, never: true }, asTyped: (text: string) => text };
  return { out, err, given: given as unknown as CommandContext };
}
const system = { clock: { now: () => new Date(at) } } as unknown as Parameters<typeof refuse>[0];

test("why no session begins is an event on stdout with --json, and a block on stderr without; the exit code is the same", async () => {
  const [told, typed] = [context(), context()];
  expect(await refuse(system, told.given, { json: true }, [nothingFound("/p")])).toBe(2);
  expect(JSON.parse(told.out.text())).toMatchObject({ event: "diagnostic", at, code: "DEVPM_CONFIG_MISSING" });
  expect(told.err.text()).toBe("");
  expect(await refuse(system, typed.given, { json: false }, [nothingFound("/p")])).toBe(2);
  expect(typed.out.text()).toBe("");
  expect(typed.err.text()).toContain("DEVPM_CONFIG_MISSING");
});

test("where there is nothing to report nothing is written: `devpm run` adds no line to what its command prints", async () => {
  const { given, err } = context();
  expect(await report(given, [])).toBe(0);
  expect(err.text()).toBe("");
});
