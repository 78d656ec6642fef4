import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { emptyAllotment, writeAllotment } from "../../../src/checkout/allotment.ts";
import { refusalOf } from "../../../src/commands/infra/refusal.ts";
import { createContext } from "../../../src/commands/shared/context.ts";
import { ok } from "../../../src/diagnostics/outcome.ts";
import { instanceOf } from "../../../src/model/instance.ts";
import type { Project } from "../../../src/model/project.ts";
import { logFiles } from "../../../src/system/log-files.ts";
import { sampleProject } from "../plan/sample.ts";
import { sessionRoom } from "../session/session-room.ts";
import { identity, record } from "../teardown/sample.ts";
import { silent, written } from "../ui/fake.ts";

const INFRA: Project["infra"] = { files: ["/p/compose.yml"], services: null, required: true, timeoutMs: 1 };
const ENGINE = 10;

/** What the main checkout is told while a worktree has a session whose engine does not answer, and then is gone. */
async function refusals(infra: Project["infra"]) {
  const room = sessionRoom({}, { connectEngine: () => Promise.resolve(null) });
  const { root, system, simulated } = room;
  const tree = instanceOf(path.join(root, "tree"), system.environment);
  mkdirSync(tree.folder, { recursive: true });
  writeFileSync(tree.sessionFile, JSON.stringify(record({ root: tree.root, engine: identity(ENGINE) })));
  await writeAllotment(system, tree, { ...emptyAllotment(tree.root), main: root });
  simulated.start(ENGINE);
  const context = createContext(
    { ...system, logFiles } as never,
    { out: written(100), err: written(100), keys: silent },
    { color: false, verbose: false },
    { program: () => "devpm", place: "" },
  );
  const ask = () => refusalOf(system, context, ok({ ...sampleProject([]), root, infra }));
  const alive = await ask();
  simulated.end(ENGINE);
  return { alive, gone: await ask() };
}

test("what a session of another checkout may use is not stopped, until its engine is gone", async () => {
  const { alive, gone } = await refusals(INFRA);
  expect(alive?.code).toBe("DEVPM_INFRA_SHARED");
  expect(alive?.summary).toBe("The containers are used by a session of another checkout, and stay up");
  expect(alive?.evidence.find(([label]) => label === "used by")?.[1]).toEqual([
    expect.stringMatching(/\/tree \(pid 10\): it does not answer$/),
  ]);
  expect(gone).toBeNull();
});

test("nothing is refused where the configuration has no containers to stop", async () => {
  expect((await refusals(null)).alive).toBeNull();
});
