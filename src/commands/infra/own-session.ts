import type { Outcome } from "../../diagnostics/outcome.ts";
import type { Instance } from "../../model/instance.ts";
import type { Project } from "../../model/project.ts";
import { askSession } from "../../system/engine/ask-session.ts";
import type { EngineClient } from "../../system/engine/engine-client.ts";
import { joinWithAnd } from "../../util/text.ts";
import { BUSY_MS } from "../shared/silent-session.ts";

/** Tells of these services that they were stopped under the session that runs here; null: none runs, or nothing was stopped. */
export type StoppedUnder = (stopped: readonly string[]) => string | null;

/**
 * The session of this instance goes on when its containers are stopped: they are its own, and `infra up` has them back. Asked before
 * that, because an app may end of it.
 */
export async function ownSession(
  connect: (instance: Instance) => Promise<EngineClient | null>,
  instance: Instance,
  project: Outcome<Project>,
): Promise<StoppedUnder> {
  const answer = await askSession({ connectEngine: connect }, instance, { op: "status" }, BUSY_MS);
  if (answer?.ok !== true) return () => null;
  const running = answer.status.apps.filter(({ pid }) => pid !== null).map(({ name }) => name);
  const declared = project.ok ? project.value.apps : [];
  return (stopped) => {
    if (stopped.length === 0) return null;
    const users = declared
      .filter(({ dependsOn }) => dependsOn.services.some((one) => stopped.includes(one)))
      .filter(({ name }) => running.includes(name));
    const who = users.length === 0 ? "the session here" : joinWithAnd(users.map(({ name }) => name));
    const them = stopped.length === 1 ? "it" : "them";
    return `${who} ${users.length > 1 ? "go" : "goes"} on without ${joinWithAnd(stopped)}: devpm infra up starts ${them} again`;
  };
}
