import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { PYTHON } from "../rigs/terminal.ts";
import { startEngine } from "./teardown-rig.ts";

const sleep = "sleep 4321";
/** Only a subreaper finds it: it has neither our mark nor a parent of ours. */
const getsAway = `(env -i setsid ${sleep} &); exec tail -f /dev/null`;

/** A python that is killed the first times it is started: as many as there are letters in the file beside it. */
function killedFirst(times: number): string {
  const folder = mkdtempSync(path.join(tmpdir(), "devpm-python-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const python = path.join(folder, "python3");
  const count = path.join(folder, "count");
  const script = `[ "$(wc -c <${count})" -ge ${times} ] || { printf x >>${count}; kill -9 $$; }`;
  writeFileSync(count, "");
  writeFileSync(python, `#!/bin/sh\n${script}\nexec ${PYTHON} "$@"\n`, { mode: 0o755 });
  return python;
}

test("a shim that is killed while it starts is started again: the session is guarded in full", async (ctx) => {
  const engine = await startEngine(ctx, { apps: [{ name: "a", command: getsAway }], python: killedFirst(1) });
  expect((await engine.armed()).proof).toBe("subreaper");
  expect(engine.inside.output().match(/^cleared/gm)).toHaveLength(1);
  await engine.running(sleep);
  engine.namespace.kill(engine.pid, "SIGKILL");
  await engine.nothingLeft();
});

test("one that does not start at all leaves the session to the sentinel", async (ctx) => {
  const engine = await startEngine(ctx, { apps: [{ name: "a", command: `exec ${sleep}` }], python: killedFirst(100) });
  expect((await engine.armed()).proof).toBe("scan");
  expect(engine.inside.output().match(/^cleared/gm)).toHaveLength(2);
  engine.namespace.kill(engine.pid, "SIGINT");
  await engine.ended();
  await engine.nothingLeft();
});
