import type { CatchingUp } from "../apps/catching-up.ts";
import type { Judge, Waited } from "./wait.ts";
import { judgeReady, judgeReload, waitFor } from "./wait.ts";

export interface WarmWait {
  name: string;
  catchingUp: CatchingUp;
  /** Absolute: the save that is asked for; null: all. */
  file: string | null;
  /** When the newest save was made, in ms of the wall clock: where no warm Python is there to ask. */
  newest: () => Promise<number>;
  /** What is said of a file that the app writes itself. */
  unread: string;
  timeoutMs: number;
}

/** Until its warm Python says that it has caught up with the saves so far, and it is ready. */
export async function waitForWarm(waited: Waited, wait: WarmWait): Promise<string | null> {
  const { name, catchingUp, file, timeoutMs } = wait;
  let look = (): void => {};
  const question = catchingUp.ask(() => look());
  // one that takes the place of this one begins later
  const newest = question.state === "unasked" ? await wait.newest() : waited.clock.now().getTime();
  const byTime = judgeReload(new Map([[name, newest]]));
  const judge: Judge = (app) => {
    if (question.state === "asked") return null;
    const verdict = judgeReady(app);
    return question.state === "caught up" || verdict?.error ? verdict : byTime(app);
  };
  const subscribe: Waited["subscribe"] = (listener) => {
    look = listener;
    return waited.subscribe(listener);
  };
  try {
    const problem = await waitFor({ ...waited, subscribe }, [name], judge, timeoutMs);
    return problem ?? (file !== null && question.unread.includes(file) ? wait.unread : null);
  } finally {
    question.end();
  }
}
