import { expect, it, type TestContext } from "vitest";
import { freePort } from "../../rigs/ports.ts";
import { openProject, type Project } from "../../rigs/project.ts";
import type { Status } from "../../../src/model/status.ts";

/** Counts to 30 at once, then on; slowly: what is attached to it shows some forty lines of the past, the first ones too. */
const COUNTER = `let n = 0; while (n < 31) console.log("count " + n++); setInterval(() => console.log("count " + n++), 400);`;

const opened = async (ctx: TestContext): Promise<Project> =>
  openProject(ctx, {
    files: {
      "count.mjs": COUNTER,
      "quiet.mjs": `console.log("quiet is up"); setInterval(() => {}, 1e6);`,
      "ecosystem.config.json": JSON.stringify({
        apps: {
          counter: { command: "node count.mjs", port: await freePort(), ready: { log: "count" } },
          quiet: { command: "node quiet.mjs", reload: "restart", watch: ["quiet.mjs"] },
        },
        groups: { still: ["quiet"] },
      }),
    },
  });

const counts = (output: string): number[] =>
  [...output.matchAll(/^counter \| count (\d+)$/gm)].map(([, n]) => Number(n));

const status = async (project: Project): Promise<Status> =>
  JSON.parse((await project.devpm(["status", "--json"])).stdout) as Status;

it("shows what was, then what comes, without a gap or a line twice, in several terminals at once", async (ctx) => {
  const project = await opened(ctx);
  const dev = project.start(["dev"]);
  await dev.waitFor(/count 30/);
  const attached = [project.start(["attach"]), project.start(["attach"])];
  for (const one of attached) {
    await one.waitFor(/attached: Ctrl\+C leaves it running/);
    await one.waitFor(/count 34/);
    const seen = counts(one.stdout.text());
    const first = seen[0]!;
    expect(first).toBeLessThan(31);
    expect(seen).toEqual(seen.map((_, at) => first + at));
    // devpm's own lines are in their place
    expect(one.stdout.text()).toMatch(/^devpm\s+\| project in /);
    expect(one.stdout.text()).toMatch(/counter\s+ready/);
  }
  // what devpm does now is shown in each, in the words of the session's own terminal
  project.edit("quiet.mjs", "quiet is up", "quiet is new");
  for (const one of [...attached, dev])
    await one.waitFor(/devpm\s+\| ↻ quiet reloaded quiet\.mjs in \d+ ms \(restart\)/);
  dev.kill("SIGINT");
  for (const one of attached) {
    expect(await one.ended()).toMatchObject({ code: 0 });
    expect(one.stdout.text()).toMatch(/devpm\s+\| stopped counter and quiet in /);
  }
  await project.nothingLeft();
});

it("leaving it ends nothing: Ctrl+C, a closed terminal, a closed pipe", async (ctx) => {
  const project = await opened(ctx);
  expect((await project.devpm(["dev", "--detach"])).code).toBe(0);
  const before = await status(project);

  const terminal = await project.terminal(["attach"]);
  await terminal.waitFor(/attached/);
  await terminal.waitFor(/count \d+/);
  terminal.write("\x03");
  expect(await terminal.ended()).toMatchObject({ code: 0 });

  const closed = await project.terminal(["attach"]);
  await closed.waitFor(/attached/);
  closed.close();
  // not the abort of a node that cannot restore its terminal
  expect(await closed.ended()).toEqual({ code: null, signal: "SIGHUP" });

  const shell = await project.shell();
  shell.write("devpm attach | head -n 1; echo codes ${PIPESTATUS[@]}\r");
  await shell.waitFor(/codes 0 0/);
  shell.close();

  const after = await status(project);
  expect(after.session).toEqual(before.session);
  expect(after.apps.map(({ pid }) => pid)).toEqual(before.apps.map(({ pid }) => pid));
  expect((await project.devpm(["down"])).code).toBe(0);
  await project.nothingLeft();
});

it("of one app or group only what is about it", async (ctx) => {
  const project = await opened(ctx);
  expect((await project.devpm(["dev", "--detach"])).code).toBe(0);
  const attached = [project.start(["attach", "quiet"]), project.start(["attach", "still"])];
  // it is ready while it lives, which may be before it prints
  for (const one of attached) await one.waitFor(/attached[^]*quiet is up|quiet is up[^]*attached/);
  project.edit("quiet.mjs", "quiet is up", "quiet is new");
  for (const one of attached) {
    await one.waitFor(/quiet is new/);
    await one.waitFor(/quiet reloaded/);
    expect(counts(one.stdout.text())).toEqual([]);
  }
  const unknown = await project.devpm(["attach", "quit"]);
  expect(unknown.code).toBe(2);
  expect(unknown.stderr).toMatch(/DEVPM_APP_UNKNOWN[^]*devpm attach quiet/);
  expect((await project.devpm(["down"])).code).toBe(0);
  for (const one of attached) expect(await one.ended()).toMatchObject({ code: 0 });
  await project.nothingLeft();
});

it("no session, and one whose engine is killed", async (ctx) => {
  const project = await opened(ctx);
  const none = await project.devpm(["attach"]);
  expect(none.code).toBe(1);
  expect(none.stderr).toMatch(/nothing to attach to\s+DEVPM_NO_SESSION[^]*devpm dev/);

  expect((await project.devpm(["dev", "--detach"])).code).toBe(0);
  const attached = project.start(["attach"]);
  await attached.waitFor(/attached/);
  const { session } = await status(project);
  process.kill(session!.pid, "SIGKILL");
  expect(await attached.ended()).toMatchObject({ code: 1 });
  expect(attached.stderr.text()).toMatch(/the session ended without a word/);
  await project.nothingLeft();
});

it("a second `devpm dev` attaches in a terminal; elsewhere it names what would", async (ctx) => {
  const project = await opened(ctx);
  expect((await project.devpm(["dev", "--detach", "--only", "counter"])).code).toBe(0);
  const before = await status(project);
  const second = await project.devpm(["dev"]);
  expect(second.code).toBe(3);
  expect(second.stdout).toMatch(/follow it:\s+devpm attach/);

  const terminal = await project.terminal(["dev", "still"]);
  await terminal.waitFor(/attached: Ctrl\+C leaves it running/);
  // what is named and off is started, and seen to start
  await terminal.waitFor(/quiet is up/);
  await terminal.waitFor(/✔ quiet ready/);
  terminal.write("\x03");
  expect(await terminal.ended()).toMatchObject({ code: 0 });
  const after = await status(project);
  expect(after.session).toEqual(before.session);
  expect(after.apps.map(({ name, state }) => [name, state])).toEqual([
    ["counter", "ready"],
    ["quiet", "ready"],
  ]);

  // another configuration than the one that runs is no reason to show that one
  const other = await project.terminal(["dev", "--port", `counter=${await freePort()}`]);
  expect(await other.ended()).toMatchObject({ code: 3 });
  expect(other.output()).toMatch(/DEVPM_SESSION_RUNNING/);
  expect((await project.devpm(["down"])).code).toBe(0);
  await project.nothingLeft();
});
