import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { mayHaveWritten, savedUnwatched } from "../../../src/pm2/patch-first-look.ts";
import { folderWith } from "../config/outside.ts";

test("saved unwatched is what was saved between the app's start and its watch", async () => {
  const cwd = folderWith({ "before.py": "x", "now.py": "x", "deep/now.py": "x", "later.py": "x", "empty.py": "" });
  const at = { "before.py": 10_000, "now.py": 20_000, "deep/now.py": 30_000, "later.py": 30_001, "empty.py": 20_000 };
  for (const [name, ms] of Object.entries(at)) utimesSync(path.join(cwd, name), ms / 1_000, ms / 1_000);
  mkdirSync(path.join(cwd, "new"));
  utimesSync(path.join(cwd, "new"), 20, 20);
  symlinkSync("itself.py", path.join(cwd, "itself.py"));
  const watched = {
    "..": [path.basename(cwd)],
    ".": ["before.py", "now.py", "later.py", "empty.py", "gone.py", "itself.py", "deep", "new"],
    deep: ["now.py"],
  };
  expect(await savedUnwatched(watched, { cwd, since: 10_000, until: 30_000 })).toEqual([
    path.join(cwd, "now.py"),
    path.join(cwd, "deep/now.py"),
  ]);
});

test.runIf(process.platform === "linux")("an app of which a process wrote may have written it", async () => {
  const root = folderWith({ "saved.py": "x" });
  const file = path.join(root, "saved.py");
  /** Its pid, once it has come so far. */
  const app = async (line: string): Promise<number | undefined> => {
    const child = spawn("sh", ["-c", `${line}; exec cat > /dev/null`], {
      cwd: root,
      stdio: ["pipe", "pipe", "ignore"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    await once(child.stdout.resume(), "end");
    return child.pid;
  };
  const quiet = await app(":");
  writeFileSync(file, "y");
  expect(await mayHaveWritten(quiet, file)).toBe(false);
  expect(await mayHaveWritten(await app("cat saved.py > built.txt"), file)).toBe(true);
});

test("of one that has ended nobody knows", async () => {
  const child = spawn("true");
  await once(child, "exit");
  expect(await mayHaveWritten(child.pid, "/any")).toBe(true);
  expect(await mayHaveWritten(undefined, "/any")).toBe(true);
});
