import { instanceOf } from "../../model/instance.ts";
import type { ReportedState } from "../../model/status.ts";
import type { SessionRecord } from "../../model/session-record.ts";
import { everySession } from "../../checkout/all-sessions.ts";
import { findSilent } from "../shared/silent-session.ts";
import { colorsFor, print, printJson, type CommandContext } from "../shared/context.ts";

interface Listed {
  project: string;
  root: string;
  id: string;
  pid: number;
  /** As in `status`; `dead`: its engine has ended and it was not torn down yet. */
  state: ReportedState | "dead";
  ports: number[];
}

/** `devpm list`: this user's sessions, found by their session files in devpm's state folder. */
export async function list(context: CommandContext, { json }: { json: boolean }): Promise<number> {
  const sessions = await allSessions(context);
  if (json) {
    printJson(context, { sessions });
    return 0;
  }
  const { out } = context.terminal;
  if (sessions.length === 0) {
    print(out, ["No session is running."]);
    return 0;
  }
  const { table } = await import("../../ui/table.ts");
  const colors = await colorsFor(context, "out");
  const rows = sessions.map(({ project, state, ports, pid, root }) => ({
    PROJECT: project,
    STATE: state === "unresponsive" ? "does not answer" : state,
    PORTS: ports.join(", "),
    PID: String(pid),
    FOLDER: root,
  }));
  print(
    out,
    table(rows, out.columns, colors, (column, text) => (column === "STATE" && text === "dead" ? colors.red : null)),
  );
  return 0;
}

async function allSessions(context: CommandContext): Promise<Listed[]> {
  const { files, environment } = context.system;
  const sessions = await everySession(files, environment);
  return Promise.all(
    sessions.map(async (record) => {
      const { project, root, id, engine, ports } = record;
      return { project, root, id, pid: engine.pid, state: await stateOf(context, record), ports };
    }),
  );
}

async function stateOf(context: CommandContext, { engine, root, state }: SessionRecord): Promise<Listed["state"]> {
  const { system } = context;
  if (!system.processes.alive(engine)) return "dead";
  const instance = instanceOf(root, system.environment);
  const client = await system.connectEngine(instance);
  client?.close();
  return client === null && (await findSilent(context, instance)) !== null ? "unresponsive" : state;
}
