import path from "node:path";
import { failed, ok, type Outcome } from "../../diagnostics/outcome.ts";
import {
  type Instance,
  isInstanceName,
  SOCKET_FOLDER,
  type Sockets,
  socketsIn,
  stateFolder,
} from "../../model/instance.ts";
import type { System } from "../../system/system.ts";
import { nowhereToWrite, stateUnsafe } from "../diagnostics.ts";

type StateSystem = Pick<System, "files" | "environment">;

/**
 * The state folder and the instance's part of it, for this user alone: write access there could make devpm follow
 * a link, read its secrets, or end processes that a forged session file names.
 */
export async function securedState({ files, environment }: StateSystem, instance: Instance): Promise<Outcome<void>> {
  try {
    const home = stateFolder(environment);
    const whole = await files.makePrivate(home, { isOwn: isInstanceName, deep: false });
    if (whole.state === "unsafe") return failed(stateUnsafe(home, whole.reason));
    const own = await files.makePrivate(instance.folder, { isOwn: () => true, deep: true });
    if (own.state === "unsafe") return failed(stateUnsafe(instance.folder, own.reason));
    return ok(undefined);
  } catch (error) {
    return nowhereToWrite(instance, error);
  }
}

/** Sockets are in the state folder; where that path is too long, in a folder that the session creates and removes. */
export async function socketsFor({ files, environment }: StateSystem, instance: Instance): Promise<Outcome<Sockets>> {
  const beside = socketsIn(instance.folder);
  if (beside) return ok(beside);
  const { XDG_RUNTIME_DIR: runtime, TMPDIR: temporary } = environment.shell;
  const short = [runtime, temporary, "/tmp"].filter(
    (folder) =>
      folder !== undefined && folder.startsWith("/") && socketsIn(`${folder}/${SOCKET_FOLDER}XXXXXX`) !== null,
  ) as string[];
  const folder = await files.makeTemporary(short, SOCKET_FOLDER);
  const made = folder === null ? null : socketsIn(folder);
  return made ? ok(made) : failed(stateUnsafe(short.join(", "), "none of these folders can hold a private socket"));
}

/** Also of sessions whose file is lost: this session owns the instance now, and has not written any yet. */
export async function removeFormerEnvironments({ files }: StateSystem, { env }: Instance): Promise<void> {
  const names = await files.list(env).catch(() => []);
  await Promise.all(names.map((name) => files.remove(path.join(env, name)).catch(() => {})));
}
