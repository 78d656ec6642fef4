import { expect, test } from "vitest";
import { alive, look } from "../../rigs/processes.ts";
import { openShell, openTerminal } from "../../rigs/terminal.ts";
import { until } from "../../rigs/wait.ts";

const env = { PATH: process.env.PATH, LANG: "C.UTF-8" };
const node = process.execPath;

test("the command has a terminal of the given size, and sees it change", async () => {
  const terminal = await openTerminal(
    [
      node,
      "-e",
      `const say = () => console.log(process.stdout.isTTY, process.stdout.columns, process.stdout.rows);
       say(); process.stdout.on("resize", say); setInterval(() => {}, 1000)`,
    ],
    { env, columns: 40, rows: 12 },
  );
  await terminal.waitFor(/true 40 12/);
  terminal.resize(90, 20);
  await terminal.waitFor(/true 90 20/);
  terminal.write("\x03");
  expect(await terminal.ended()).toEqual({ code: null, signal: "SIGINT" });
  terminal.close();
});

test("Ctrl+C reaches the whole foreground job, once", async () => {
  const program = `process.on("SIGINT", () => console.log(process.argv[1], "got SIGINT")); setInterval(() => {}, 1000);`;
  const terminal = await openTerminal(
    [
      node,
      "-e",
      `${program} require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(`${program} console.log("child up")`)}, "child"], { stdio: "inherit" })`,
      "parent",
    ],
    { env },
  );
  await terminal.waitFor(/child up/);
  terminal.write("\x03");
  await terminal.waitFor(/parent got SIGINT/);
  await terminal.waitFor(/child got SIGINT/);
  expect(terminal.output().match(/got SIGINT/g)).toHaveLength(2);
  const job = look(terminal.pid);
  terminal.close();
  // closing the terminal is a SIGHUP to the job, as when a window is closed
  expect(await terminal.ended()).toEqual({ code: null, signal: "SIGHUP" });
  expect(job && alive(job)).toBe(false);
});

test("an interactive shell stops a job with Ctrl+Z and brings it back", async () => {
  const shell = await openShell({ env });
  shell.write(
    `${node} -e 'process.stdin.on("data", (d) => console.log("read", String(d).trim())); console.log("u" + "p")'\n`,
  );
  await shell.waitFor(/\nup\n/);
  shell.write("\x1a");
  await shell.waitFor(/Stopped/);
  shell.write("fg\n");
  await shell.waitFor(/fg\n.*node/);
  shell.write("hello\n");
  await shell.waitFor(/read hello/);
  const from = shell.output().length;
  shell.write("\x03");
  // what is typed before the shell has the terminal again may be dropped with the line that Ctrl+C ends
  await shell.waitFor(/\$ $/, { from });
  shell.write("exit\n");
  await shell.ended();
  shell.close();
});

test("a command that cannot be started says so", async () => {
  const terminal = await openTerminal(["no-such-program-here"], { env });
  expect(await terminal.ended()).toEqual({ code: 127, signal: null });
  expect(terminal.output()).toContain("no-such-program-here: No such file or directory");
  terminal.close();
  await until("the rig's end", () => look(terminal.rigPid) === null);
});
