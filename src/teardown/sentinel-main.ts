/**
 * The sentinel: a small process of its own that holds one end of a line from the engine. When the line closes the engine is
 * dead, however it died, and the sentinel ends the session as the engine would have. There is no heartbeat and no
 * clock: a stopped engine or a suspended machine triggers nothing. Where there is a shim a python waits in its place
 * (shim_lifeline.py), and this begins when the engine is gone: what it has sent can then be read, and the line's end.
 *
 * Arguments: the session's id, visible in process lists, and the shim's pid where there is one. Descriptor 5 then leads
 * to it. Alone the sentinel starts PM2's daemon itself.
 */
import { writeSync } from "node:fs";
import { printTo } from "../system/terminal/print-to.ts";
import { helpers } from "../system/processes/helpers.ts";
import type { ProgramCommand } from "../system/begin/shim.ts";
import type { Sentinel } from "./sentinel.ts";

interface DaemonCommand extends ProgramCommand {
  cwd?: string;
  /** What it prints goes here. */
  logFile: string;
}

// alone it is armed once it listens; what it will need is loaded while the session starts, before it could be removed
const sentinel: Promise<Sentinel> = import("./sentinel.ts").then((module) => module.createSentinel(process.pid));

// a terminal's signals do not reach this session; a killall must not stop the teardown that it causes
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"] as const) {
  process.on(signal, () => {});
}

const shim = process.argv[3] === undefined ? undefined : Number(process.argv[3]);
let daemon: number | undefined;
const line = helpers.inherited(3);
line.onMessage((message) => {
  if (message.release) process.exit(0);
  // it may have been started before there was a session
  if (typeof message.logFile === "string") printTo(message.logFile);
  if (message.daemon) daemon = startDaemon(message.daemon as DaemonCommand);
  // with a shim its python has said so, and the engine is gone
  if (message.arm && shim === undefined) line.send({ armed: true, daemon });
  void sentinel.then((one) => one.take(message, shim, daemon));
});
await line.closed;
// another devpm may have been installed since, which cannot read this one's record: then the shim ends the session, in order
if ((await (await sentinel).tearDown()) && shim !== undefined) tellDone();
process.exit(0);

/** Without it the shim would take this end for a crash, and signal every process again. */
function tellDone(): void {
  try {
    writeSync(5, "done");
  } catch {
    // the shim is gone: nothing to notify
  }
}

function startDaemon({ file, args, ...options }: DaemonCommand): number | undefined {
  const helper = helpers.start(file, args, { ...options, lines: 0 });
  void helper?.exited.then(() => line.send({ died: "daemon" }));
  return helper?.pid;
}
