import type { CatalogEntry } from "./entry.ts";

/** What can be wrong with a wanted port. */
export const portsPages = {
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
    explain: `Another project, or another worktree of this one, runs under devpm and uses the port, or has just claimed it.

devpm tells by the other session's record, where the listener is one of its processes, and by the claims that every session
writes down before it sets anything up: of two that start at the same moment one gets the port. End that session in its folder
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
} as const satisfies Record<string, CatalogEntry>;
