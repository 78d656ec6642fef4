import { readFileSync } from "node:fs";
import { expect, it, type TestContext } from "vitest";
import { LONGEST_LINE, LONGEST_SHOWN_LINE } from "../../../src/model/limits.ts";
import { sessionRecord } from "../../rigs/control.ts";
import { builtDevpm } from "../../rigs/devpm.ts";
import { alive, look } from "../../rigs/processes.ts";
import { runProgram, startProgram } from "../../rigs/program.ts";
import { openProject, type Project } from "../../rigs/project.ts";
import { PYTHON } from "../../rigs/terminal.ts";
import { until } from "../../rigs/wait.ts";

/** Resident, in MB: about twice what either takes while it is busy, a tenth of what they grew to without bounds. */
const MOST_MB = { daemon: 160, engine: 280 };

/** Prints numbered lines, as many as it is told or for ever, each in one write with many others. */
const COUNTER = `
import os, sys, time
if len(sys.argv) > 2:
    print("waiting", flush=True)
    while not os.path.exists(sys.argv[2]):
        time.sleep(0.01)
count = float(sys.argv[1]) if len(sys.argv) > 1 else float("inf")
n = 0
while n < count:
    last = int(min(count, n + 2000))
    sys.stdout.write("".join(f"line {at} xxxxxxxxxxxxxxxxxxxx\\n" for at in range(n, last)))
    sys.stdout.flush()
    n = last
print("counted", flush=True)
time.sleep(1000000)
`;

/** Runs a command, and prints what its largest process held. */
const MOST_MEMORY = `
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE)
sys.stdout.buffer.write(done.stdout)
sys.stdout.flush()
print("held", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024, "MB")
`;

const counting = (ctx: TestContext, command: string, more: Record<string, string> = {}): Promise<Project> =>
  openProject(ctx, {
    files: {
      "count.py": COUNTER,
      "ecosystem.config.json": JSON.stringify({ apps: { counter: { command } } }),
      ...more,
    },
  });

const status = (pid: number): string => readFileSync(`/proc/${pid}/status`, "utf8");
const megabytes = (pid: number): number => Number(/^VmRSS:\s+(\d+)/m.exec(status(pid))?.[1]) / 1024;
const megabytesAtMost = (pid: number): number => Number(/^VmHWM:\s+(\d+)/m.exec(status(pid))?.[1]) / 1024;

function pidsOf(project: Project): { daemon: number; engine: number } {
  const { daemon, engine } = sessionRecord(project);
  return { daemon: daemon?.pid ?? 0, engine: engine.pid };
}

/** The number of the newest line in the history; it grows across rotations. */
async function written(project: Project): Promise<number> {
  const { stdout } = await project.devpm(["logs", "counter", "-n", "2", "--no-follow", "--json"]);
  return Math.max(0, ...[...stdout.matchAll(/line (\d+)/g)].map(([, n]) => Number(n)));
}

const untilWritten = (project: Project, count: number): Promise<number> =>
  until(`${count} lines in the history`, async () => (await written(project)) >= count, {
    deadlineMs: 150_000,
    everyMs: 500,
  }) as unknown as Promise<number>;

function expectBounded(project: Project): void {
  const { daemon, engine } = pidsOf(project);
  expect({ daemon: megabytesAtMost(daemon) }).toSatisfy(({ daemon: mb }: { daemon: number }) => mb < MOST_MB.daemon);
  expect({ engine: megabytesAtMost(engine) }).toSatisfy(({ engine: mb }: { engine: number }) => mb < MOST_MB.engine);
}

it("an app that never stops printing fills no memory, and ends like any other", async (ctx) => {
  const project = await counting(ctx, "python3 count.py");
  expect(await project.devpm(["dev", "-d"])).toMatchObject({ code: 0 });
  await untilWritten(project, 2_000_000);
  expectBounded(project);
  // the session answers meanwhile
  expect((await project.devpm(["status"])).stdout).toMatch(/counter +(?:ready|running)/);
  expect(await project.devpm(["down"])).toMatchObject({ code: 0 });
  // a search through all that is kept of it
  const search = ["devpm", "logs", "--no-follow", "--grep", "line \\d*99999 "];
  const searched = await runProgram([PYTHON, "-c", MOST_MEMORY, ...search], { cwd: project.root, env: project.env });
  const [, found = "", mb] = /^([^]*)held (\d+) MB\n$/.exec(searched.stdout) ?? [];
  expect(found).toMatch(/^counter \| line \d*99999 x+\n/);
  expect(Number(mb)).toBeLessThan(150);
  await project.nothingLeft();
});

it("a reader that reads nothing holds up neither the history nor the end", async (ctx) => {
  const project = await counting(ctx, "python3 count.py");
  const [node = "", script = ""] = builtDevpm();
  const piped = startProgram(["bash", "-c", `'${node}' '${script}' dev | sleep 100000`], {
    cwd: project.root,
    env: project.env,
    detached: true,
  });
  await until("the session", () => pidsOf(project).daemon > 0);
  await untilWritten(project, 1_000_000);
  expectBounded(project);
  const { engine } = pidsOf(project);
  const before = look(engine);
  expect(await project.devpm(["down"])).toMatchObject({ code: 0 });
  await until("the end of devpm, whose output still waits for its reader", () => before && !alive(before));
  process.kill(-piped.pid, "SIGKILL");
  await project.nothingLeft();
});

it("a reader that falls behind is told what it missed, and goes on with what comes", async (ctx) => {
  const project = await counting(ctx, "python3 count.py 600000");
  const gate = project.path("go");
  const script = `devpm dev | { sed -n '/counter/q'; while [ ! -e '${gate}' ]; do sleep 0.1; done; cat; }`;
  const piped = startProgram(["bash", "-c", script], { cwd: project.root, env: project.env, detached: true });
  await until("the session", () => pidsOf(project).daemon > 0);
  await untilWritten(project, 599_000);
  project.write("go", "");
  const [, count = ""] = await piped.waitFor(/([\d ]+) lines were not shown, .*see devpm logs/);
  expect(Number(count.replaceAll(" ", ""))).toBeGreaterThan(100_000);
  expect(await project.devpm(["down"])).toMatchObject({ code: 0 });
  await piped.waitFor(/stopped counter/);
  await project.nothingLeft();
});

it("an engine that is stopped and continued loses nothing, and the app waits meanwhile", async (ctx) => {
  // more than all buffers between the two hold
  const count = 200_000;
  const project = await counting(ctx, `python3 count.py ${count} go`);
  const dev = startProgram(["bash", "-c", "exec devpm dev >shown"], { cwd: project.root, env: project.env });
  await until("the app", () => project.read("shown").includes("counter | waiting\n"));
  const { daemon, engine } = pidsOf(project);
  process.kill(engine, "SIGSTOP");
  project.write("go", "");
  // everything between the app and the engine fills up: then the app writes no further
  const app = /^PPid:\s+(\d+)/m;
  const python = await until("the app", () =>
    project
      .left()
      .find(({ pid, command }) => command.includes("count.py") && Number(app.exec(status(pid))?.[1]) === daemon),
  );
  const wchar = (): string => /^wchar: (\d+)/m.exec(readFileSync(`/proc/${python.pid}/io`, "utf8"))?.[1] ?? "";
  let before = "";
  await until("the app to wait", () => before === (before = wchar()), { everyMs: 300 });
  expect(megabytes(daemon)).toBeLessThan(MOST_MB.daemon);
  process.kill(engine, "SIGCONT");
  const shown = await until("its last line", () => {
    const text = project.read("shown");
    return /^counter \| counted\n/m.test(text) ? text : null;
  });
  const numbers = [...shown.matchAll(/^counter \| line (\d+) x{20}$/gm)].map(([, n]) => Number(n));
  expect(numbers.length).toBe(count);
  expect(numbers.every((n, at) => n === at)).toBe(true);
  dev.kill("SIGINT");
  expect(await dev.ended()).toMatchObject({ code: 130 });
  await project.nothingLeft();
});

it("a very long line is whole in the history, and its beginning is shown with what is missing", async (ctx) => {
  const long = 300_000;
  const endless = 5_000_000;
  const project = await openProject(ctx, {
    files: {
      "long.py": `import sys
sys.stdout.write("a" * ${long} + "\\n" + "b" * ${endless} + "\\n" + "next\\n")
sys.stdout.flush()
import time
time.sleep(1000000)`,
      "ecosystem.config.json": JSON.stringify({ apps: { long: { command: "python3 long.py" } } }),
    },
  });
  const dev = project.start(["dev"]);
  await dev.waitFor(/long {2}\| next\n/);
  const shown = dev.stdout
    .text()
    .split("\n")
    .filter((line) => /\| [ab]{9}/.test(line));
  expect(shown.map((line) => line.replaceAll(/([ab])\1+/g, (run, letter) => `${letter}×${run.length}`))).toEqual([
    `long  | a×${LONGEST_SHOWN_LINE} … (${long - LONGEST_SHOWN_LINE} more characters of this line: devpm logs long)`,
    expect.stringMatching(
      new RegExp(`^long  \\| b×${LONGEST_SHOWN_LINE} … \\(\\d+ more characters of this line: devpm logs long\\)$`),
    ),
  ]);
  const { stdout } = await project.devpm(["logs", "long", "--no-follow", "--json"]);
  const lines = stdout
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { line: string }).line);
  expect(lines.map((line) => line.replaceAll(/([ab])\1+/g, (run, letter) => `${letter}×${run.length}`))).toEqual([
    `a×${long}`,
    `b×${LONGEST_LINE} … (devpm cut ${endless - LONGEST_LINE} more characters of this line)`,
    "next",
  ]);
  dev.kill("SIGINT");
  expect(await dev.ended()).toMatchObject({ code: 130 });
  await project.nothingLeft();
});
