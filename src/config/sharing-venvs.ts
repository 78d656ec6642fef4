import path from "node:path";
import type { App } from "../model/project.ts";
import { upwards } from "../util/paths.ts";

/** A Python command below a folder whose venv another app's setup makes uses it, and waits for the same steps. */
export function sharingVenvs<T extends App>(users: readonly T[], apps: readonly App[]): T[] {
  const makers = apps.filter(({ venv, setup }) => venv !== null && setup.length > 0);
  return users.map((user) => {
    const own = user.kind !== "command" && user.kind !== "task";
    if (own || user.toolchain !== "python" || user.venv !== null) return user;
    const maker = makers.find(({ venv }) =>
      upwards(user.cwd, path.dirname(venv ?? "")).includes(path.dirname(venv ?? "")),
    );
    return maker ? { ...user, venv: maker.venv, setup: [...maker.setup, ...user.setup] } : user;
  });
}
