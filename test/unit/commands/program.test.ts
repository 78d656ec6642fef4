import { expect, test } from "vitest";
import { createProgram } from "../../../src/commands/program.ts";
import type { CliDeps } from "../../../src/commands/shared/invoke.ts";

const deps = { version: "", terminal: {}, invocation: () => "devpm" } as unknown as CliDeps;
const names = (word?: string): string[] => createProgram(deps, word).commands.map((command) => command.name());

test("a command that is called is the only one that is defined, as it is among all of them", () => {
  const all = names();
  for (const name of all.filter((one) => !["completion", "help", "*"].includes(one))) {
    expect(names(name)).toEqual([name]);
    const [alone, among] = [createProgram(deps, name), createProgram(deps)].map((program) =>
      program.commands.find((one) => one.name() === name)!,
    );
    expect(alone!.helpInformation()).toBe(among!.helpInformation());
  }
});

test.each([undefined, "", "statsu", "-C", "--help", "help", "completion", "*", "toString"])(
  "where %j comes first all commands are defined",
  (word) => expect(names(word)).toEqual(names()),
);
