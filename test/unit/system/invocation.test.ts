import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { invocation } from "../../../src/system/invocation.ts";
import { folderWith } from "../config/outside.ts";

test("a folder of the PATH that cannot be looked into has no devpm", () => {
  const folder = folderWith({ "devpm.js": "" });
  const [closed, open] = [path.join(folder, "closed"), path.join(folder, "open")];
  for (const one of [closed, open]) mkdirSync(one);
  // as an error, what every user gets, and root too
  symlinkSync("devpm", path.join(closed, "devpm"));
  const script = path.join(folder, "devpm.js");
  const at = (PATH: string): string => invocation(script, { cwd: "/usr", shell: { PATH } });
  expect(at(closed)).toBe(script);
  writeFileSync(path.join(open, "devpm"), `#!/bin/sh\nexec node ${script}\n`);
  expect(at(`${closed}:${open}`)).toBe("devpm");
});
