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
    shell.write("stty -a >meanwhile\n");
    await until("its settings", () => /echok/.test(project.read("meanwhile")));
    expect(project.read("meanwhile")).toBe(project.read("before"));
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
  shell.write(`clear; stty -a >after; cmp before after && echo sa""me\n`);
  await screen.shows(/^same$/m);
  shell.close();
  await project.nothingLeft({ ports: [...ports] });
});

it("`d` leaves the session running: it survives the terminal it came from", async (ctx) => {
  const { project, ports, say } = await openMarket(ctx);
  const shell = await project.shell({ columns: 100, rows: 24 });
  const screen = openScreenModel(shell, 100, 24);
  ctx.onTestFinished(screen.close);
  shell.write("stty -a >before; clear; devpm dev\n");
  await screen.shows(/web ● :\d+[^]*1-9 one app/);
  const first = sessionRecord(project);
  shell.write("d");
  await screen.shows(/market ready in[^]*devpm down ends it[^]*\n\$\s*$/m);
  shell.write(`clear; stty -a >after; cmp before after && echo sa""me; devpm attach\n`);
  await screen.shows(/same\n[^]*web ● :\d+[^]*1-9 one app/);
  await say(ports[1], "still here");
  await screen.shows(/web {5}\| still here/);
  const second = sessionRecord(project);
  expect(second.detached).toBe(true);
  expect(second.id).not.toBe(first.id);
  // closed with a screen in it: the reader ends, the session does not
  shell.close();
  await shell.ended();
  await say(ports[1], "and still");
  expect((await project.devpm(["logs", "web", "--no-follow"])).stdout).toContain("and still");
  expect((await project.devpm(["down"])).code).toBe(0);
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
