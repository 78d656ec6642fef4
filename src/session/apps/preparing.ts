import type { System } from "../../system/system.ts";
import type { SessionContext } from "../context.ts";
import { setUp } from "../set-up.ts";
import type { ColdFiles } from "./cold-files.ts";
import type { Member } from "./member.ts";

/** Runs the set-up steps whose inputs changed. A failed one leaves the app as it is, and is reported. */
export type Prepare = (member: Pick<Member, "run" | "process">) => Promise<boolean>;

type Options = Pick<SessionContext, "instance" | "stream" | "stopping" | "lock"> & { coldFiles: ColdFiles };

export function createPreparing(system: System, { coldFiles, ...options }: Options): Prepare {
  const { instance, stream, stopping, lock } = options;
  const { emit } = stream;
  return async ({ run: { app }, process }) => {
    const runs = async (): Promise<boolean> => (await process.current().catch(() => null)) !== null;
    const isDone = await setUp(system, app, { instance, session: lock.record.id, emit, stopping, runs });
    if (isDone) await coldFiles.note(app);
    else if (!stopping.aborted && !(await runs())) {
      emit({ event: "app.failed", app: app.name, reason: "its set-up failed" });
    }
    return isDone;
  };
}
