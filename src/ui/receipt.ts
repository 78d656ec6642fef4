import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { Receipt } from "../model/events.ts";
import { duration, joinWithAnd, plural } from "../util/text.ts";

/** The result of a teardown, one fact a line: what was stopped, what is free, what is left and why. */
export function receiptLines(receipt: Receipt): string[] {
  const lines = [endedLine(receipt)];
  if (receipt.portsFree.length > 0) lines.push(`${ports(receipt.portsFree)} free`);
  for (const { port, holder } of receipt.portsHeld) lines.push(`port ${port} is held by ${holder}, not by devpm`);
  for (const { pid, app, command } of receipt.spared)
    lines.push(`left alone: pid ${pid} ${command}${app === "" ? "" : ` (opened by ${app})`}`);
  if (receipt.infraUp.length > 0) lines.push(`still up: ${receipt.infraUp.join(", ")} (${whyUp(receipt)})`);
  return lines;
}

const whyUp = ({ infraShared }: Receipt): string =>
  infraShared ? "shared with the main checkout" : "devpm down --infra stops them";

/** null where none of our processes is left. */
export function leftoverDiagnostic(receipt: Receipt): Diagnostic | null {
  const { leftovers } = receipt;
  if (leftovers.length === 0) return null;
  const free = receipt.portsFree.length > 0 ? ` ${sentence(ports(receipt.portsFree))} free.` : "";
  return {
    code: "DEVPM_TEARDOWN_INCOMPLETE",
    severity: "warning",
    summary: `${plural(leftovers.length, "process", "processes")} did not stop`,
    evidence: leftovers.map(
      ({ pid, app, command, reason }) =>
        [`pid ${pid}`, `${command}${app === "" ? "" : ` (started by ${app})`}: ${reason}`] as const,
    ),
    state: `Everything else stopped.${free}`,
    fixes: [{ label: "", command: "devpm down --force" }],
  };
}

function endedLine({ ended, leftovers, ms }: Receipt): string {
  if (ended.length === 0) return leftovers.length === 0 ? "nothing was running" : "nothing could be stopped";
  const count = plural(ended.length, "process", "processes");
  // a daemon that dropped its environment and its parents has no app's name any more
  const apps = [...new Set(ended.map(({ app }) => app))].filter((app) => app !== "").toSorted();
  if (apps.length === 0) return `stopped ${count} in ${duration(ms)}${forced(ended)}`;
  return `stopped ${joinWithAnd(apps)} in ${duration(ms)} (${count}${forced(ended)})`;
}

function forced(ended: Receipt["ended"]): string {
  const killed = ended.filter(({ how }) => how === "SIGKILL").length;
  return killed === 0 ? "" : `, ${killed} by SIGKILL`;
}

const ports = (numbers: readonly number[]): string =>
  numbers.length === 1 ? `port ${numbers[0]} is` : `ports ${joinWithAnd(numbers)} are`;

const sentence = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);
