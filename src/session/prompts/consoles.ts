import type { Launcher } from "../apps/launcher.ts";
import type { Member } from "../apps/member.ts";
import type { AppOutput } from "../apps/output.ts";
import type { Clock } from "../../system/clock.ts";
import type { Pm2Client } from "../../system/pm2/pm2.ts";
import type { Consoles } from "./prompts.ts";

/** A client that waits for its answer gives up after about as long; an agent's command after two minutes. */
const DEFAULT_SECONDS = 90;

/** For less than this PM2's daemon leaves a pipe unread (patch-output.ts). */
const UNREAD_MS = 10;

export interface ConsolesOptions {
  clock: Pick<Clock, "sleep">;
  client: Pick<Pm2Client, "version" | "write">;
  launcher: Launcher;
  output: AppOutput;
  member: (app: string) => Member | undefined;
}

/** The consoles of a session's apps. */
export const consolesOf = ({ clock, client, launcher, output, member }: ConsolesOptions): Consoles => ({
  unfinished: output.unfinished,
  finish: output.finish,
  async write(app, text) {
    const id = member(app)?.process.id ?? null;
    if (id !== null) await client.write(id, text);
  },
  recent: (app) => ({ lines: member(app)?.run.recent ?? [], folder: member(app)?.run.app.cwd ?? "" }),
  isWarm: launcher.isWarm,
  seconds: (app) => secondsOf(launcher.variables(app).DEVPM_PROMPT_SECONDS),
  async printed() {
    try {
      await client.version();
      await clock.sleep(UNREAD_MS);
      await client.version();
      // by now its daemon has sent it on, by another socket than this answer: it is read here before the next one
      await client.version();
    } catch {
      // the daemon is gone, and nothing more comes
    }
  },
});

/** 0 is for ever; what is no number counts as not given. */
export function secondsOf(given: string | undefined): number {
  const seconds = given === undefined || given.trim() === "" ? Number.NaN : Number(given);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : DEFAULT_SECONDS;
}
