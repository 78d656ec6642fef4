import path from "node:path";
import { expect, test } from "vitest";
import { emptyAllocation, everyAllocation, writeAllocation } from "../../../src/checkout/allocation.ts";
import { forgetCheckout } from "../../../src/commands/down/forget.ts";
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
    await writeAllocation(system, at(name), { ...emptyAllocation(at(name).root), ports: { web: 20_000 } });
  const { kind } = system.files;
  const files = {
    ...system.files,
    kind: (file: string) => (file === at("locked").root ? Promise.reject(new Error("EACCES")) : kind(file)),
  };
  const { lines, problems } = await forgetCheckout({ ...system, files } as unknown as System, at("here"), nothingRuns);
  expect(problems).toEqual([]);
  expect(lines.toSorted((a, b) => a.localeCompare(b))).toEqual([
    `${at("gone").root} gave back 1 port`,
    `${at("here").root} gave back 1 port`,
  ]);
  const left = (await everyAllocation(system)).map(({ root }) => path.basename(root));
  expect(left.toSorted((a, b) => a.localeCompare(b))).toEqual(["locked", "there"]);
});

test("what is of another repository, or on a disk that is not mounted, is kept", async () => {
  const base = folderWith({ "here/.git/HEAD": "ref: refs/heads/main\n", "theirs/.git/HEAD": "" });
  const system = outside(base, { DEVPM_HOME: path.join(base, ".state") });
  const at = (name: string) => instanceOf(path.join(base, name), system.environment);
  const device = (await system.files.device(base))!;
  const of = { mine: "here/.git", stick: "here/.git", other: "theirs/.git", orphan: "nowhere/.git" };
  for (const [name, common] of Object.entries(of))
    await writeAllocation(system, at(name), {
      ...emptyAllocation(at(name).root),
      ...{ common: path.join(base, common), device: name === "stick" ? device + 1 : device },
    });
  const { lines, problems } = await forgetCheckout(system as unknown as System, at("here"), nothingRuns);
  expect(problems).toEqual([]);
  const stick = at("stick").root;
  expect(lines.toSorted((a, b) => a.localeCompare(b))).toEqual([
    `${at("mine").root} gave back 0 ports`,
    `${at("orphan").root} gave back 0 ports`,
    `${stick} is missing, perhaps with its disk, and keeps what it has; if it was deleted: mkdir -p ${stick} && devpm -C ${stick} down --forget`,
  ]);
  const left = (await everyAllocation(system)).map(({ root }) => path.basename(root));
  expect(left.toSorted((a, b) => a.localeCompare(b))).toEqual(["other", "stick"]);
});
