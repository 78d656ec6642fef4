import type { CatalogEntry } from "./entry.ts";

/** What can be wrong with a wanted port. */
export const portsPages = {
  DEVPM_PORT_HELD: {
    exit: 3,
    title: "A port is held by a process devpm did not start",
    explain: `Another program already listens on a port that an app claims, so the app could not start.

devpm asks the kernel which process listens, on IPv4 and IPv6: pid, command, user, folder and start time. A process counts
as devpm's own only if it carries a session's mark or is recorded with its start time. This one does not.

Stop it yourself, let devpm ask it (\`devpm dev --free-ports\`: with your consent, SIGTERM, a grace period, then SIGKILL),
or give the app another port (\`--port APP=N\`). Docker, sshd, systemd and editors are never stopped, even with your consent.
An app of another PM2 would restart at once, so stop it in that PM2.`,
  },
  DEVPM_ADDRESS_FIXED: {
    exit: 1,
    title: "Code of a worktree names an address of the main checkout",
    explain: `A worktree has ports of its own. What names a port of the configuration follows: proxy targets and every other connection of
Vite and Node, values of \`.env\` files and of the configuration's \`env\`. An address that is written into code which runs in a
browser, or in Python, cannot follow: a page would show what the main checkout's backend answers. Nor can that of a shared Postgres or
Redis in any code: it names the main checkout's database.

devpm looks for addresses such as \`http://localhost:5050\` in the app's folder when it starts in a worktree. A line that also
names a variable which is set (\`process.env.DEVPM_URL_BACKEND ?? "http://localhost:5050"\`) is fine.

In a page use a path (\`/api\`) and the proxy of the development server, or a variable (\`import.meta.env.VITE_API_URL\`); in
Python a variable, such as \`DEVPM_URL_<APP>\` of an app that is named in \`dependsOn\`.`,
  },
  DEVPM_DATA_SHARED: {
    exit: 1,
    title: "A worktree writes to data that the main checkout uses too",
    explain: `A worktree has a database of its own in compose services that devpm manages: variables that name \`shop\` there name
\`shop_<worktree>\`. A server that devpm does not manage cannot have one: with \`--no-infra\`, where Docker does not answer and
\`infra.required\` is \`false\`, and where the server is installed on this machine. The variables named here reach such a server, so
what this worktree writes, migrates or empties there is the main checkout's too.

Leave \`--no-infra\` away. Or name another database in the worktree: a \`.env\` file that is not committed is its own. Where sharing
is meant, \`devpm dev --no-isolated\` gives the worktree the ports and the data of the configuration.`,
  },
  DEVPM_WORKTREE_KEPT: {
    exit: 1,
    title: "Something that a worktree was given could not be dropped",
    explain: `\`devpm down --forget\` drops the databases that were made for a worktree in shared containers, and gives back its ports. A
database is dropped by its container, which has to run. What could not be dropped stays in the worktree's list (\`devpm list\`), so
that nothing is forgotten that still takes space.

Start the containers (\`devpm infra up\` in the main checkout) and repeat the command. For a worktree whose folder is gone the same
command in any checkout of the project does it.`,
  },
  DEVPM_WORKTREE_PORTS: {
    exit: 3,
    title: "No ports are left for a worktree",
    explain: `A linked git worktree gets a block of twenty ports from 20000 to 31999, chosen by a hash of its path, and keeps it. A
block that another worktree holds, or in which any program listens, is passed over. Here none is left.

\`devpm list\` shows what each worktree holds; \`devpm down --forget\` in one gives it back, and a worktree whose folder is
gone holds no ports. \`DEVPM_WORKTREE_PORTS=24000-29999\` chooses another range, and \`devpm dev --no-isolated\` uses the ports of
the configuration.`,
  },
  DEVPM_PORT_HELD_CONTAINER: {
    exit: 3,
    title: "A port is published by a container",
    explain: `The port belongs to a container. The listener on this machine (docker-proxy) only forwards connections. Killing it
would leave the container running and unreachable, so devpm never does that.

Stop the container with the command shown, or give the app another port (\`--port APP=N\`).`,
  },
  DEVPM_PORT_HELD_SESSION: {
    exit: 3,
    title: "A port is used by another devpm session",
    explain: `Another project, or another worktree of this one, runs under devpm and uses the port, or has just claimed it.

devpm knows this from the other session's record, which names the listening process, or from the claim that every session
writes before it sets anything up. When two sessions start at the same moment, only one gets the port. Give
this checkout ports of its own (\`devpm dev --isolated\`), as a linked worktree has them by default, or one app another port
(\`--port APP=N\`); then both run side by side. Or end the other session with \`devpm down\` in its folder; where that was removed
or renamed meanwhile, with a SIGTERM to its devpm (\`kill PID\`), which ends it in order.`,
  },
  DEVPM_PORT_HELD_INVISIBLE: {
    exit: 3,
    title: "A port is held by a process this user cannot see",
    explain: `The port cannot be opened, or something listens on it, but none of your processes has that socket open. The holder
belongs to another user, runs in another container or virtual machine, or has bound the port without listening on it.

\`sudo ss -ltnp\` (Linux) or \`sudo lsof -nP -iTCP -sTCP:LISTEN\` names it. Or give the app another port (\`--port APP=N\`).`,
  },
  DEVPM_PORT_HELD_CONNECTION: {
    exit: 3,
    title: "A port is in use for an outgoing connection",
    explain: `No process listens on the port, but a program has a connection that goes out from it. The kernel picks such ports
itself, from a range (\`sysctl net.ipv4.ip_local_port_range\`; usually 32768 to 60999 on Linux, 49152 to 65535 on macOS), and no
program can listen on one as long as the connection is open, and for a minute after it.

Give the app a port below that range: there this cannot happen. Or end the program that is named, if you know it.`,
  },
  DEVPM_PORT_TIME_WAIT: {
    exit: 3,
    title: "A port is in TIME_WAIT",
    explain: `No process listens on the port. The kernel keeps connections that a server closed in TIME_WAIT for 60 seconds. During
that time a program that listens without SO_REUSEADDR is refused (EADDRINUSE); if the connection went out from this port,
every program is. Nothing has to be killed.

Wait a minute, or set SO_REUSEADDR in the server (Python: \`socketserver.TCPServer.allow_reuse_address = True\`; Flask,
uvicorn, Vite and Node already do), or give the app another port.`,
  },
  DEVPM_PORT_FORBIDDEN: {
    exit: 3,
    title: "This user has no permission to use a port",
    explain: `On most systems only root may listen on ports below 1024. Listening on this one was refused (EACCES).

Give the app a port of 1024 or higher (\`--port APP=N\`). On Linux \`sysctl net.ipv4.ip_unprivileged_port_start\` shows the limit.`,
  },
  DEVPM_PORT_UNSAFE: {
    exit: 1,
    title: "Browsers refuse to open a port",
    explain: `The app listens and answers, but its port belongs to another protocol, and so no browser connects to it: Chrome says
ERR_UNSAFE_PORT, Firefox "This address is restricted", and \`fetch\` (Node's, too) "bad port". \`curl\` and most other programs do not
know such a list. Among its 82 ports are 2049, 4045, 4190, 5060, 5061, 6000, 6566, 6665 to 6669, 6679, 6697 and 10080; the
Fetch standard has all of them (https://fetch.spec.whatwg.org/#port-blocking).

Change the app's \`port\` in the configuration and start again, or give it another one for a session (\`--port APP=N\`). The ports
that devpm itself chooses are never of this list.`,
  },
  DEVPM_PORT_NOT_FREED: {
    exit: 3,
    title: "A port could not be freed",
    explain: `With your consent devpm asked the holder to stop (SIGTERM), then killed it (SIGKILL), but the port is still held. The
holder belongs to another user, is protected (Docker, sshd, systemd, editors, another PM2), or is restarted by its own
supervisor. Stop the program named in the message yourself, there.`,
  },
} as const satisfies Record<string, CatalogEntry>;
