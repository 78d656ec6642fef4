import { expect, it, test } from "vitest";
import { createProgram } from "../../../src/commands/program.ts";
import type { CliDeps } from "../../../src/commands/shared/invoke.ts";
import { COMMANDS, createAsTyped } from "../../../src/diagnostics/as-typed.ts";

const local = createAsTyped({ program: () => "pnpm exec devpm", place: "" });

test.for<[string, string]>([
  ["devpm dev --port web=5174", "pnpm exec devpm dev --port web=5174"],
  ["DOCKER_DEFAULT_PLATFORM=linux/amd64 devpm dev", "DOCKER_DEFAULT_PLATFORM=linux/amd64 pnpm exec devpm dev"],
  ["npm install && devpm dev", "npm install && pnpm exec devpm dev"],
  ["start Docker, then: devpm dev", "start Docker, then: pnpm exec devpm dev"],
  ["still up: db (devpm down --infra stops them)", "still up: db (pnpm exec devpm down --infra stops them)"],
  ["devpm --version", "pnpm exec devpm --version"],
  ["devpm logs and devpm status work", "pnpm exec devpm logs and pnpm exec devpm status work"],
])("%s", ([written, typed]) => {
  expect(local(written)).toBe(typed);
});

test.for([
  "Nothing was started. devpm never stops a process it did not start.",
  "devpm stops what it started",
  "devpm restarts it",
  "npx devpm dev",
  "node /srv/devpm dev",
  "npm install --save-dev devpm",
])("left as it is: %s", (prose) => {
  expect(local(prose)).toBe(prose);
});

it("keeps the project that was chosen by a flag, but not for a command about another", () => {
  const chosen = createAsTyped({ program: () => "devpm", place: "-C 'my shop'" });
  expect(chosen("devpm restart web")).toBe("devpm -C 'my shop' restart web");
  expect(chosen("devpm -C /srv/other down")).toBe("devpm -C /srv/other down");
});

it("asks how devpm is called only where it is named", () => {
  const asTyped = createAsTyped({ program: () => expect.fail("nothing is named"), place: "" });
  expect(asTyped("backend ready http://localhost:5050")).toBe("backend ready http://localhost:5050");
});

it("knows every command there is", () => {
  const program = createProgram({ version: "", terminal: {}, invocation: () => "devpm" } as unknown as CliDeps);
  const names = program.commands.map((command) => command.name()).filter((name) => name !== "*");
  expect(COMMANDS).toEqual(expect.arrayContaining(names));
});
