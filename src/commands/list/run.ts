import type { SessionRecord } from "../../model/session-record.ts";
import { everySession } from "../../session/store/all-sessions.ts";
import { colorsFor, print, printJson, type CommandContext } from "../shared/context.ts";

interface Listed {
  project: string;
  root: string;
  id: string;
  pid: number;
  /** As in `status`; `dead`: its engine has ended and it was not torn down yet. */
  state: SessionRecord["state"] | "dead";
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
    STATE: state,
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

async function allSessions({ system }: CommandContext): Promise<Listed[]> {
  const { files, environment, processes } = system;
  return (await everySession(files, environment)).map(({ project, root, id, engine, ports, state }) => ({
    project,
    root,
    id,
    pid: engine.pid,
    state: processes.alive(engine) ? state : "dead",
    ports,
  }));
}
