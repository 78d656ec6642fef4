import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { emptyAllocation, writeAllocation } from "../../../src/checkout/allocation.ts";
import { refusalOf } from "../../../src/commands/infra/refusal.ts";
import { createContext } from "../../../src/commands/shared/context.ts";
import { ok } from "../../../src/diagnostics/outcome.ts";
import { instanceOf } from "../../../src/model/instance.ts";
import type { Project } from "../../../src/model/project.ts";
import { logFiles } from "../../../src/system/logs/log-files.ts";
import { sampleProject } from "../plan/sample.ts";
import { sessionRoom } from "../session/session-room.ts";
import { identity, record } from "../teardown/sample.ts";
import { silent, written } from "../ui/fake.ts";

const INFRA: Project["infra"] = { files: ["/p/compose.yml"], services: null, required: true, timeoutMs: 1 };
const ENGINE = 10;

/** The engine of a session whose services are in these states. */
const engineWith = (...infra: { service: string; state: string }[]) => ({
  refused: null,
  ask: () => Promise.resolve({ ok: true, status: { infra } }),
  close: () => {},
});

/** What the main checkout is told while a worktree has a session with that engine (null: it does not answer), and once it is gone. */
async function refusals(infra: Project["infra"], engine: ReturnType<typeof engineWith> | null = null) {
  const room = sessionRoom({}, { connectEngine: () => Promise.resolve(engine as never) });
  const { root, system, simulated } = room;
  const tree = instanceOf(path.join(root, "tree"), system.environment);
  mkdirSync(tree.folder, { recursive: true });
  writeFileSync(tree.sessionFile, JSON.stringify(record({ root: tree.root, engine: identity(ENGINE) })));
  await writeAllocation(system, tree, { ...emptyAllocation(tree.root), main: root });
  simulated.start(ENGINE);
  const context = createContext(
    { ...system, logFiles } as never,
    { out: written(100), err: written(100), keys: silent },
    { color: false, verbose: false },
    { program: () => "devpm", place: "" },
  );
  const ask = (...evenUsed: boolean[]) =>
    refusalOf(system, context, ok({ ...sampleProject([]), root, infra }), ...evenUsed);
  const alive = await ask();
  const forced = await ask(true);
  simulated.end(ENGINE);
  return { alive, forced, gone: await ask() };
}

test("what a session of another checkout may use is not stopped, until its engine is gone", async () => {
  const { alive, forced, gone } = await refusals(INFRA);
  expect(alive?.code).toBe("DEVPM_INFRA_SHARED");
  expect(alive?.summary).toBe("The containers are used by a session of another checkout, and stay up");
  expect(alive?.evidence.find(([label]) => label === "used by")?.[1]).toEqual([
    expect.stringMatching(/\/tree \(pid 10\): it does not answer$/),
  ]);
  expect([forced, gone]).toEqual([null, null]);
  expect(alive?.fixes.at(-1)?.command).toBe("devpm infra down --force");
});

test.each([
  ["uses them", engineWith({ service: "db", state: "healthy" }, { service: "cache", state: "stopped" }), "db"],
  ["was started without them", engineWith(), "started without them, and may use them all the same"],
])("a session of another checkout that %s is named", async (_, engine, words) => {
  const { alive } = await refusals(INFRA, engine);
  expect(alive?.evidence.find(([label]) => label === "used by")?.[1]).toEqual([
    expect.stringMatching(new RegExp(`/tree \\(pid 10\\): ${words}$`)),
  ]);
});

test("one whose services are stopped loses nothing", async () => {
  expect((await refusals(INFRA, engineWith({ service: "db", state: "stopped" }))).alive).toBeNull();
});

test("nothing is refused where the configuration has no containers to stop", async () => {
  expect((await refusals(null)).alive).toBeNull();
});
