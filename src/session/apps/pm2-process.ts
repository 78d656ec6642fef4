import type { App } from "../../model/project.ts";
import type { Pm2App, Pm2Client } from "../../system/pm2/pm2.ts";
import type { AppProcess } from "./app-run.ts";

/** One app under PM2: started, replaced where its options have changed, else restarted. */
export interface AppUnderPm2 {
  /** PM2's id, once it was started. */
  readonly id: number | null;
  /** Runs it with these options and returns the new process. Rejects where PM2 could not. */
  run(app: App, options: Pm2App): Promise<AppProcess>;
  /** PM2 ends it with its children, and removes it from its list. */
  remove(graceMs: number): Promise<void>;
  /** The current process as PM2 reports it; null when there is none. */
  current(): Promise<AppProcess | null>;
}

/** Beyond an app's own grace. */
const REMOVE_MS = 2_000;
/** The same, and it is started again. */
const RESTART_MS = 5_000;

export function createPm2Process(client: Pm2Client, name: string, namespace: string): AppUnderPm2 {
  let id: number | null = null;
  /** The options it was started with. */
  let startedWith = "";
  let startedOptions: Record<string, unknown> = {};

  const listed = async () => (await client.list()).filter((one) => one.name === name && one.namespace === namespace);

  async function current(): Promise<AppProcess | null> {
    const [found] = await listed();
    return found?.pid ? processOf(found) : null;
  }

  /** All of them, where PM2 runs several (`instances`). */
  const idsOf = async (first: number, { instances }: Record<string, unknown>): Promise<number[]> =>
    instances === undefined ? [first] : (await listed()).map((one) => one.id);

  async function remove(graceMs: number): Promise<void> {
    const present = id;
    id = null;
    if (present === null) return;
    for (const one of await idsOf(present, startedOptions)) await client.remove(one, graceMs + REMOVE_MS);
  }

  return {
    get id() {
      return id;
    },
    current,
    remove,
    async run(app, options) {
      const wanted = JSON.stringify(options);
      if (wanted !== startedWith) await remove(app.graceMs);
      if (id === null) {
        const started = await client.start(options);
        id = started.id;
        startedWith = wanted;
        startedOptions = options;
        return processOf(started);
      }
      for (const one of await idsOf(id, options)) await client.restart(one, app.graceMs + RESTART_MS);
      const process = await current();
      if (!process) throw new Error("PM2 restarted it, and it is not there");
      return process;
    },
  };
}

const processOf = ({ pid, startedAt }: { pid: number | null; startedAt: number }): AppProcess => ({
  pid: pid ?? 0,
  startedAt,
});
