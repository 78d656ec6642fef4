import type { App } from "../model/project.ts";
import type { Files } from "../system/files.ts";

/** Folders that hold no sources of the user's; never walked into. */
const SKIPPED = /^(\..*|node_modules|venv|__pycache__|site-packages|dist|build)$/;

/** When the newest of the files that reload an app was saved: ms of the wall clock, whole; 0 where there are none. */
export async function newestSave(files: Files, app: App): Promise<number> {
  const wanted = app.reload === "warm" ? (name: string) => name.endsWith(".py") : () => true;
  const found = await Promise.all(
    app.watch.map((folder) => files.newest(folder, wanted, (name) => SKIPPED.test(name))),
  );
  return Math.floor(Math.max(0, ...found));
}
