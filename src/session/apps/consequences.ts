import type { Stamped } from "../../model/events.ts";
import type { System } from "../../system/system.ts";
import type { SessionContext } from "../context.ts";
import type { Member } from "./member.ts";
import { reportPortTaken } from "./port-taken.ts";
import { recordApp, recordingDescendants, recordPort } from "./recorder.ts";

export interface ConsequencesOptions extends Omit<SessionContext, "instance"> {
  member: (name: string) => Member | undefined;
}

/** The consequences of an app's event, apart from showing it: what is recorded, and who waited for it. */
export function createConsequences(system: System, options: ConsequencesOptions): (event: Stamped) => void {
  const { lock, member, stopping } = options;
  const recordDescendants = recordingDescendants(system, lock, stopping);
  return (event) => {
    switch (event.event) {
      case "app.ready":
        void recordPort(system, lock, member(event.app)?.run.answering);
        markReady(member(event.app));
        void recordDescendants();
        return;
      case "app.reloaded":
        if (event.ok) markReady(member(event.app));
        return;
      case "app.running": {
        const pmId = member(event.app)?.process.id ?? null;
        void recordApp(system, lock, { name: event.app, pmId, pid: event.pid });
        return;
      }
      case "app.crashed":
        void reportPortTaken(system, member(event.app)?.run.app, event.excerpt, options);
        return;
      default:
    }
  };
}

function markReady(member: Member | undefined): void {
  if (!member) return;
  member.wasReady = true;
  member.ready.resolve();
}
