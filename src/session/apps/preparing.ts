import type { System } from "../../system/system.ts";
import type { SessionContext } from "../context.ts";
import { setUp } from "../set-up.ts";
import type { ColdFiles } from "./cold-files.ts";
import type { Installed } from "./installed.ts";
import type { Member } from "./member.ts";

/** Runs the set-up steps whose inputs changed. A failed one leaves the app as it is, and is reported. */
export type Prepare = (member: Pick<Member, "run" | "process">) => Promise<boolean>;

type Options = Pick<SessionContext, "instance" | "stream" | "stopping" | "lock"> & {
  coldFiles: ColdFiles;
  installed: Pick<Installed, "done" | "failed">;
};

export function createPreparing(system: System, { coldFiles, installed, ...options }: Options): Prepare {
  const { instance, stream, stopping, lock } = options;
  const { emit } = stream;
  return async ({ run: { app }, process }) => {
    const runs = async (): Promise<boolean> => (await process.current().catch(() => null)) !== null;
    const isDone = await setUp(system, app, { instance, session: lock.record.id, emit, stopping, runs });
    if (isDone) {
      installed.done(app.name);
      await coldFiles.note(app);
    } else if (!stopping.aborted && (await runs())) installed.failed(app.name);
    else if (!stopping.aborted) emit({ event: "app.failed", app: app.name, reason: "its set-up failed" });
    return isDone;
  };
}
