import path from "node:path";
import type { ClaimSystem } from "./claims.ts";
import type { Holder } from "./claims-holder.ts";

/** Who holds it, as a person would ask: pid, command; user, since when, where; what it started. */
export function holderLines(system: ClaimSystem, { identity, description, below }: Holder): string[] {
  const { user, startedAt, cwd, command } = description;
  const facts = [`user ${user}`];
  if (startedAt) facts.push(`started ${since(system, startedAt)}`);
  if (cwd) facts.push(`in ${homely(system, cwd)}`);
  return [`pid ${identity.pid}  ${cut(command)}`, facts.join(", "), ...belowLines(below)];
}

const BELOW_SHOWN = 2;

function belowLines(below: Holder["below"]): string[] {
  const shown = below.slice(0, BELOW_SHOWN).map(({ pid, command }) => `below it: pid ${pid}  ${cut(command)}`);
  return below.length > BELOW_SHOWN ? [...shown, `below it: ${below.length - BELOW_SHOWN} more`] : shown;
}

const COMMAND_LENGTH = 120;
const cut = (text: string): string => (text.length <= COMMAND_LENGTH ? text : `${text.slice(0, COMMAND_LENGTH - 1)}…`);

/** The time alone for today, the day too for anything older. */
export function since({ clock }: Pick<ClaimSystem, "clock">, when: Date): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  const time = `${two(when.getHours())}:${two(when.getMinutes())}`;
  if (when.toDateString() === clock.now().toDateString()) return time;
  return `${when.getFullYear()}-${two(when.getMonth() + 1)}-${two(when.getDate())} ${time}`;
}

export function homely({ environment }: Pick<ClaimSystem, "environment">, folder: string): string {
  const inside = path.relative(environment.home, folder);
  if (inside === "") return "~";
  return inside.startsWith("..") || path.isAbsolute(inside) ? folder : `~/${inside}`;
}

/** As one word of a command that is pasted into a shell. */
export const quoted = (text: string): string =>
  /^[\w./@:+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
