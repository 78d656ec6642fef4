import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import type { TestContext } from "vitest";
import { freePorts } from "../../rigs/ports.ts";
import { until } from "../../rigs/wait.ts";
import { run } from "./rig.ts";

/** A real sshd on loopback, and the folder of an `ssh` that reads a configuration of the test's own. */
export async function sshServer(ctx: TestContext, within: string): Promise<string> {
  const able = existsSync("/usr/sbin/sshd") && process.getuid?.() === 0;
  ctx.skip(!able, "no sshd here (openssh-server), or not root");
  const folder = path.join(within, "ssh");
  mkdirSync(path.join(folder, "bin"), { recursive: true });
  mkdirSync("/run/sshd", { recursive: true });
  const file = (name: string): string => path.join(folder, name);
  const write = (name: string, text: string): void => writeFileSync(file(name), text, { mode: 0o600 });
  for (const key of ["host", "user"]) await run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file(key)]);
  const [port = 0] = await freePorts(1);
  write("authorized", readFileSync(file("user.pub"), "utf8"));
  // by default a login is refused at random while ten others are under way
  write(
    "sshd",
    `MaxStartups 1000\nPort ${port}\nListenAddress 127.0.0.2\nHostKey ${file("host")}\nAuthorizedKeysFile ${file("authorized")}\nStrictModes no\nUsePAM no\nPidFile none\nPasswordAuthentication no\nPermitRootLogin yes\n`,
  );
  const [type, key] = readFileSync(file("host.pub"), "utf8").split(" ");
  write("known_hosts", `[127.0.0.2]:${port} ${type} ${key}\n`);
  write("nobody_known", "");
  const host = (name: string, known: string): string =>
    `Host ${name}\n  HostName 127.0.0.2\n  Port ${port}\n  IdentityFile ${file("user")}\n  IdentitiesOnly yes\n  UserKnownHostsFile ${file(known)}\n  GlobalKnownHostsFile /dev/null\n`;
  write("config", host("farbox", "known_hosts") + host("stranger", "nobody_known"));
  write("bin/ssh", `#!/bin/sh\nexec /usr/bin/ssh -F ${file("config")} "$@"\n`);
  chmodSync(file("bin/ssh"), 0o755);
  const child: ChildProcess = spawn("/usr/sbin/sshd", ["-D", "-e", "-f", file("sshd")], { stdio: "ignore" });
  ctx.onTestFinished(() => void child.kill());
  await until("sshd", () => connects(port));
  return file("bin");
}

const connects = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.2");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
