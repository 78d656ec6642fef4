/**
 * The sentinel: a small process of its own that holds one end of a line from the engine. When the line closes the engine is
 * dead, however it died, and the sentinel ends the session as the engine would have. There is no heartbeat and no
 * clock: a stopped engine or a sleeping machine triggers nothing.
 *
 * Arguments, below a shim: the shim's pid and the pid of PM2's daemon. Alone it starts the daemon itself.
 */
import { parseRecord, type SessionRecord } from "../session/record.ts";
import { clock } from "../system/clock.ts";
import { files } from "../system/files.ts";
import { ports } from "../system/ports.ts";
import { helpers, type HelperOptions } from "../system/processes-helpers.ts";
import { processes } from "../system/processes.ts";
import { endSession } from "./end.ts";
import { endedFile, forget, type Ended } from "./sweep.ts";

export interface DaemonCommand {
  file: string;
  args: string[];
  env: Record<string, string>;
  cwd?: string;
  logFile: string;
}

const system = { clock, files, processes, ports };
const [shim, ownDaemon] = process.argv.slice(2).map((pid) => processes.identify(Number(pid)));
const hurry = new AbortController();
let record: SessionRecord | null = null;
let recordFile = "";
let daemon = ownDaemon ?? null;

// a terminal's signals do not reach this session; a killall must not undo what it asks for
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"] as const) {
  process.on(signal, () => {});
}

const line = helpers.inherited(3);
line.onMessage((message) => {
  if (message.release) process.exit(0);
  if (message.hurry) hurry.abort();
  if (message.record) record = parseRecord(JSON.stringify(message.record));
  if (!message.arm) return;
  recordFile = String(message.arm);
  if (message.daemon) startDaemon(message.daemon as DaemonCommand);
  line.send({ armed: true, daemon: daemon?.pid ?? null });
});
await line.closed;
await tearDown();
process.exit(0);

function startDaemon({ file, args, ...options }: DaemonCommand): void {
  const helper = helpers.start(file, args, { ...options, lines: 0 } satisfies HelperOptions);
  daemon = helper && processes.identify(helper.pid);
  void helper?.exited.then(() => line.send({ died: "daemon" }));
}

async function tearDown(): Promise<void> {
  if (!record) return;
  const whole: SessionRecord = {
    ...record,
    shim: shim ?? record.shim,
    sentinel: processes.identify(process.pid),
    daemon: daemon ?? record.daemon,
  };
  const receipt = await endSession(system, { record: whole, hurry: hurry.signal });
  const ended: Ended = { id: whole.id, receipt };
  // with the state folder gone or the disk full there is nobody to tell, and nothing else is lost
  await files.write(endedFile(recordFile), JSON.stringify(ended)).catch(() => {});
  await forget(system, recordFile, whole);
  await files.remove(whole.socket).catch(() => {});
}
