import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { FLASK_RUN, flaskFiles, flaskRoutes, makeVenvs, startWarm } from "./rig.ts";

beforeAll(makeVenvs, 400_000);

/** A user namespace of its own has a limit of its own. */
const limited = (watches: number, then: string): string[] => [
  "unshare",
  "-Ur",
  "sh",
  "-c",
  `echo ${watches} > /proc/sys/user/max_inotify_watches && exec ${then}`,
];
const canLimit = (): boolean => {
  try {
    const [file = "", ...args] = limited(5, "true");
    execFileSync(file, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
};

describe("limits", () => {
  it("inotify watches used up: said once, and saves are seen all the same", async (ctx) => {
    if (!canLimit()) ctx.skip("user namespaces are not allowed here");
    const folders = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`other/f${index}/x.py`, ""] as const));
    const warm = await startWarm(ctx, {
      files: { ...flaskFiles("one"), ...folders },
      program: FLASK_RUN,
      through: (command) => limited(8, `"${command.join('" "')}"`),
    });
    await warm.warmedUp();
    for (const value of ["two", "three"]) {
      warm.write("web/routes.py", flaskRoutes(value));
      await warm.untilBody(value);
    }
    const said = warm.all("notice").filter(({ text }) => text.includes("max_user_watches"));
    expect(said).toHaveLength(1);
  });

  it("a tree of many files does not keep a save waiting", async (ctx) => {
    const warm = await startWarm(ctx, {
      files: flaskFiles("one"),
      program: FLASK_RUN,
      prepare: (_, root) => {
        for (let folder = 0; folder < 100; folder += 1) {
          mkdirSync(path.join(root, `data/${folder}`), { recursive: true });
          for (let file = 0; file < 200; file += 1) writeFileSync(path.join(root, `data/${folder}/${file}.txt`), "");
        }
      },
    });
    await warm.untilBody("one");
    // at once, while the tree may still be walked
    warm.write("web/routes.py", flaskRoutes("two"));
    await warm.untilBody("two");
    warm.write("data/99/new.py", "");
    await warm.told("reloaded", warm.reports.length);
  });
});
