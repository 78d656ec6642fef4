import type { App } from "../../model/project.ts";
import { matcher } from "../../model/save-rules.ts";
import type { Save } from "../../reload/newest-save.ts";
import { answeredAt, judgeReady, judgeReload, waitFor, type Judge, type Waited } from "./wait.ts";

export interface RestartWait {
  waited: Waited;
  /** What does not count as a save of the app, as of now. */
  ignored: (app: App) => readonly string[];
  timeoutMs: number;
}

/** Longer than any watcher takes to notice a save. */
const NOTICED_MS = 1_500;

/** Until the newest of these saves is what answers, of an app that PM2's watch restarts. */
export async function untilRestarted(wait: RestartWait, app: App, saves: readonly Save[]): Promise<string | null> {
  const { waited, timeoutMs } = wait;
  const deadline = waited.clock.monotonic() + timeoutMs;
  const until = (judge: Judge, ms = Infinity): Promise<string | null> =>
    waitFor(waited, [app.name], judge, Math.max(0, Math.min(ms, deadline - waited.clock.monotonic())));
  const now = (): number => waited.clock.now().getTime();
  const answered = (): number => {
    const model = waited.model().apps.get(app.name);
    return model === undefined ? 0 : answeredAt(model);
  };
  // where the clock was set back, times are in no order: every save counts as noticed after a moment
  if (newest([answered(), ...saves.map(({ at }) => at)]) > now()) {
    await waited.clock.sleep(NOTICED_MS, waited.gone);
    return until(judgeReload(new Map()));
  }
  const open = saves.filter(({ at }) => at > answered());
  const judge = byTime(wait, app, open);
  const problem = await until(judge);
  if (problem !== null) return problem;
  // a file that was moved there has an older time
  const moved = newest(counted(wait, app, saves).map(({ changed }) => changed));
  const left = Math.ceil(moved + NOTICED_MS - now());
  if (moved <= answered() || left <= 0 || left > NOTICED_MS) return null;
  await until(({ status: { state } }) => (state === "ready" ? null : { done: true, error: null }), left);
  return until(judge);
}

const newest = (times: readonly number[]): number => times.reduce((most, at) => Math.max(most, at), 0);

/** What the app's own command was found to write does not restart it any more. */
function counted({ ignored }: RestartWait, app: App, saves: readonly Save[]): readonly Save[] {
  const isIgnored = matcher(app.cwd, ignored(app));
  return saves.filter(({ file }) => !isIgnored(file));
}

function byTime(wait: RestartWait, app: App, saves: readonly Save[]): Judge {
  let known = -1;
  let judge = judgeReady;
  return (model) => {
    const { length } = wait.ignored(app);
    if (length !== known) {
      known = length;
      judge = judgeReload(new Map([[app.name, newest(counted(wait, app, saves).map(({ at }) => at))]]));
    }
    return judge(model);
  };
}
