/**
 * Every code devpm can report: the source of `devpm explain CODE` and of docs/errors.md.
 * `exit` is what the process returns when this diagnostic ends a command:
 * 1 an app or service failed · 2 usage or config, nothing started · 3 machine not ready, nothing started · 70 our bug.
 */
export const catalog = {
  DEVPM_CONFIG_INVALID: {
    exit: 2,
    title: "The configuration has problems",
    explain: "",
  },
  DEVPM_USAGE: {
    exit: 2,
    title: "The command line is not understood",
    explain: `A flag or an argument has a value devpm cannot use. Nothing was started and nothing was changed.

The message names the flag, what it got and what it takes. \`devpm help COMMAND\` lists every flag with its default.`,
  },
  DEVPM_APP_UNKNOWN: {
    exit: 2,
    title: "No app or service has this name",
    explain: `A command was given the name of an app that neither this project's session nor its logs know.

Names come from the running session and, when none runs, from what earlier sessions logged: so a project that never
ran has no names yet, and an app that was renamed keeps its old logs under the old name. \`devpm status\` lists the
apps. Compose services are names too, for \`devpm logs\`.

Which project is meant is decided by the folder: the nearest one upwards with an ecosystem file or a session.
\`devpm -C FOLDER …\` asks about another; \`devpm list\` shows every session.`,
  },
  DEVPM_NO_SESSION: {
    exit: 1,
    title: "No session runs here",
    explain: `The command needs a running session of this project, and there is none, or its engine does not answer.

devpm looks for the nearest folder upwards with an ecosystem file or a session. \`devpm list\` shows every session on
this machine; \`devpm -C FOLDER …\` talks to that folder's. A session that died without its teardown is swept by the
next \`devpm dev\` or \`devpm down\`.`,
  },
  DEVPM_APP_CRASHED: {
    exit: 1,
    title: "An app ended by itself",
    explain: `An app's process exited, or its code did not import after a save. The last lines it printed are quoted.

A crash never ends the session. An app that reloads on save starts again with the next save; any other with
\`devpm restart APP\`. \`devpm logs APP --level error\` shows what it said before.`,
  },
  DEVPM_TEARDOWN_INCOMPLETE: {
    exit: 1,
    title: "Something of ours did not stop",
    explain: `A process that belongs to the session was asked to stop, then killed, and is still there. Usually the kernel
holds it: state D (waiting for a disk or a network file system), or a debugger. It ends when that wait does.

devpm only counts a process as its own when it is proved: by its parents, or by the session's mark in its environment.
\`devpm down\` tries again; \`devpm down --force\` skips the grace period.`,
  },
} as const satisfies Record<string, CatalogEntry>;

export interface CatalogEntry {
  exit: 1 | 2 | 3 | 70;
  title: string;
  /** A short page: why it happens, how devpm tells, what to do. Markdown. */
  explain: string;
}

export type DiagnosticCode = keyof typeof catalog;
