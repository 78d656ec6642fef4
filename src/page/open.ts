import type { System } from "../system/system.ts";
import { createAdmission } from "./admission.ts";
import { failedReply } from "./headers.ts";
import { openHistoryThread } from "./history.ts";
import { createLooks } from "./looks.ts";
import type { MachineSystem } from "./machine.ts";
import { handle, type PageParts } from "./routes.ts";
import type { PageSession } from "./session.ts";

/** The page of a session while it is served. */
export interface OpenPage {
  /** Another link, for one browser. */
  url(): string;
  close(): Promise<void>;
}

export type PageSystem = MachineSystem & Pick<System, "servePage" | "startThread" | "clock" | "releaseMemory">;

/** Serves the page on a port of its own, until it is closed. */
export async function openPage(system: PageSystem, session: PageSession): Promise<OpenPage> {
  const { clock, environment } = system;
  const history = await openHistoryThread(system, session);
  const looks = createLooks(system);
  let parts: PageParts | null = null;
  const server = await system.servePage((request) => {
    if (parts === null) return Promise.resolve(failedReply(null));
    return handle(parts, request).catch(() => failedReply(null));
  });
  const admission = createAdmission({ port: server.port, uid: environment.uid, now: clock.monotonic });
  parts = { system, session, history, looks, admission };
  return {
    url: () => `http://127.0.0.1:${server.port}${admission.link()}`,
    async close() {
      history.close();
      looks.close();
      await server.close();
    },
  };
}
