import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { execFileSync, spawn } from "node:child_process";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestContext } from "vitest";
import { REPOSITORY, builtDevpm, installedDevpm } from "./devpm.ts";
import { cleanEnvironment } from "./environment.ts";
import type { Namespace } from "./namespace.ts";
import { listening } from "./ports.ts";
import { type Seen, alive, look, processesOf, tree } from "./processes.ts";
import { type Finished, type Running, runProgram, startProgram } from "./program.ts";
import { save } from "./save.ts";
import { type Terminal, openShell, openTerminal } from "./terminal.ts";
import { textsBelow } from "./texts.ts";
import { GONE_MS, until } from "./wait.ts";

export interface ProjectOptions {
  /** A folder of the repository that is copied, without what is installed in it. */
  from?: string;
  /** Files and folders of the repository, each copied to the same place in the project. */
  copies?: readonly string[];
  /** Files written after that: path in the project → text. */
  files?: Readonly<Record<string, string>>;
  /** The path then holds spaces and letters outside ASCII. */
  awkwardPath?: boolean;
  /** `dist` (default): the checkout's build. `tarball`: as `npm install devpm` gives it. */
  devpm?: "dist" | "tarball";
  env?: Readonly<Record<string, string>>;
  /** Everything of it runs in there. A signal sent to a `Running` then reaches the rig alone: use a terminal. */
  namespace?: Namespace;
  /** Put before every devpm, as `setpriv …` or `unshare …`. */
  through?: readonly string[];
  /** The user id that its folders belong to; root's by default. */
  owner?: number;
}

/** A project of its own in a temporary folder, with a home and a DEVPM_HOME of its own, and what devpm did in it. */
export interface Project {
  root: string;
  home: string;
  devpmHome: string;
  /** What every command of it is started with. Change it before you start one. */
  env: Record<string, string>;
  path(...parts: string[]): string;
  read(file: string): string;
  write(file: string, text: string): void;
  /** Fails when `from` is not there exactly as given: an edit that changes nothing proves nothing. */
  edit(file: string, from: string, to: string): void;
  /** Runs `devpm ARGS` to its end. */
  devpm(args: readonly string[], options?: CommandOptions & { deadlineMs?: number }): Promise<Finished>;
  /** Starts `devpm ARGS`, not in a terminal. */
  start(args: readonly string[], options?: CommandOptions & { detached?: boolean }): Running;
  /** Starts `devpm ARGS` as the foreground job of a real terminal. */
  terminal(
    args: readonly string[],
    options?: CommandOptions & { columns?: number; rows?: number; through?: readonly string[] },
  ): Promise<Terminal>;
  /** An interactive bash in a real terminal; `devpm` is on its PATH. */
  shell(options?: { columns?: number; rows?: number }): Promise<Terminal>;
  /** Processes that belong to this project in any way, whatever their parent is now. */
  left(): Seen[];
  /** Nothing of it lives or listens on `ports`, and what is foreign still lives. */
  nothingLeft(options?: { ports?: readonly number[]; deadlineMs?: number }): Promise<void>;
  /** Everything a failure should show. */
  story(): string;
}

export interface CommandOptions {
  cwd?: string;
  env?: Readonly<Record<string, string | undefined>>;
}

const NOT_COPIED = new Set(["node_modules", ".venv", "__pycache__", "dist", ".git"]);

/** Ends with its test: on failure the whole story is printed, and whatever is left is ended and fails the test. */
export async function openProject(ctx: TestContext, options: ProjectOptions = {}): Promise<Project> {
  const base = realpathSync(mkdtempSync(path.join(tmpdir(), "devpm-t-")));
  const root = path.join(base, options.awkwardPath ? "My Prøject ünd 市場" : "project");
  const home = path.join(base, "home");
  const devpmHome = path.join(base, "state");
  mkdirSync(root);
  mkdirSync(home);
  const command = options.devpm === "tarball" ? installedDevpm().command : builtDevpm();
  if (options.from !== undefined) {
    copy(options.from, root);
  }
  for (const name of options.copies ?? []) copy(name, path.join(root, name));
  const bin = path.join(base, "bin");
  mkdirSync(bin);
  const env: Record<string, string> = { ...cleanEnvironment(home), DEVPM_HOME: devpmHome, ...options.env };
  env.PATH = `${bin}:${env.PATH}`;
  writeFileSync(path.join(bin, "devpm"), `#!/bin/sh\nexec ${command.map((word) => `'${word}'`).join(" ")} "$@"\n`, {
    mode: 0o755,
  });

  const runs: { argv: string; output: () => string }[] = [];
  const terminals: Terminal[] = [];
  const innocent = startInnocent(root);
  const { namespace } = options;
  const entering = (cwd: string): readonly string[] => [...(namespace?.enter(cwd) ?? []), ...(options.through ?? [])];
  const inEnvironment = (given: CommandOptions): { cwd: string; env: Record<string, string | undefined> } => ({
    cwd: given.cwd ?? root,
    env: { ...env, ...given.env },
  });

  const project: Project = {
    root,
    home,
    devpmHome,
    env,
    path: (...parts) => path.join(root, ...parts),
    read: (file) => readFileSync(path.join(root, file), "utf8"),
    write(file, text) {
      mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
      save(path.join(root, file), text);
    },
    edit(file, from, to) {
      const text = project.read(file);
      if (!text.includes(from)) throw new Error(`${file} does not hold ${JSON.stringify(from)}`);
      project.write(
        file,
        text.replace(from, () => to),
      );
    },
    async devpm(args, { deadlineMs, ...given } = {}) {
      const finished = await runProgram([...entering(given.cwd ?? root), ...command, ...args], {
        ...inEnvironment(given),
        ...(deadlineMs === undefined ? {} : { deadlineMs }),
      });
      runs.push({ argv: args.join(" "), output: () => `${finished.output}[${finished.signal ?? finished.code}]` });
      return finished;
    },
    start(args, { detached, ...given } = {}) {
      const running = startProgram([...entering(given.cwd ?? root), ...command, ...args], {
        ...inEnvironment(given),
        ...(detached === undefined ? {} : { detached }),
      });
      runs.push({ argv: args.join(" "), output: () => running.output() });
      return running;
    },
    async terminal(args, { columns, rows, through = [], ...given } = {}) {
      const terminal = await openTerminal([...(options.through ?? []), ...through, ...command, ...args], {
        ...inEnvironment(given),
        ...(namespace === undefined ? {} : { through: namespace.enter() }),
        ...(columns === undefined ? {} : { columns }),
        ...(rows === undefined ? {} : { rows }),
      });
      terminals.push(terminal);
      runs.push({ argv: `${args.join(" ")} (in a terminal)`, output: () => terminal.output() });
      return terminal;
    },
    async shell(size = {}) {
      const shell = await openShell({
        cwd: root,
        env,
        ...(namespace === undefined ? {} : { through: namespace.enter() }),
        ...size,
      });
      terminals.push(shell);
      runs.push({ argv: "(a shell)", output: () => shell.output() });
      return shell;
    },
    left: () => processesOf(base).filter((seen) => seen.pid !== innocent.pid),
    async nothingLeft({ ports = [], deadlineMs = GONE_MS } = {}) {
      const held = (): number[] => (namespace?.listening() ?? listening()).filter((port) => ports.includes(port));
      await until("nothing to be left", () => project.left().length === 0 && held().length === 0, {
        deadlineMs,
        describe: () => `${tree(project.left())}\nlistened on: ${held().join(", ") || "none"}`,
      });
      if (!alive(innocent)) throw new Error("a process that is not devpm's, in the project's folder, was ended");
    },
    story: () =>
      [
        ...runs.map((run) => `$ devpm ${run.argv}\n${run.output()}`),
        `processes:\n${tree(project.left()) || "  none"}`,
        ...stateFiles(devpmHome),
      ].join("\n--------\n"),
  };

  for (const [file, text] of Object.entries(options.files ?? {})) project.write(file, text);
  if (options.owner !== undefined) execFileSync("chown", ["-R", String(options.owner), base]);
  ctx.onTestFinished(async () => {
    const failed = ctx.task.result?.state === "fail";
    // vitest calls onTestFailed after this, when there is nothing to see any more
    if (failed)
      console.error(`\n======== ${ctx.task.name}: the whole story, in ${root}\n${project.story()}\n========\n`);
    for (const terminal of terminals) terminal.close();
    // what ends takes a moment; what does not end is reported below
    if (!failed)
      await until("nothing to be left", () => project.left().length === 0, { deadlineMs: GONE_MS }).catch(() => {});
    const left = project.left();
    const story = left.length > 0 ? project.story() : "";
    await endAll(project);
    if (alive(innocent)) process.kill(innocent.pid, "SIGKILL");
    rmSync(base, { recursive: true, force: true, maxRetries: 5 });
    if (left.length > 0 && !failed) {
      throw new Error(`the test ended with processes of devpm's left:\n${tree(left)}\n${story}`);
    }
  });
  return project;
}

function copy(name: string, to: string): void {
  const source = path.join(REPOSITORY, name);
  cpSync(source, to, {
    recursive: true,
    filter: (from) => !NOT_COPIED.has(path.basename(from)) || from === source,
  });
}

/** In the project's folder, as an editor or a shell is, and none of devpm's business. */
function startInnocent(root: string): Seen {
  const child = spawn("sleep", ["100000"], { cwd: root, stdio: "ignore", env: { PATH: process.env.PATH } });
  child.unref();
  const seen = look(child.pid ?? 0);
  if (!seen) throw new Error("sleep could not be started");
  return seen;
}

async function endAll(project: Project): Promise<void> {
  await until("the end of what a test left", () => {
    for (const seen of project.left()) {
      try {
        process.kill(seen.pid, "SIGKILL");
      } catch {
        // it has just ended
      }
    }
    return project.left().length === 0;
  });
}

/** What devpm wrote down, the longest of it cut. */
function stateFiles(folder: string): string[] {
  if (!existsSync(folder)) return [`no folder ${folder}`];
  return textsBelow(folder)
    .filter(({ file }) => /\.(json|jsonl|log)$/.test(file) && !path.dirname(file).endsWith("/env"))
    .map(({ file, text }) => `${path.relative(folder, file)}:\n${text.slice(-3_000)}`);
}
