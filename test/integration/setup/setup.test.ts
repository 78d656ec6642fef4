import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { App, SetupStep } from "../../../src/model/project.ts";
import { runSetup } from "../../../src/preflight/setup/setup.ts";
import type { SessionEvent } from "../../../src/model/events.ts";
import { clock } from "../../../src/system/clock.ts";
import { commands } from "../../../src/system/commands.ts";
import { files } from "../../../src/system/files/files.ts";
import { processesOf } from "../../rigs/processes.ts";
import { until } from "../../rigs/wait.ts";
import { sampleApp } from "../../unit/plan/sample.ts";

function room() {
  const root = realpathSync(mkdtempSync(path.join(tmpdir(), "devpm-setup-")));
  onTestFinished(() => rmSync(root, { recursive: true, force: true, maxRetries: 5 }));
  const shell = { PATH: process.env.PATH ?? "", HOME: root };
  const environment = {
    shell,
    cwd: root,
    home: root,
    uid: 1,
    user: "ana",
    platform: "linux",
    pid: process.pid,
    node: process.execPath,
  } as const;
  const events: SessionEvent[] = [];
  const at = (...parts: string[]): string => path.join(root, ...parts);
  return {
    root,
    at,
    events,
    write: (file: string, text: string) => writeFileSync(at(file), text),
    /** What the steps wrote down: one word each time one ran. */
    ran: () => (existsSync(at("ran")) ? readFileSync(at("ran"), "utf8").trim().split("\n") : []),
    /** A step that runs a line of shell. */
    step: (line: string, more: Partial<SetupStep> = {}): SetupStep => ({
      run: ["/bin/sh", "-c", line],
      inputs: [],
      output: null,
      cwd: root,
      title: line,
      ...more,
    }),
    run: (setup: SetupStep[], more: Partial<App> = {}, signal = new AbortController().signal) =>
      runSetup(
        { files, commands, clock, environment },
        {
          app: sampleApp({ cwd: root, setup, ...more }),
          folder: at("state"),
          emit: (event) => events.push(event),
          signal,
          session: "s1",
        },
      ),
  };
}

test("a step runs once, again when its inputs change or what it made is gone", async () => {
  const { run, ran, step, write, at } = room();
  write("lock", "1");
  const steps = [step("echo one >> ran; mkdir -p made", { inputs: [at("lock")], output: at("made") })];
  expect(await run(steps)).toEqual({ ok: true, value: undefined });
  await run(steps);
  expect(ran()).toEqual(["one"]);
  write("lock", "2");
  await run(steps);
  await run(steps);
  expect(ran()).toEqual(["one", "one"]);
  rmSync(at("made"), { recursive: true });
  await run(steps);
  expect(ran()).toEqual(["one", "one", "one"]);
});

test("an input that the step itself rewrites does not run it again", async () => {
  const { run, ran, step, write, at } = room();
  write("lock", "1");
  const steps = [step("echo one >> ran; echo normalised > lock", { inputs: [at("lock")] })];
  await run(steps);
  await run(steps);
  expect(ran()).toEqual(["one"]);
});

test("what follows a step that ran runs too: it was built on what is gone", async () => {
  const { run, ran, step, at } = room();
  const steps = [step("echo venv >> ran; mkdir -p venv", { output: at("venv") }), step("echo pip >> ran")];
  await run(steps);
  rmSync(at("venv"), { recursive: true });
  await run(steps);
  expect(ran()).toEqual(["venv", "pip", "venv", "pip"]);
});

test("what the user made before is left as it is", async () => {
  const { run, ran, step, at } = room();
  mkdirSync(at("venv"));
  writeFileSync(at("venv", "mine"), "");
  await run([step("echo venv >> ran", { output: at("venv") }), step("echo pip >> ran")]);
  expect(ran()).toEqual(["pip"]);
  expect(existsSync(at("venv", "mine"))).toBe(true);
});

test("every line is an event, between the start and the end", async () => {
  const { run, step, events } = room();
  await run([step("printf 'one\\ntwo\\n'; echo three >&2; exit 0")]);
  const named = { app: "api", step: "printf 'one\\ntwo\\n'; echo three >&2; exit 0" };
  expect(events[0]).toEqual({ event: "setup.started", ...named });
  expect(events.at(-1)).toEqual({ event: "setup.finished", ...named, ms: expect.any(Number), ok: true, exitCode: 0 });
  const lines = events.flatMap((event) => (event.event === "setup.output" ? [event.line] : []));
  expect(lines.toSorted()).toEqual(["one", "three", "two"]);
});

test("a failure is a diagnostic with the last lines; half a result is removed; it runs again", async () => {
  const { run, step, at, root } = room();
  const line = "mkdir made; i=0; while [ $i -lt 20 ]; do echo line $i; i=$((i+1)); done; exit 7";
  const steps = [step(line, { output: at("made"), title: "make it" }), step("echo never >> ran")];
  const failed = await run(steps);
  expect(failed).toEqual({
    ok: false,
    diagnostics: [
      {
        code: "DEVPM_SETUP_FAILED",
        summary: "api was not started: make it failed",
        severity: "error",
        evidence: [
          ["step", "make it  (exit code 7)"],
          ["in", root],
        ],
        excerpt: [14, 15, 16, 17, 18, 19].map((i) => `line ${i}`),
        fixes: [
          { label: "see its whole output", command: `cd ${root} && /bin/sh -c '${line}'` },
          { label: "then", command: "devpm restart api" },
        ],
      },
    ],
  });
  expect(existsSync(at("made"))).toBe(false);
  expect(existsSync(at("ran"))).toBe(false);
  expect(await run([step("mkdir made", { output: at("made") })])).toMatchObject({ ok: true });
});

test("what the user makes after a failure is kept", async () => {
  const { run, step, at, write } = room();
  write("lock", "1");
  const steps = [step("test ! -e broken && mkdir made", { inputs: [at("lock")], output: at("made") })];
  write("broken", "");
  expect(await run(steps)).toMatchObject({ ok: false });
  mkdirSync(at("made"));
  writeFileSync(at("made", "mine"), "");
  await run(steps);
  expect(existsSync(at("made", "mine"))).toBe(true);
});

test("a program that is not there is a failure, not a bug", async () => {
  const { run, step } = room();
  const failed = await run([step("", { run: ["no-such-program-at-all"], title: "nothing" })]);
  expect(failed).toMatchObject({
    diagnostics: [
      {
        code: "DEVPM_SETUP_FAILED",
        evidence: [
          ["step", "nothing  (ENOENT)"],
          ["in", expect.any(String)],
        ],
      },
    ],
  });
});

test("ending it ends all it started, and what it was making is made anew", async () => {
  const { run, ran, step, at, root, events } = room();
  const stop = new AbortController();
  const slow = "ls >> ran; mkdir made; test -e finish || { sleep 1000 & (sleep 1001; echo x) & touch began; wait; }";
  const steps = [step(slow, { output: at("made") })];
  const running = run(steps, {}, stop.signal);
  await until("the step to begin", () => existsSync(at("began")));
  expect(processesOf(root).length).toBeGreaterThan(2);
  stop.abort();
  expect(await running).toEqual({ ok: false, diagnostics: [] });
  // it did not fail: it was no longer wanted
  expect(events.at(-1)).toMatchObject({ event: "setup.finished", ok: false, cancelled: true });
  await until("the end of its processes", () => processesOf(root).length === 0);
  expect(existsSync(at("made"))).toBe(true);

  writeFileSync(at("finish"), "");
  rmSync(at("ran"));
  // mkdir would fail on what the first run left
  expect(await run(steps)).toMatchObject({ ok: true });
  expect(ran()).not.toContain("made");
});

test("two apps with one step: it runs once, and both wait for it", async () => {
  const { run, ran, step, events } = room();
  const steps = [step("echo one >> ran")];
  const both = await Promise.all([run(steps, { name: "a" }), run(steps, { name: "b" })]);
  expect(both.map(({ ok }) => ok)).toEqual([true, true]);
  expect(ran()).toEqual(["one"]);
  expect(events.filter(({ event }) => event === "setup.started")).toHaveLength(1);
});

test("two apps with one step that fails: one diagnostic", async () => {
  const { run, step } = room();
  const steps = [step("exit 1")];
  const both = await Promise.all([run(steps, { name: "a" }), run(steps, { name: "b" })]);
  expect(both.map((one) => (one.ok ? -1 : one.diagnostics.length))).toEqual([1, 0]);
});

test("a step sees the shell, the mark, and the venv once it is there", async () => {
  const { run, step, at, write } = room();
  mkdirSync(at("venv/bin"), { recursive: true });
  write("venv/bin/tool", '#!/bin/sh\necho "$DEVPM_SESSION $VIRTUAL_ENV $EXTRA" > said\n');
  await commands.run("chmod", ["+x", at("venv/bin/tool")], { env: {} });
  expect(await run([step("tool", { env: { EXTRA: "more" } })], { venv: at("venv") })).toMatchObject({ ok: true });
  expect(readFileSync(at("said"), "utf8").trim()).toBe(`s1 ${at("venv")} more`);
});

test("a real venv that was interrupted is whole the next time", async () => {
  const { run, at, root } = room();
  const venv: SetupStep = {
    run: ["python3", "-m", "venv", at(".venv")],
    inputs: [],
    output: at(".venv"),
    cwd: root,
    title: "venv",
  };
  const pip: SetupStep = {
    run: [at(".venv/bin/python"), "-m", "pip", "--version"],
    inputs: [],
    output: null,
    cwd: root,
    title: "pip",
  };
  const stop = new AbortController();
  const running = run([venv, pip], { venv: at(".venv") }, stop.signal);
  await until("a beginning of a venv", () => existsSync(at(".venv/pyvenv.cfg")));
  stop.abort();
  expect(await running).toMatchObject({ ok: false });
  await until("the end of its processes", () => processesOf(root).length === 0);
  expect(existsSync(at(".venv/bin/pip"))).toBe(false);
  expect(await run([venv, pip], { venv: at(".venv") })).toMatchObject({ ok: true });
  expect(existsSync(at(".venv/bin/pip"))).toBe(true);
});
