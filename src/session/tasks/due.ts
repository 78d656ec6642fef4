import type { TaskReason } from "../../model/events.ts";

/** What a task worked with: it does not run again while this is the same. */
export interface Worked {
  /** Digest of its command and the content of its inputs; null: it has no inputs to show that it is still done. */
  inputs: string | null;
  /** Digest of its variables, without the ports that Docker chooses again at each start. */
  variables: string;
  /** The container of each service that it waits for; null where there was none. */
  containers: Readonly<Record<string, string | null>>;
}

/** What is known about a task's previous run: it was done with these, or it began and did not finish. */
export type TaskStamp = ({ state: "done" } & Worked) | { state: "began" };

/** Why it is to run now; null: its last run is still valid. */
export function whyDue(last: TaskStamp | null, now: Worked, outputMissing: boolean): TaskReason | null {
  if (last === null) return "first run";
  if (last.state === "began") return "failed before";
  if (now.inputs === null) return "no inputs";
  if (now.inputs !== last.inputs || now.variables !== last.variables) return "inputs changed";
  if (Object.entries(now.containers).some(([service, container]) => last.containers[service] !== container))
    return "other containers";
  return outputMissing ? "its output is missing" : null;
}

/** null: incomplete, or written by another version. */
export function parseStamp(text: string | null): TaskStamp | null {
  try {
    const stamp = JSON.parse(text ?? "null") as TaskStamp | null;
    if (stamp?.state === "began") return stamp;
    return stamp?.state === "done" && typeof stamp.containers === "object" ? stamp : null;
  } catch {
    return null;
  }
}
