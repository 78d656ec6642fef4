/** The composition root: the real System, argv, and the exit code. Everything else is given what it needs. */
import { setMaxListeners } from "node:events";
import { chdir } from "node:process";
import { runCommandLine } from "./commands/program.ts";
import type { CliDeps } from "./commands/shared/invoke.ts";
import { begunProcess } from "./system/begun.ts";
import { boundedPattern } from "./system/bounded-pattern.ts";
import { clock } from "./system/clock.ts";
import { connectEngine } from "./system/engine/engine-client.ts";
import { takeEnvironment } from "./system/environment.ts";
import { files } from "./system/files/files.ts";
import { invocation } from "./system/invocation.ts";
import { lineInputOf } from "./system/terminal/line-input.ts";
import { logFiles } from "./system/logs/log-files.ts";
import { processes } from "./system/processes/processes.ts";
import { asker } from "./system/terminal/question.ts";
import { signals } from "./system/signals.ts";
import { openTerminal } from "./system/terminal/terminal.ts";
import { once } from "./util/once.ts";
import { version } from "./system/version.ts";

// one signal ends a session, and each app, task and watched file listens to it: Node would call more than ten a leak
setMaxListeners(0);

const environment = takeEnvironment();
const terminal = openTerminal(environment);
const script = process.argv[1] ?? "";

/** Read by system/begin/run-bundle.ts: of which calls the bytecode is kept for those to come. */
export const use = { isEngine: false };

const deps: CliDeps = {
  version,
  // libraries that only `dev`, `down` and `infra` need take 200 ms to load
  system: async (cwd) => {
    const [{ realSystem }, exports] = await Promise.all([import("./system/real.ts"), import("./index.ts")]);
    return realSystem({ ...environment, cwd }, { exports, url: import.meta.resolve("./index.js") });
  },
  commandSystem: (cwd) => ({
    environment: { ...environment, cwd },
    clock,
    files,
    logFiles,
    processes,
    connectEngine,
    mayAppear: true,
    browser: async () => (await import("./system/browser.ts")).openBrowser,
    pattern: boundedPattern,
    network: async () => (await import("./system/network.ts")).network,
    startThread: async (...options) => (await import("./system/thread.ts")).startThread(...options),
  }),
  signals,
  terminal,
  confirm: asker(),
  lineInput: lineInputOf(),
  enter(folder) {
    chdir(folder);
    return process.cwd();
  },
  cwd: environment.cwd,
  becomesEngine: () => void (use.isEngine = true),
  exit: (code) => (process.exitCode = code),
  script,
  invocation: once(() => invocation(script, environment)),
};

const begun = begunProcess();
if (begun) begun.onSignal = (signal) => void endBegun().then(() => signals.stopSelf(signal));

/** What system/begin/early.ts has begun, where no session has taken it. */
async function endBegun(): Promise<void> {
  if (begunProcess() === undefined) return;
  const [{ dropBegun }, { helpers }] = await Promise.all([
    import("./teardown/started-shim.ts"),
    import("./system/processes/helpers.ts"),
  ]);
  await dropBegun({ clock, processes, helpers });
}

async function main(): Promise<void> {
  await runCommandLine(deps, process.argv);
  await Promise.all([terminal.out.flushed(), terminal.err.flushed(), endBegun()]);
  // half an answer is none, for the script that reads the file
  if (terminal.out.lost) {
    terminal.err.write(`devpm: its output could not be written: ${terminal.out.lost}\n`);
    await terminal.err.flushed();
    process.exitCode ||= 1;
  }
  // PM2's sockets and its library's timers would keep the process for seconds
  process.exit();
}

void main();
