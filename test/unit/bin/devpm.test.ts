import { spawnSync } from "node:child_process";
import { mkdtempSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { REPOSITORY } from "../../rigs/devpm.ts";

test("in a folder that is gone, it is reported, with a line that leads out of it", () => {
  const folder = mkdtempSync(path.join(realpathSync(tmpdir()), "devpm-gone-"));
  const program = path.join(REPOSITORY, "bin/devpm.js");
  const call = [`cd '${folder}' && rmdir '${folder}'`, `'${process.execPath}' '${program}' status`];
  const { stderr, status } = spawnSync("/bin/sh", ["-c", call.join("\n")], { encoding: "utf8" });
  expect({ stderr, status }).toEqual({
    stderr: `✖ the folder that this shell is in is gone   DEVPM_USAGE
  Nothing was started.
  fix       cd "$PWD" || cd
`,
    status: 2,
  });
});
