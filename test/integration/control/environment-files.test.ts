import { existsSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { sessionRecord } from "../../rigs/control.ts";
import { openProject, type Project } from "../../rigs/project.ts";
import { textsBelow } from "../../rigs/texts.ts";
import { until } from "../../rigs/wait.ts";

const SECRET = "3x4mpl3-s3cr3t";
const files = { "ecosystem.config.json": JSON.stringify({ apps: { a: { command: "sleep 100000" } } }) };

/** Whatever of the state folder holds the user's shell. */
const holding = ({ devpmHome }: Project): string[] =>
  textsBelow(devpmHome).flatMap(({ file, text }) => (!file.endsWith(".tmp") && text.includes(SECRET) ? [file] : []));

async function started(project: Project): Promise<number[]> {
  const up = await project.devpm(["dev", "-d"]);
  expect(up.code, up.output).toBe(0);
  const [file = "", ...more] = holding(project);
  expect(more).toEqual([]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const { engine, sentinel, shim, daemon, apps } = sessionRecord(project);
  const all = [engine, sentinel, shim, daemon, ...apps.flatMap(({ pids }) => pids)];
  return all.flatMap((one) => (one ? [one.pid] : []));
}

/** Stopped first: none of them gets to act on the end of another, however long this process waits in between. */
function killAll(pids: readonly number[]): void {
  for (const signal of ["SIGSTOP", "SIGKILL"] as const) for (const pid of pids) process.kill(pid, signal);
}

it("the environments of the apps are gone with their session, however it ended", async (ctx) => {
  const project = await openProject(ctx, { files, env: { MY_SECRET: SECRET } });
  await started(project);
  expect((await project.devpm(["down"])).code).toBe(0);
  expect(holding(project)).toEqual([]);

  // the guardian ends a session whose engine was killed
  const [engine = 0] = await started(project);
  process.kill(engine, "SIGKILL");
  await until("the guardian to have ended it", () => project.left().length === 0);
  expect(holding(project)).toEqual([]);

  // or, where its node is gone by then, the shim alone
  const [one = 0, sentinel = 0] = await started(project);
  killAll([one, sentinel]);
  await until("the shim to have ended it", () => project.left().length === 0);
  await until("nothing to hold the secret", () => holding(project).length === 0);

  // nobody is left to do it: the next command sweeps
  for (const sweep of [["down"], ["dev", "-d"]]) {
    const all = await started(project);
    const { id } = sessionRecord(project);
    killAll(all);
    const swept = await project.devpm(sweep);
    expect(swept.code, swept.output).toBe(0);
    expect(holding(project).filter((file) => file.includes(id))).toEqual([]);
    expect((await project.devpm(["down"])).code).toBe(0);
    expect(holding(project)).toEqual([]);
  }

  // its session file is lost as well
  killAll(await started(project));
  const [file = ""] = holding(project);
  const session = path.join(path.dirname(path.dirname(path.dirname(file))), "session.json");
  writeFileSync(session, "{");
  const again = await project.devpm(["dev", "-d"]);
  expect(again.code, again.output).toBe(0);
  expect(existsSync(file)).toBe(false);
  expect((await project.devpm(["down"])).code).toBe(0);
});
