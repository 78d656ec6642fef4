import { expect, it } from "vitest";
import { openScreenModel } from "../../rigs/screen.ts";
import { until } from "../../rigs/wait.ts";
import { sessionRecord } from "../../rigs/control.ts";
import { REPOSITORY } from "../../rigs/devpm.ts";
import { live, openMarket } from "./rig.ts";

it("after every end the terminal is as before, and its prompt stands where the footer was", async (ctx) => {
  const { project } = await openMarket(ctx);
  const shell = await project.shell({ columns: 100, rows: 24 });
  const screen = openScreenModel(shell, 100, 24);
  ctx.onTestFinished(screen.close);
  shell.write("stty -a >before\n");
  let round = 0;
  /** Runs a command, has it ended, and compares the terminal. */
  const ends = async (command: string, end: () => unknown): Promise<void> => {
    const mark = `round${++round}`;
    shell.write(`clear; ${command}\n`);
    await screen.shows(/web ● :\d+[^]*1-9 one app/);
    await end();
    await screen.shows(/^\$\s*$/m);
    shell.write(`stty -a >after; cmp before after && echo ${mark}-sa""me\n`);
    await screen.shows(new RegExp(`${mark}-same`));
    const rows = (await screen.rows()).join("\n");
    expect(rows).not.toMatch(/1-9 one app|web ●/);
    expect(await screen.hasCursor()).toBe(true);
  };
  const stoppedAndBack = async (): Promise<void> => {
    shell.write("\u001A");
    await screen.shows(/Stopped/);
    await until("the terminal to have its cursor", () => screen.hasCursor());
    shell.write(`stty -a >meanwhile; cmp before meanwhile && echo round${round}-as-be""fore\n`);
    await screen.shows(new RegExp(`round${round}-as-before`));
    shell.write("clear; fg\n");
    await screen.shows(/web ● :\d+[^]*1-9 one app/);
    shell.write("q");
  };
  const engine = (): number => sessionRecord(project).engine.pid;

  await ends("devpm dev", () => shell.write("\u0003"));
  // what is typed while it ends is for the shell
  await ends("devpm dev", async () => {
    shell.write("\u0003");
    await screen.shows(/stopping \(Ctrl\+C\)/);
    shell.write('echo ah""ead\n');
    await screen.shows(/^ahead$/m);
  });
  await ends("devpm dev", stoppedAndBack);
  await ends("devpm dev", () => process.kill(engine(), "SIGTERM"));
  expect((await project.devpm(["dev", "--detach"])).code).toBe(0);
  const before = engine();
  for (const key of ["q", "d", "\u0003", "\u001C"]) await ends("devpm attach", () => shell.write(key));
  await ends("devpm dev", stoppedAndBack);
  expect(engine()).toBe(before);
  // the session ends under it
  await ends("devpm attach", () => project.devpm(["down"]));
  shell.close();
  await project.nothingLeft();
});

it("SIGKILL of devpm leaves a terminal with its cursor: the guardian shows it", async (ctx) => {
  const { project, ports } = await openMarket(ctx);
  const shell = await project.shell({ columns: 100, rows: 24 });
  const screen = openScreenModel(shell, 100, 24);
  ctx.onTestFinished(screen.close);
  shell.write("stty -a >before; clear; devpm dev\n");
  await screen.shows(/web ● :\d+[^]*1-9 one app/);
  expect(await screen.hasCursor()).toBe(false);
  process.kill(sessionRecord(project).engine.pid, "SIGKILL");
  await screen.shows(/Killed/);
  await until("the terminal to have its cursor", () => screen.hasCursor());
  await until("the footer to be gone", async () => !(await screen.rows()).join("\n").includes("one app"));
  shell.write(`clear; stty -a >after; cmp before after && echo sa""me\n`);
  await screen.shows(/^same$/m);
  shell.close();
  await project.nothingLeft({ ports: [...ports] });
});

it("SIGKILL of devpm attach leaves a terminal with its cursor: the session shows it", async (ctx) => {
  const { project, ports } = await openMarket(ctx);
  expect((await project.devpm(["dev", "--detach"])).code).toBe(0);
  const shell = await project.shell({ columns: 100, rows: 24 });
  const screen = openScreenModel(shell, 100, 24);
  ctx.onTestFinished(screen.close);
  shell.write(`clear; sh -c 'echo $$ >pid; exec devpm attach'\n`);
  await screen.shows(/web ● :\d+[^]*1-9 one app/);
  expect(await screen.hasCursor()).toBe(false);
  process.kill(Number(project.read("pid")), "SIGKILL");
  await screen.shows(/Killed/);
  await until("the terminal to have its cursor", () => screen.hasCursor());
  shell.close();
  expect((await project.devpm(["down"])).code).toBe(0);
  await project.nothingLeft({ ports: [...ports] });
});

it("`d` gives the terminal back and leaves the apps running: `fg` shows them again, a closed terminal ends nothing", async (ctx) => {
  const { project, ports, say } = await openMarket(ctx);
  const shell = await project.shell({ columns: 100, rows: 24 });
  const screen = openScreenModel(shell, 100, 24);
  ctx.onTestFinished(screen.close);
  const pids = async (): Promise<(number | null)[]> => {
    const { apps } = JSON.parse((await project.devpm(["status", "--json"])).stdout) as { apps: { pid: number }[] };
    return apps.map(({ pid }) => pid);
  };
  shell.write("stty -a >before; clear; devpm dev\n");
  await screen.shows(/web ● :\d+[^]*1-9 one app/);
  await screen.shows(/ready in/);
  const first = sessionRecord(project);
  const before = await pids();
  shell.write("d");
  await screen.shows(/the session goes on without this terminal[^]*Stopped[^]*\n\$\s*$/m);
  await until("the record to say so", () => sessionRecord(project).detached);
  shell.write(`clear; stty -a >after; cmp before after && echo sa""me\n`);
  await screen.shows(/^same\n\$/m);
  await say(ports[1], "nobody looks");
  // through the session's history: it has been read, and shown to whoever looks
  await until("its line", async () => (await project.devpm(["logs", "--no-follow"])).stdout.includes("nobody looks"));
  shell.write("jobs\n");
  expect(await screen.shows(/Running/)).not.toMatch(/nobody looks|1-9 one app/);
  shell.write("clear; fg\n");
  await screen.shows(/── the last lines ──[^]*web {5}\| nobody looks[^]*1-9 one app/);
  await until("the record to say so", () => !sessionRecord(project).detached);
  await say(ports[1], "looked at");
  await screen.shows(/web {5}\| looked at/);
  // an ordinary job: pressed twice it stops once, and `fg` finds it after `bg`, which says nothing to it
  shell.write("\u001A\u001A");
  await screen.shows(/Stopped[^]*\n\$\s*$/m);
  shell.write("bg\n");
  await screen.shows(/devpm dev &/);
  shell.write("clear; fg\n");
  await screen.shows(/web ● :\d+[^]*1-9 one app/);
  // typed ahead: `fg` comes as soon as the shell has the terminal
  shell.write("d");
  await screen.shows(/without this terminal[^]*Stopped/);
  shell.write("clear; fg\n");
  await screen.shows(/── the last lines ──[^]*1-9 one app/);
  shell.write("d");
  // the record may still be the one of the `d` before
  await screen.shows(/without this terminal[^]*Stopped/);
  await until("the record to say so", () => sessionRecord(project).detached);
  shell.close();
  await shell.ended();
  await say(ports[1], "and still");
  await until("its line", async () => (await project.devpm(["logs", "--no-follow"])).stdout.includes("and still"));
  expect(await pids()).toEqual(before);
  expect(sessionRecord(project).id).toBe(first.id);
  process.kill(first.engine.pid, "SIGKILL");
  await project.nothingLeft({ ports: [...ports] });
});

it("`d` where no shell waits for the terminal: the session is started again in the background", async (ctx) => {
  const { project, ports } = await openMarket(ctx);
  const { terminal, screen } = await live(ctx, project, ["dev"]);
  await screen.shows(/web ● :\d+[^]*1-9 one app/);
  const first = sessionRecord(project);
  terminal.write("d");
  await screen.shows(/market ready in[^]*devpm down ends it/);
  expect(await terminal.ended()).toMatchObject({ code: 0 });
  const second = sessionRecord(project);
  expect(second.detached).toBe(true);
  expect(second.id).not.toBe(first.id);
  expect((await project.devpm(["down"])).code).toBe(0);
  await project.nothingLeft({ ports: [...ports] });
});

it("a session that ends while its job is in the background ends there: the shell's terminal is not touched", async (ctx) => {
  const { project, ports } = await openMarket(ctx);
  const shell = await project.shell({ columns: 100, rows: 24 });
  const screen = openScreenModel(shell, 100, 24);
  ctx.onTestFinished(screen.close);
  shell.write("clear; devpm dev\n");
  await screen.shows(/web ● :\d+[^]*1-9 one app/);
  shell.write("\u001A");
  await screen.shows(/Stopped/);
  shell.write("bg\n");
  await screen.shows(/devpm dev &/);
  expect((await project.devpm(["down"])).code).toBe(0);
  shell.write(`clear; wait; jobs; echo no""thing\n`);
  expect(await screen.shows(/^nothing$/m)).not.toMatch(/Stopped/);
  shell.close();
  await project.nothingLeft({ ports: [...ports] });
});

it("a job in the background keeps its hands off the terminal, and shows the lines alone", async (ctx) => {
  const { project, ports, say } = await openMarket(ctx);
  const shell = await project.shell({ columns: 100, rows: 24 });
  const screen = openScreenModel(shell, 100, 24);
  ctx.onTestFinished(screen.close);
  shell.write("stty -a >before; clear; devpm dev &\n");
  await screen.shows(/market ready in[^]*Ctrl\+C ends it/);
  await say(ports[1], "from the background");
  await screen.shows(/web {5}\| from the background/);
  shell.write(`stty -a >after; cmp before after && echo sa""me; jobs\n`);
  await screen.shows(/same\n\[1\]\+ {2}Running/);
  expect(shell.raw()).not.toContain("1-9 one app");
  shell.write(`kill %1; wait; echo ov""er\n`);
  await screen.shows(/ports? .* free[^]*\nover/);
  shell.close();
  await project.nothingLeft({ ports: [...ports] });
});

it("a bug of devpm's own gives the terminal back, too", async (ctx) => {
  const { project } = await openMarket(ctx);
  const env = { NODE_OPTIONS: `--import=${REPOSITORY}/test/faults/throw.mjs` };
  const dev = await live(ctx, project, ["dev"], { env });
  await dev.screen.shows(/web ● :\d+[^]*1-9 one app/);
  const attached = await live(ctx, project, ["attach"], { env });
  await attached.screen.shows(/web ● :\d+[^]*1-9 one app/);
  for (const { terminal, screen } of [attached, dev]) {
    process.kill(terminal.pid, "SIGUSR2");
    expect((await terminal.ended()).code).not.toBe(0);
    await screen.shows(/thrown by the fault table/);
    expect(await screen.hasCursor()).toBe(true);
    expect((await screen.rows()).join("\n")).not.toMatch(/1-9 one app|web ●/);
  }
  await project.nothingLeft();
});
