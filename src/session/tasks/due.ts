import type { TaskReason } from "../../model/events.ts";

/** What a task worked with: with the same it is not run again. */
export interface Worked {
  /** Of its command and the content of its inputs; null: it has none, so nothing tells that it is still done. */
  inputs: string | null;
  /** Of its variables, without the ports that Docker chooses anew. */
  variables: string;
  /** The container of each service that it waits for; null where there was none. */
  containers: Readonly<Record<string, string | null>>;
}

/** What is known of a task from before: that it was done with these, or that it began and did not come to its end. */
export type Stamp = ({ state: "done" } & Worked) | { state: "began" };

/** Why it is to run now; null: what it did still counts. */
export function whyDue(last: Stamp | null, now: Worked, outputMissing: boolean): TaskReason | null {
  if (last === null) return "first run";
  if (last.state === "began") return "failed before";
  if (now.inputs === null) return "no inputs";
  if (now.inputs !== last.inputs || now.variables !== last.variables) return "inputs changed";
  if (Object.entries(now.containers).some(([service, container]) => last.containers[service] !== container))
    return "other containers";
  return outputMissing ? "its output is missing" : null;
}

/** null: cut short, or of another version. */
export function parseStamp(text: string | null): Stamp | null {
  try {
    const stamp = JSON.parse(text ?? "null") as Stamp | null;
    if (stamp?.state === "began") return stamp;
    return stamp?.state === "done" && typeof stamp.containers === "object" ? stamp : null;
  } catch {
    return null;
  }
}
