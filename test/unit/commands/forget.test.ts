import path from "node:path";
import { expect, test } from "vitest";
import { emptyAllotment, everyAllotment, writeAllotment } from "../../../src/checkout/allotment.ts";
import { forget } from "../../../src/commands/down/forget.ts";
import { instanceOf } from "../../../src/model/instance.ts";
import { ok } from "../../../src/diagnostics/outcome.ts";
import type { System } from "../../../src/system/system.ts";
import { folderWith, outside } from "../config/outside.ts";

const nothingRuns = () => Promise.resolve(ok([]));

test("what a checkout was given goes with those whose folder is gone, never with one that cannot be looked at", async () => {
  const base = folderWith({ "here/x": "", "there/x": "", "locked/x": "" });
  const system = outside(base, { DEVPM_HOME: path.join(base, ".state") });
  const at = (name: string) => instanceOf(path.join(base, name), system.environment);
  for (const name of ["here", "there", "locked", "gone"])
    await writeAllotment(system, at(name), { ...emptyAllotment(at(name).root), ports: { web: 20_000 } });
  const { kind } = system.files;
  const files = {
    ...system.files,
    kind: (file: string) => (file === at("locked").root ? Promise.reject(new Error("EACCES")) : kind(file)),
  };
  const { lines, problems } = await forget({ ...system, files } as unknown as System, at("here"), nothingRuns);
  expect(problems).toEqual([]);
  expect(lines.toSorted((a, b) => a.localeCompare(b))).toEqual([
    `${at("gone").root} gave back 1 port`,
    `${at("here").root} gave back 1 port`,
  ]);
  const left = (await everyAllotment(system)).map(({ root }) => path.basename(root));
  expect(left.toSorted((a, b) => a.localeCompare(b))).toEqual(["locked", "there"]);
});

test("a numbered database that two checkouts took at the same moment is not emptied under the other", async () => {
  const base = folderWith({ "here/x": "", "there/x": "" });
  const system = outside(base, { DEVPM_HOME: path.join(base, ".state") });
  const entry = { service: "cache", compose: "shop", name: "14", numbered: true as const };
  for (const name of ["here", "there"]) {
    const instance = instanceOf(path.join(base, name), system.environment);
    const taken = { redis: { "cache:0": 14 }, databases: [entry] };
    await writeAllotment(system, instance, { ...emptyAllotment(instance.root), ...taken });
  }
  // no engine is asked: there is none here
  const here = instanceOf(path.join(base, "here"), system.environment);
  expect(await forget(system as unknown as System, here, nothingRuns)).toEqual({
    lines: [`${here.root} gave back 0 ports`],
    problems: [],
  });
});
