import path from "node:path";
import type { Diagnostic, Evidence, Fix } from "../../diagnostics/diagnostic.ts";
import { assertNever } from "../../util/assert-never.ts";
import { stateFolder } from "../../model/instance.ts";
import type { ClaimClass, ClaimSystem, Holder, SessionFacts, WantedPort } from "./types.ts";
import { shellQuote } from "../../util/shell-quote.ts";
import { nextFree } from "./next-free.ts";

type Foreign = Extract<ClaimClass, { is: "foreign" }>;

/** What is specific to a class; the app and the choice of another port are added to all. */
interface Description {
  code: Diagnostic["code"];
  summary: string;
  evidence: Evidence[];
  fixes: Fix[];
  state?: string;
}

/**
 * The diagnostic of a claim; null where the session may go on. `ways`: the flags that avoid all such claims; to
 * use them ends nothing, so they come first.
 */
export function claimDiagnostic(
  system: ClaimSystem,
  wanted: WantedPort,
  found: ClaimClass,
  ways: string,
): Diagnostic | null {
  const specific = describe(system, wanted.port, found);
  if (!specific) return null;
  const other: Fix = {
    label: ways.split("--port").length > 2 ? "use other ports" : "use another port",
    command: `devpm dev ${ways}`,
  };
  const here = isHere(found);
  const others = found.is === "session" && !here && wanted.shared ? [OWN_PORTS] : [];
  return {
    state: "Nothing was started.",
    ...specific,
    severity: "error",
    evidence: [["app", `${wanted.app} (${wanted.key})`], ...specific.evidence],
    fixes: [...(here || ways === "" ? [] : [other]), ...others, ...specific.fixes],
  };
}

/** Both run side by side, and keep doing so. */
const OWN_PORTS: Fix = { label: "or ports of its own", command: "devpm dev --isolated" };

const isHere = (found: ClaimClass): boolean => found.is === "session" && found.here;

const isFine = ({ is }: ClaimClass): boolean => is === "free" || is === "mine" || is === "orphan";

/**
 * `--port backend=5051 --port web=5174`: a free port for each app that cannot have its own, in one command, for one after
 * the other would only lead to the next refusal. `elsewhere`: what other sessions claim.
 */
export function waysOut(
  system: ClaimSystem,
  claims: readonly (WantedPort & ClaimClass)[],
  elsewhere: readonly number[] = [],
): string {
  // `--port` moves an app's own port; further ones are changed in the configuration
  const moved = claims.filter((claim) => claim.key.endsWith(".port") && !isFine(claim) && !isHere(claim));
  if (moved.length === 0) return "";
  const taken = new Set([...claims.map(({ port }) => port), ...elsewhere]);
  const listening = new Set(system.ports.listening().map(({ port }) => port));
  const flags = new Map<string, string>();
  for (const { app, port, is } of moved) {
    if (flags.has(app)) continue;
    const other = nextFree(ABOVE[is] ?? port, (one) => taken.has(one) || listening.has(one));
    taken.add(other);
    flags.set(app, `--port ${shellQuote(`${app}=${other}`)}`);
  }
  return [...flags.values()].join(" ");
}

/** Above which port another one is looked for; default: the one that cannot be had. */
const ABOVE: Partial<Record<ClaimClass["is"], number>> = { forbidden: 1_023, connection: 7_999 };

function describe(system: ClaimSystem, port: number, found: ClaimClass): Description | null {
  switch (found.is) {
    case "free":
    case "mine":
    case "orphan":
      return null;
    case "foreign":
      return describeForeign(system, port, found);
    case "session":
      return describeSession(system, port, found);
    case "container":
      return {
        code: "DEVPM_PORT_HELD_CONTAINER",
        summary: `Port ${port} is published by the container ${found.name}`,
        evidence: [["container", found.project ? `${found.name} (Compose project ${found.project})` : found.name]],
        fixes: [{ label: "or stop the container", command: `docker stop ${found.name}` }],
      };
    case "connection":
      return {
        code: "DEVPM_PORT_HELD_CONNECTION",
        summary: `Port ${port} is in use for a connection that another program has opened`,
        evidence: found.holders.map((holder) => ["holder", holderLines(system, holder)]),
        fixes: [],
        state: "Nothing was started. devpm never stops a process it did not start.",
      };
    case "invisible":
      return {
        code: "DEVPM_PORT_HELD_INVISIBLE",
        summary: `Port ${port} is held by a process this user cannot see`,
        evidence: [
          ["holder", found.uid === null ? "bound, but no listener is visible" : `a process of user id ${found.uid}`],
        ],
        fixes: [{ label: "or see what it is", command: nameIt(system, port) }],
      };
    case "time-wait":
      return {
        code: "DEVPM_PORT_TIME_WAIT",
        summary: `Port ${port} is in TIME_WAIT; it is free within a minute`,
        evidence: [["kernel", "TIME_WAIT, no listener"]],
        fixes: [{ label: "or wait a minute, then", command: "devpm dev" }],
      };
    case "forbidden":
      return {
        code: "DEVPM_PORT_FORBIDDEN",
        summary: `${system.environment.user} has no permission to use port ${port}`,
        evidence: [["kernel", "EACCES on listen"]],
        fixes: [],
      };
    default:
      return assertNever(found);
  }
}

function describeForeign(system: ClaimSystem, port: number, found: Foreign): Description {
  return {
    code: "DEVPM_PORT_HELD",
    summary: `Port ${port} is held by a process devpm did not start`,
    evidence: found.holders.map((holder) => ["holder", holderLines(system, holder)]),
    fixes: foreignFixes(found),
    state: "Nothing was started. devpm never stops a process it did not start.",
  };
}

export const FREE_PORTS = "devpm dev --free-ports";

function foreignFixes(found: Foreign): Fix[] {
  if (found.pm2) {
    const home = found.pm2.home ? `PM2_HOME=${shellQuote(found.pm2.home)} ` : "";
    return [{ label: "or stop it where it runs", command: `${home}pm2 stop ${shellQuote(found.pm2.name)}` }];
  }
  // no command to paste for what the machine or other people's work depends on
  if (found.guarded !== null) return [];
  const pids = found.holders.map((holder) => holder.identity.pid).join(" ");
  return [
    { label: "or stop it yourself", command: `kill ${pids}` },
    { label: "or let devpm ask it", command: FREE_PORTS },
  ];
}

function describeSession(
  system: ClaimSystem,
  port: number,
  found: Extract<ClaimClass, { is: "session" }>,
): Description {
  const { record, here, holders, gone = false } = found;
  const session: Evidence[] = record
    ? [
        [
          "session",
          `${record.project} in ${tildify(system, record.root)}${gone ? " (gone)" : ""}, since ${since(system, new Date(record.startedAt))} (pid ${record.engine.pid})`,
        ],
      ]
    : [];
  const whose = record ? `the project ${record.project}` : "a session of another devpm home";
  return {
    code: "DEVPM_PORT_HELD_SESSION",
    summary: here
      ? `Port ${port} is used by this project's running session`
      : `Port ${port} is used by ${whose}, which runs under devpm`,
    evidence: [...session, ...holders.map((holder): Evidence => ["holder", holderLines(system, holder)])],
    fixes: here
      ? [
          { label: "look at it", command: "devpm status" },
          { label: "or end it", command: "devpm down" },
        ]
      : record
        ? [gone ? endBySignal(record) : { label: "or end it there", command: downThere(system, record) }]
        : [],
  };
}

/** Its engine ends the session in order. */
const endBySignal = ({ engine }: SessionFacts): Fix => ({ label: "or end it", command: `kill ${engine.pid}` });

/** A session is found by the devpm of its own state folder. */
function downThere({ environment }: ClaimSystem, { root, home }: SessionFacts): string {
  const elsewhere = home !== undefined && home !== stateFolder(environment);
  return `${elsewhere ? `DEVPM_HOME=${shellQuote(home)} ` : ""}devpm -C ${shellQuote(root)} down`;
}

/** Whether `--free-ports` may end it once the user agreed. */
export const isFreeable = <C extends ClaimClass>(claim: C): claim is C & Foreign =>
  claim.is === "foreign" && claim.guarded === null && claim.pm2 === null;

function nameIt({ environment }: ClaimSystem, port: number): string {
  return environment.platform === "darwin" ? `sudo lsof -nP -iTCP:${port}` : `sudo ss -ltnp 'sport = :${port}'`;
}

/** What holds it, as a person would ask: pid, command; user, since when, where; what it started. */
function holderLines(system: ClaimSystem, { identity, description, below }: Holder): string[] {
  const { user, startedAt, cwd, command } = description;
  const facts = [`user ${user}`];
  if (startedAt) facts.push(`started ${since(system, startedAt)}`);
  if (cwd) facts.push(`in ${tildify(system, cwd)}`);
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
function since({ clock }: Pick<ClaimSystem, "clock">, when: Date): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  const time = `${two(when.getHours())}:${two(when.getMinutes())}`;
  if (when.toDateString() === clock.now().toDateString()) return time;
  return `${when.getFullYear()}-${two(when.getMonth() + 1)}-${two(when.getDate())} ${time}`;
}

function tildify({ environment }: Pick<ClaimSystem, "environment">, folder: string): string {
  const inside = path.relative(environment.home, folder);
  if (inside === "") return "~";
  return inside.startsWith("..") || path.isAbsolute(inside) ? folder : `~/${inside}`;
}
