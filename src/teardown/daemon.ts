import path from "node:path";
import { RELAY_SOCKET } from "../model/relay.ts";
import type { SessionRecord } from "../model/session-record.ts";
import type { TeardownSystem } from "./deps.ts";

/** Left behind by a killed daemon; the next one would have to find out that nothing answers on them. */
const LEFT_BEHIND = ["rpc.sock", "pub.sock", RELAY_SOCKET, "interactor.sock", "pm2.pid"];

/** How long the kernel may take to end a process after SIGKILL. */
const GONE_MS = 1_000;

/**
 * Stops PM2's daemon where nothing will use it any more, so that it cannot restart what is being ended; its ends
 * of the apps' pipes stay open, so that their output does not kill them. True when it cannot answer: frozen, or dead.
 */
export function freezeDaemon({ processes }: TeardownSystem, record: SessionRecord, canSpeak: boolean): boolean {
  const { daemon } = record;
  if (!daemon || !processes.alive(daemon)) return true;
  const stopped = processes.snapshot().some((info) => info.pid === daemon.pid && /^[Tt]/.test(info.state));
  if (!stopped && canSpeak) return false;
  processes.signal(daemon, "SIGSTOP");
  return true;
}

/** SIGKILL: by now it has nothing to save, and its own shutdown would cost 100 ms. */
export async function endDaemon({ processes, files }: TeardownSystem, record: SessionRecord): Promise<void> {
  const { daemon, pm2Home } = record;
  if (!daemon || processes.signal(daemon, "SIGKILL") !== "sent") return;
  await processes.waitGone([daemon], GONE_MS);
  await clearDaemon({ files }, pm2Home).catch(() => {});
}

/** Removes what a daemon that is gone has left in its folder. */
export async function clearDaemon({ files }: Pick<TeardownSystem, "files">, pm2Home: string): Promise<void> {
  await Promise.all(LEFT_BEHIND.map((name) => files.remove(path.join(pm2Home, name))));
}
