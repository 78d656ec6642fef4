import type { AsTyped } from "../diagnostics/as-typed.ts";
import { namedUrlOf } from "../model/project.ts";
import type { Colors } from "./colors.ts";
import { displayWidth, duration, pad, wrap } from "../util/text.ts";

export interface BannerFacts {
  project: string;
  ms: number;
  apps: { name: string; url: string | null }[];
  /** The name of a checkout with ports of its own: its addresses are shown under that too. */
  worktree?: string;
  /** Services that are up; empty where there are none. */
  infra: string[];
  /** Apps that are not ready: listed, so that the banner does not claim too much. */
  missing: string[];
  /** It ran before: `ms` is how long this command waited. */
  joined?: boolean;
  /** The session continues without this terminal. */
  detached: boolean;
  asTyped: AsTyped;
}

/** What a user looks for first: every address, what is up, how to end it. */
export function bannerLines(facts: BannerFacts, columns: number, colors: Colors): string[] {
  const { project, ms, apps, infra, missing } = facts;
  const rows = apps.flatMap(({ name, url }): [string, string][] => [
    [name, url ?? "running"],
    ...(url === null || facts.worktree === undefined
      ? []
      : ([["", namedUrlOf(url, name, project, facts.worktree)]] as [string, string][])),
  ]);
  if (infra.length > 0) rows.push(["infra", infra.join(", ")]);
  const width = Math.max(0, ...rows.map(([label]) => displayWidth(label)));
  const all = missing.length === 0;
  const title = facts.joined
    ? `${project} is running and ready`
    : all
      ? `${project} ready in ${duration(ms)}`
      : `${project} up in ${duration(ms)}, without ${missing.join(", ")}`;
  const head = wrap(title, columns - 2).map((text, index) => {
    const mark = all ? colors.green("✔") : colors.yellow("▲");
    return `${index === 0 ? mark : " "} ${colors.bold(text)}`;
  });
  const table = rows.flatMap(([label, value]) => row(label, value, width, columns, colors));
  const end = facts.detached || facts.joined ? "devpm down" : "Ctrl+C";
  const hint = wrap(facts.asTyped(`${end} ends it; devpm logs and devpm status work from any terminal`), columns - 2);
  return ["", ...head, "", ...table, "", ...hint.map((line) => `  ${colors.dim(line)}`), ""];
}

function row(label: string, value: string, width: number, columns: number, colors: Colors): string[] {
  // an address is never broken: in a very narrow terminal it gets its own line
  if (width + 4 + displayWidth(value) > columns && !value.includes(" "))
    return [`  ${label}`, `    ${colors.cyan(value)}`];
  const lines = wrap(value, Math.max(12, columns - width - 4));
  const paint = value.startsWith("http") ? colors.cyan : colors.reset;
  return lines.map((line, index) => `  ${pad(index === 0 ? label : "", width)}  ${paint(line)}`);
}
