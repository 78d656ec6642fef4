import { type ChildProcess, execFile, spawn } from "node:child_process";
import http from "node:http";
import { Duplex } from "node:stream";

/** An HTTP agent whose connections are `ssh … docker system dial-stdio`, and what ssh last complained about. */
export interface SshAgent {
  agent: http.Agent;
  complaint: () => string;
  close: () => void;
}

/**
 * The system's own ssh: its config, agent and known_hosts decide. It never asks: a question would appear in the middle
 * of the logs, or wait unseen in a detached session.
 */
const OPTIONS = ["-T", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10"];

/** Each connection is a process here and a login there (sshd refuses more than ten pending at the same time). */
const MOST = 8;

export function sshAgent(destination: readonly string[], env: Readonly<Record<string, string>>): SshAgent {
  const children = new Set<ChildProcess>();
  let complaint = "";
  const agent = new http.Agent({ keepAlive: true, maxSockets: MOST, maxFreeSockets: 2 });
  const dial = (): Duplex => {
    const child = spawn("ssh", [...OPTIONS, ...destination, "docker", "system", "dial-stdio"], {
      env: { ...env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    children.add(child);
    child.stderr.setEncoding("utf8").on("data", (text: string) => (complaint = (complaint + text).slice(-2_000)));
    child.on("error", (error) => (complaint += error.message));
    child.on("close", () => children.delete(child));
    return socketLike(child);
  };
  Object.assign(agent, { createConnection: dial });
  return {
    agent,
    complaint: () => complaint.trim(),
    close() {
      agent.destroy();
      for (const child of children) child.kill();
    },
  };
}

/** The name ssh itself would connect to: an alias of ~/.ssh/config is no address for a database client. */
export function sshHostName(
  destination: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<string | null> {
  return new Promise((resolve) => {
    execFile("ssh", ["-G", ...destination], { env: { ...env }, timeout: 5_000 }, (_error, stdout) =>
      resolve(/^hostname (.+)$/m.exec(stdout)?.[1] ?? null),
    );
  });
}

/** node:http expects a socket's methods (keep-alive, timeouts, ref counting) of whatever carries it. */
function socketLike(child: ChildProcess): Duplex {
  const { stdin, stdout } = child;
  if (!stdin || !stdout) throw new Error("ssh was started without pipes");
  const duplex = Duplex.from({ readable: stdout, writable: stdin });
  const quiet = (): Duplex => duplex;
  Object.assign(duplex, { setKeepAlive: quiet, setNoDelay: quiet, setTimeout: quiet, ref: quiet, unref: quiet });
  duplex.on("error", () => {}); // node:http reports it to the pending request; an idle one has none
  duplex.on("close", () => child.kill());
  child.on("close", () => duplex.destroy());
  stdin.on("error", () => {}); // EPIPE when ssh ended: the read side reports it
  return duplex;
}
