import type { Pm2Client } from "../system/pm2/pm2.ts";
import { aborted } from "../util/abort.ts";

/**
 * The client of a daemon that still boots: what it is asked waits for the connection, and what is needed for that is prepared
 * meanwhile. Where the session stops before, nothing is started. A daemon that does not come up is the error of the session, which
 * waits for the connection too, and not once more that of each app: their starts end with the session.
 */
export function deferredClient(connecting: Promise<Pm2Client>, stopping: AbortSignal): Pm2Client {
  return {
    version: async () => (await connecting).version(),
    start: (app) =>
      connecting.then(
        (client) => {
          stopping.throwIfAborted();
          return client.start(app);
        },
        async (error: unknown) => {
          await aborted(stopping);
          throw error;
        },
      ),
    list: async () => (await connecting).list(),
    restart: async (...restarted) => (await connecting).restart(...restarted),
    remove: async (...removed) => (await connecting).remove(...removed),
    write: async (...written) => (await connecting).write(...written),
    // asked for before any app, and so it reads before one is started
    read: (reader) =>
      void connecting.then(
        (client) => client.read(reader),
        () => {},
      ),
    close: async () => (await connecting).close(),
  };
}
