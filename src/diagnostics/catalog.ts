/**
 * Every code devpm can report: the source of `devpm explain CODE` and of docs/errors.md.
 * `exit` is what the process returns when this diagnostic ends a command:
 * 1 an app or service failed · 2 usage or config, nothing started · 3 machine not ready, nothing started · 70 our bug.
 */
export const catalog = {
  DEVPM_CONFIG_INVALID: {
    exit: 2,
    title: "The configuration has problems",
    explain: `The ecosystem file was loaded, and says things devpm cannot act on: a key it does not know, a value of the wrong type, a
dependency on something that does not exist or that leads back to itself, two apps on one port, a folder or a file of
variables that is not there. Nothing was started.

All problems are listed at once, each with its key path (\`apps.web.port\`). docs/config.md describes every key. In a plain
PM2 file, keys that neither PM2 nor devpm knows are left alone, as PM2 leaves them.`,
  },
  DEVPM_CONFIG_UNREADABLE: {
    exit: 2,
    title: "The configuration cannot be loaded",
    explain: `Running the ecosystem file failed: a syntax error, an error thrown by its own code or by something it imports, or it exports no
configuration. Nothing was started.

The line shown is the one in your own file where that is certain. The file is run by tsx, without a build step: TypeScript,
ES modules and CommonJS all work, with \`__dirname\` and \`import.meta.url\`, and \`import … from "devpm"\` is the devpm that runs.
Top-level \`await\` needs an ES module (\`"type": "module"\`, or the ending .mts); elsewhere export a promise instead.

\`devpm down\`, \`logs\`, \`status\` and \`list\` do not load the file and work meanwhile.`,
  },
  DEVPM_CONFIG_MISSING: {
    exit: 2,
    title: "There is no configuration, and nothing to detect",
    explain: `devpm looks for ecosystem.config.ts (.mts, .js, .mjs, .cjs, .json) in the working folder and upwards, or takes \`--config FILE\`. Without
one it runs what it detects: a Flask or FastAPI app beside its requirements, folders with a Vite dev script, the services
of a compose file. Here it found none of them. Nothing was started.

\`devpm init --dry-run\` shows what would be detected; \`devpm -C FOLDER dev\` starts elsewhere.`,
  },
  DEVPM_CONFIG_EXISTS: {
    exit: 2,
    title: "There is an ecosystem file already",
    explain: `\`devpm init\` writes a new file and never over one that is there. \`devpm init --dry-run\` prints what it would write; rename or
delete the present file to have it written.`,
  },
  DEVPM_TOOLCHAIN_MISSING: {
    exit: 3,
    title: "A program or library that an app needs is missing",
    explain: `Before anything is started devpm looks for what each app's command needs: its program on the PATH (with the app's virtual environment
first), the Python packages its preset imports, the folder's node_modules, and what its set-up steps call. What set-up is about
to install counts as there. Nothing was started.

Each finding comes with the command that mends it. \`devpm doctor\` runs the same checks alone.`,
  },
  DEVPM_SETUP_FAILED: {
    exit: 1,
    title: "A set-up step failed",
    explain: `A step that runs once before an app (creating the virtual environment, installing its packages, or one of \`setup\` in the
configuration) ended with an error, so the app was not started; the others are not affected.

The last lines it printed are quoted. The step runs again at the next \`devpm dev\` or \`devpm restart APP\`; run it by hand to see all
it says. A virtual environment that was being made is removed, so that half a one is never used.`,
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
  DEVPM_PORT_HELD: {
    exit: 3,
    title: "A port is held by a process devpm did not start",
    explain: `An app claims a port on which another program already listens, so it could not start.

devpm reads who listens from the kernel, on IPv4 and IPv6: pid, command, user, folder, and since when. A process is
taken for devpm's own only when it carries a session's mark or is recorded with its start time; this one is neither.

Stop it yourself, let devpm ask it (\`devpm dev --free-ports\`: SIGTERM, some grace, then SIGKILL, after your consent),
or give the app another port (\`--port APP=N\`). Docker, sshd, systemd and editors are never stopped, whatever you consent to;
what another PM2 runs would come back at once and has to be stopped there.`,
  },
  DEVPM_PORT_HELD_CONTAINER: {
    exit: 3,
    title: "A port is published by a container",
    explain: `The port belongs to a container. Its listener on this machine (docker-proxy) is only a messenger: killing it
would leave the container running and unreachable, so devpm never does.

Stop the container with the command shown, or give the app another port (\`--port APP=N\`).`,
  },
  DEVPM_PORT_HELD_SESSION: {
    exit: 3,
    title: "A port is used by another devpm session",
    explain: `Another project, or another worktree of this one, runs under devpm and uses the port.

devpm tells by the other session's record: the listener is one of its processes. End that session in its folder
with \`devpm down\`, or shift this one's port (\`--port APP=N\`); both then run side by side.`,
  },
  DEVPM_PORT_HELD_INVISIBLE: {
    exit: 3,
    title: "A port is held by somebody this user cannot see",
    explain: `Listening on the port fails, or somebody listens, but no process of yours has that socket open: the owner
is another user, runs in another container or virtual machine, or has bound the port without listening on it.

\`sudo ss -ltnp\` (Linux) or \`sudo lsof -nP -iTCP -sTCP:LISTEN\` names it. Or give the app another port (\`--port APP=N\`).`,
  },
  DEVPM_PORT_TIME_WAIT: {
    exit: 3,
    title: "A port rests after its last connections",
    explain: `Nobody listens on the port. Connections that a server closed itself stay with the kernel in TIME_WAIT for 60
seconds; until then a program that listens without SO_REUSEADDR is refused (EADDRINUSE). Nothing has to be killed.

Wait a minute, or set SO_REUSEADDR in the server (Python: \`socketserver.TCPServer.allow_reuse_address = True\`; Flask,
uvicorn, Vite and Node do it already), or give the app another port.`,
  },
  DEVPM_PORT_FORBIDDEN: {
    exit: 3,
    title: "A port may not be used by this user",
    explain: `Ports below 1024 belong to root on most systems, and listening on this one was refused (EACCES).

Give the app a port from 1024 on (\`--port APP=N\`). On Linux \`sysctl net.ipv4.ip_unprivileged_port_start\` shows the limit.`,
  },
  DEVPM_PORT_NOT_FREED: {
    exit: 3,
    title: "A port could not be freed",
    explain: `With your consent devpm asked the holder to stop (SIGTERM), then ended it (SIGKILL); the port is still held: the
holder belongs to another user, is guarded (Docker, sshd, systemd, editors, another PM2), or is started again by
something that watches over it. What is named in the message has to be stopped there.`,
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
  DEVPM_ENGINE_DOWN: {
    exit: 3,
    title: "Docker is not running",
    explain: `The services of the compose file run in a container engine, and none answered. devpm asks the one your \`docker\` command would
use: DOCKER_HOST, then the current context; only where neither was chosen, the usual sockets of Docker Desktop, Colima, OrbStack,
Rancher Desktop, rootless Docker and Podman. «tried» names each with what it met.

Start the engine and run the command again. \`devpm dev --no-infra\` runs the apps without it, and
\`infra: { required: false }\` in the config does so whenever there is no engine.`,
  },
  DEVPM_ENGINE_DENIED: {
    exit: 3,
    title: "You may not talk to Docker",
    explain: `The engine's socket is there and your user may not open it, or a remote engine's ssh or TLS refused you. On Linux the socket
belongs to the group \`docker\`; joining it takes effect at the next login. Joining it is as good as being root on this machine:
rootless Docker or Podman are the alternatives.

For ssh, devpm uses your own \`ssh\` with its config, agent and known_hosts and never asks a question: log in by hand once, so that
the host key is known and the key is in the agent.`,
  },
  DEVPM_ENGINE_HANGS: {
    exit: 3,
    title: "Docker does not answer",
    explain: `Something accepts connections on the engine's address and says nothing within three seconds (fifteen over ssh). An engine that is
starting does so for a moment; one that is stuck does so until it is restarted.`,
  },
  DEVPM_COMPOSE_MISSING: {
    exit: 3,
    title: "Docker Compose is not installed",
    explain: `Containers that exist are started through the engine's own API. Making new ones from a compose file is Compose's work, and neither
\`docker compose\` nor \`docker-compose\` runs here. Install one of them, or make the containers elsewhere.`,
  },
  DEVPM_COMPOSE_INVALID: {
    exit: 2,
    title: "The compose file cannot be used",
    explain: `\`docker compose config\` does not accept the file, or it is not there. What is quoted are Compose's own words; devpm does not
read the file itself.`,
  },
  DEVPM_COMPOSE_NAME_TAKEN: {
    exit: 3,
    title: "The compose project name is in use by another folder",
    explain: `Compose tells stacks apart by name alone: \`name:\` in the file, COMPOSE_PROJECT_NAME, or the folder's name. Containers of this name
exist and were made from another folder, so starting these would replace those. Stop the others, or give this stack its own name.`,
  },
  DEVPM_IMAGE_UNAVAILABLE: {
    exit: 3,
    title: "An image cannot be had",
    explain: `The engine does not have the image and the registry did not give it: no such image or tag, a login is needed, a limit is
reached, the registry cannot be reached, or the image does not exist for this processor. Docker's words are quoted.`,
  },
  DEVPM_SERVICE_UNHEALTHY: {
    exit: 1,
    title: "A service runs and is not usable",
    explain: `The container runs, but its health check fails, or where it has none, the server in it does not answer its own protocol
(PostgreSQL, Bolt, Kafka, Redis, HTTP, else TCP). devpm waits as long as \`infra.timeoutMs\` says; a service that has turned unhealthy
has 30 more seconds to recover. The check's last output and the log lines that sound like a cause are quoted.`,
  },
  DEVPM_SERVICE_FAILED: {
    exit: 1,
    title: "A service stopped or could not be started",
    explain: `The container's process ended, restarts again and again, or the engine refused to start it (the disk is full, the image is
made for another processor …). The exit code, whether the kernel killed it for its memory, and the telling log lines are quoted.`,
  },
  DEVPM_SERVICE_PORT_HELD: {
    exit: 3,
    title: "A service's port is taken",
    explain: `The compose file publishes a port that another container or program holds. Where it is a container, it is named. Let Docker choose
a free port (\`"127.0.0.1::5432"\`) and take the real one from \`services.NAME.port(5432)\` in \`env\`; Kafka needs a fixed one, because
its brokers send clients to the address they advertise.`,
  },
  DEVPM_SERVICE_UNKNOWN: {
    exit: 2,
    title: "The compose file has no such service",
    explain: `\`infra.services\`, \`dependsOn\` or \`env\` names a service that Compose does not find in the files. Services of inactive profiles count:
naming one makes it wanted.`,
  },
  DEVPM_KAFKA_ADVERTISES_ELSEWHERE: {
    exit: 1,
    title: "Kafka sends its clients somewhere else",
    explain: `A Kafka client asks the address it was given only once; the broker answers with the address it advertises
(\`KAFKA_ADVERTISED_LISTENERS\`), and that is where the client goes on. It is fixed when the container is made, so it cannot follow a port
that Docker chooses, nor the name of a remote engine's machine. Publish a fixed port (\`"127.0.0.1:9092:9092"\`) and advertise the
address under which your apps reach it (\`PLAINTEXT://127.0.0.1:9092\`).`,
  },
  DEVPM_SERVICE_PORT_UNPUBLISHED: {
    exit: 2,
    title: "A service does not publish this port",
    explain: `\`services.NAME.port(N)\` asks for the host's port of the container's port N, and the container publishes none for it. Add it to
\`ports\` in the compose file; changing it takes effect with \`docker compose up -d NAME\`, which makes a new container.`,
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
left running and counts as ready as soon as it is. Apps that depend on it wait. The usual causes: it listens on another port than the one in
the config, it listens in a container or on another address, or it is slow, and \`ready: { timeoutMs }\` wants to be larger.`,
  },
  DEVPM_DAEMON_DIED: {
    exit: 1,
    title: "The session's PM2 daemon is gone",
    explain: `devpm runs the apps under a PM2 daemon of the session's own. When somebody ends it, nothing watches or restarts the apps any more, so the
session ends: devpm ends the apps directly, without PM2. Start again with \`devpm dev\`.`,
  },
  DEVPM_STATE_UNWRITABLE: {
    exit: 3,
    title: "devpm cannot write its state folder",
    explain: `devpm keeps its session file, logs and sockets in a folder of its own: \`$DEVPM_HOME\`, else \`$XDG_STATE_HOME/devpm\` or
\`~/.local/state/devpm\` (macOS: \`~/Library/Application Support/devpm\`). Without it a session could not be found, ended or swept, so none is
started. Make the folder writable, free some space, or point \`DEVPM_HOME\` elsewhere.`,
  },
  DEVPM_BUG: {
    exit: 70,
    title: "devpm itself failed",
    explain: `An error that devpm did not foresee. It ends the session as Ctrl+C would, and nothing is left. The text with its stack is what a report needs.`,
  },
} as const satisfies Record<string, CatalogEntry>;

export interface CatalogEntry {
  exit: 1 | 2 | 3 | 70;
  title: string;
  /** A short page: why it happens, how devpm tells, what to do. Markdown. */
  explain: string;
}

export type DiagnosticCode = keyof typeof catalog;
