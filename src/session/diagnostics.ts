import path from "node:path";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { Receipt } from "../model/events.ts";
import type { Identity } from "../model/process.ts";
import type { Instance } from "../model/instance.ts";
import { urlOf } from "../model/project.ts";
import type { SessionRecord } from "../model/session-record.ts";
import { whyUnusable } from "../diagnostics/fault.ts";
import { failed, type Outcome } from "../diagnostics/outcome.ts";
import { shellQuote } from "../util/shell-quote.ts";

export interface Running {
  /** How a second `devpm dev` differs from it; nothing where it only came second. */
  differs?: readonly string[];
  /** What starts it as that one wants it. */
  again?: string;
  /** The first was stopped and does not answer. */
  stopped?: boolean;
}

/** Whose session runs here. */
export function sessionRunning(
  record: SessionRecord,
  { differs = [], again = "devpm dev", stopped = false }: Running = {},
): Diagnostic {
  const running = record.apps.filter(({ pids }) => pids.length > 0);
  const apps = running.map(({ name, ports }) =>
    [name, urlOf({ port: ports[0] ?? null })].filter((word) => word !== null).join(" "),
  );
  return {
    code: "DEVPM_SESSION_RUNNING",
    severity: "error",
    summary: `${record.project} is already running here${differs.length > 0 ? ", with another configuration" : ""}`,
    evidence: [
      ["session", `pid ${record.engine.pid}, started ${record.startedAt}${record.detached ? ", detached" : ""}`],
      ...(stopped ? [["answers", "no: it is stopped, by SIGSTOP or Ctrl+Z"] as const] : []),
      ["folder", record.root],
      ...(apps.length > 0 ? [["apps", apps] as const] : []),
      ...(differs.length > 0 ? [["differs", differs] as const] : []),
    ],
    state: "Nothing was started; the running session is untouched.",
    fixes: [
      ...(stopped
        ? [{ label: "continue it", command: `kill -CONT ${record.engine.pid}` }]
        : [
            { label: "follow it", command: "devpm attach" },
            { label: "or look at it", command: "devpm status" },
          ]),
      differs.length > 0
        ? { label: "or start it again", command: `devpm down && ${again}` }
        : { label: "or end it", command: "devpm down" },
    ],
  };
}

/** Problems found after something had been started: that is ended now. */
export const afterStart = (diagnostic: Diagnostic): Diagnostic => ({
  ...diagnostic,
  ...(diagnostic.state?.startsWith(NOTHING)
    ? { state: diagnostic.state.replace(NOTHING, "What was started meanwhile is being ended.") }
    : {}),
});

const NOTHING = "Nothing was started.";

/** A session file of a running engine that this devpm cannot read. */
export function otherVersionRunning({ pid }: Identity, { root }: Instance): Diagnostic {
  return {
    code: "DEVPM_SESSION_RUNNING",
    severity: "error",
    summary: "another version of devpm runs a session here",
    evidence: [
      ["session", `pid ${pid}`],
      ["folder", root],
    ],
    state: "Nothing was started; the running session is untouched.",
    fixes: [{ label: "end it, with that devpm or by its signal", command: `kill ${pid}` }],
  };
}

const FULL: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT"]);

/** The session file could not be written. */
export const nowhereToWrite = (instance: Instance, error: unknown): Outcome<never> =>
  failed(unwritable(instance, error));

/** What the kernel says of a folder that cannot be made, beside what it says of every file. */
const UNMADE: Readonly<Record<string, string>> = {
  ENOENT: "no folder can be made where it would lie",
  EEXIST: "a part of its path is a link that leads nowhere, or not a folder",
};

/** A file of the session's own could not be written. */
export function unwritable({ folder }: Pick<Instance, "folder">, error: unknown): Diagnostic {
  const { code = "", message = String(error) } = error as NodeJS.ErrnoException;
  const why = whyUnusable(error) ?? UNMADE[code] ?? code;
  return {
    code: "DEVPM_STATE_UNWRITABLE",
    severity: "error",
    summary: `devpm cannot write its state folder${why === "" ? "" : `: ${why}`}`,
    evidence: [
      ["folder", folder],
      ["error", message],
    ],
    state: "Nothing was started.",
    fixes: [
      { label: "keep it in another folder", command: "DEVPM_HOME=/tmp/devpm-$(id -u) devpm dev" },
      FULL.has(code)
        ? { label: "or see how full the disk is", command: `df -h ${shellQuote(path.dirname(folder))}` }
        : { label: "or look at it", command: `ls -ld ${shellQuote(folder)}` },
    ],
  };
}

/** Another user could change, or has changed, files that start and end a session. */
export const stateUnsafe = (folder: string, reason: string): Diagnostic => ({
  code: "DEVPM_STATE_UNSAFE",
  severity: "error",
  summary: "other users of this machine could change devpm's state",
  evidence: [
    ["folder", folder],
    ["because", reason],
  ],
  state: "Nothing was started.",
  fixes: [
    { label: "look at it", command: `ls -ld ${shellQuote(folder)}` },
    { label: "or use a folder of your own", command: 'DEVPM_HOME="$HOME/.devpm" devpm dev' },
  ],
});

export const daemonDied: Diagnostic = {
  code: "DEVPM_DAEMON_DIED",
  severity: "error",
  summary: "The PM2 daemon of this session was killed from outside devpm",
  evidence: [],
  state: "The session ends; its apps are ended directly.",
  fixes: [{ label: "", command: "devpm dev" }],
};

/** For the next command: what the guardian has done since the session's devpm was killed. */
export function guardianNotice({ ended, leftovers }: Receipt): string {
  const apps = [...new Set(ended.map(({ app }) => app))].filter((app) => app !== "").toSorted();
  const what = apps.length > 0 ? `ended ${apps.join(" and ")}` : "ended what it had started";
  const left = leftovers.map(({ pid, command, reason }) => `pid ${pid} ${command} ${reason}`);
  const rest = left.length === 0 ? "nothing was left" : `still there: ${left.join("; ")}`;
  return `the last session's devpm was killed; its guardian ${what}, ${rest}`;
}
