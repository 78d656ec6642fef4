import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { type TestContext, expect } from "vitest";
import { cleanEnvironment } from "../../rigs/environment.ts";
import { freePort } from "../../rigs/ports.ts";
import { processesOf } from "../../rigs/processes.ts";
import { pythonWith } from "../../rigs/python.ts";
import { until } from "../../rigs/wait.ts";
import { FLASK, type Warm, type WarmOptions, startWarm } from "./rig.ts";

/** A program under its plain development command, or under the warm reload: what a save and a request need. */
export type Program = Pick<Warm, "write" | "output"> & {
  get(target: string): Promise<{ status: number; body: string }>;
  root: string;
  port: number;
  /**
   * Starts it again where a save that does not import has ended it, or where it hangs after one, as a developer would; whether
   * it did.
   */
  revive?(isHung: boolean): boolean;
};

/** The file of a program that is saved; the program shows its VALUE in each answer. */
const SAVED = "value.py";
export const valued = (value: string): Record<string, string> => ({ [SAVED]: `VALUE = "${value}"\n` });

/**
 * The plain command: what a developer without devpm types, with the same files and packages. Ends with its test. Without a
 * reloader of its own it is started again after each save.
 */
export async function startPlain(
  ctx: TestContext,
  options: WarmOptions,
  hasReloader: boolean,
): Promise<Program & { end(): Promise<void> }> {
  const venv = await pythonWith(options.requirements ?? FLASK, options.python);
  const base = realpathSync(mkdtempSync(path.join(tmpdir(), "devpm-p-")));
  const root = path.join(base, "app");
  const port = await freePort();
  const write = (file: string, text: string): void => {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  };
  for (const [file, text] of Object.entries(options.files)) write(file, text);
  await options.prepare?.(venv, root);
  let output = "";
  const start = (): ReturnType<typeof spawn> => {
    const words = options.program.map((word) => word.replaceAll("$PORT", String(port)));
    // two saves of one size within a second would be the first one's bytecode
    const env = { ...cleanEnvironment(base), PYTHONDONTWRITEBYTECODE: "1", ...options.env };
    const made = spawn(path.join(venv, "bin/python"), words, { cwd: root, env });
    for (const stream of [made.stdout, made.stderr])
      stream.on("data", (chunk: Buffer) => {
        output += chunk.toString();
      });
    return made;
  };
  let child = start();
  const kill = (): void => {
    for (const { pid } of processesOf(root)) {
      try {
        if (pid !== process.pid) process.kill(pid, "SIGKILL");
      } catch {
        // it has just ended
      }
    }
  };
  const revive = (isHung: boolean): boolean => {
    const ended = child.exitCode !== null || child.signalCode !== null;
    if (isHung && !ended) kill();
    if (isHung || ended) child = start();
    return isHung || ended;
  };
  ctx.onTestFailed(() => console.error(`\n==== plain: ${ctx.task.name}\n${output.slice(-6_000)}\n====`));
  const end = async (): Promise<void> => {
    kill();
    await until("the plain command's end", () => processesOf(root).every(({ pid }) => pid === process.pid));
  };
  ctx.onTestFinished(async () => {
    await end();
    rmSync(base, { recursive: true, force: true, maxRetries: 5 });
  });
  const save = (file: string, text: string): void => {
    write(file, text);
    if (hasReloader) return;
    child.kill("SIGKILL");
    child = start();
  };
  return { root, port, write: save, revive, end, output: () => output, get: (target) => answer(port, target) };
}

/**
 * The same program under its plain command and under the warm reload answers the same: at the first start, after a save,
 * after a save that does not import and its repair, and after ten more. What it answers is returned, stage by stage.
 */
export async function compared(
  ctx: TestContext,
  options: WarmOptions,
  { target = "/", hasReloader = true } = {},
): Promise<Record<string, string>> {
  const [plain, warm] = await Promise.all([startPlain(ctx, options, hasReloader), startWarm(ctx, options)]);
  const [expected, seen] = await Promise.all([stages(plain, target, false), stages(warm, target, true)]);
  expect(seen).toEqual(expected);
  return seen;
}

/** `each`: of the ten saves, each is waited for; the plain command would take seconds for each. */
async function stages(program: Program, target: string, each: boolean): Promise<Record<string, string>> {
  const seen: Record<string, string> = {};
  const write = (value: string): void => {
    for (const [file, text] of Object.entries(valued(value))) program.write(file, text);
  };
  const save = async (value: string): Promise<string> => {
    write(value);
    return shown(program, target, value, () => write(value));
  };
  seen.first = await shown(program, target, "first", () => {});
  seen.saved = await save("second");
  await broken(program, target);
  seen.repaired = await save("third");
  for (let count = 1; count < 10; count += 1) await (each ? save(`save-${count}-`) : write(`save-${count}-`));
  seen.last = await save("save-10-");
  return seen;
}

async function broken(program: Program, target: string): Promise<void> {
  const write = (): void => program.write(SAVED, "VALUE = broken\n");
  write();
  let asked = 0;
  await until(
    "the broken save to show",
    async () => {
      asked += 1;
      if (program.revive !== undefined && asked % AGAIN === 0) write();
      return (await asking(program, target)).status !== 200;
    },
    { everyMs: EVERY_MS },
  );
}

const EVERY_MS = 50;
const AGAIN = 100;
/** How long a request waits for its answer. */
const HUNG_MS = 15_000;

/** The plain command's reloader misses a save between its import and its first look at the files: `again` saves. */
const shown = (program: Program, target: string, value: string, again: () => void): Promise<string> => {
  let asked = 0;
  return until(
    `${target} to answer ${value}`,
    async () => {
      asked += 1;
      if (program.revive?.(false) === false && asked % AGAIN === 0) again();
      const { status, body } = await asking(program, target);
      return status === 200 && body.includes(value) ? withoutPlace(program, body) : null;
    },
    { everyMs: EVERY_MS, describe: () => program.output().slice(-3_000) },
  );
};

/** Under load Werkzeug's reloader can leave a server that accepts and never answers. */
async function asking(program: Program, target: string): ReturnType<Program["get"]> {
  const began = performance.now();
  const answered = await program.get(target);
  if (answered.status === 0 && performance.now() - began >= HUNG_MS * 0.9) program.revive?.(true);
  return answered;
}

/** The two run in folders and on ports of their own. */
const withoutPlace = ({ root, port }: Program, body: string): string =>
  body.replaceAll(root, "ROOT").replaceAll(String(port), "PORT");

/** Status 0 where nothing answers: the plain command refuses connections while it starts. */
function answer(port: number, target: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve) => {
    const request = http.get({ host: "127.0.0.1", port, path: target, agent: false, timeout: HUNG_MS }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (text: string) => {
        body += text;
      });
      // a server that ends in the middle of an answer ends neither it nor the request
      response.on("close", () => resolve({ status: response.complete ? (response.statusCode ?? 0) : 0, body }));
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve({ status: 0, body: "" }));
  });
}
