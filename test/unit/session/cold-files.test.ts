import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { createColdFiles } from "../../../src/session/apps/cold-files.ts";
import { files } from "../../../src/system/files/files.ts";
import { folderWith } from "../config/outside.ts";
import { sampleApp } from "../plan/sample.ts";

test("what only a restart reads anew has changed since the set-up, or has come, or is gone", async () => {
  const cwd = folderWith({ "uv.lock": "one", "dev.env": "A=1" });
  const at = (name: string): string => path.join(cwd, name);
  const step = { run: ["uv", "sync"], inputs: [at("uv.lock"), at("uv.toml")], output: null, cwd, title: "uv sync" };
  const app = sampleApp({ name: "api", cwd, envFiles: [at("dev.env")], setup: [step] });
  const cold = createColdFiles(files);
  expect(await cold.changed(app)).toBeNull();
  const since = async (change: () => unknown): Promise<string | null> => {
    await cold.note(app);
    await change();
    return cold.changed(app);
  };
  expect(await since(() => writeFileSync(at("uv.lock"), "one"))).toBeNull();
  expect(await since(() => writeFileSync(at("uv.lock"), "two"))).toBe("uv.lock");
  expect(await since(() => writeFileSync(at("uv.toml"), "new"))).toBe("uv.toml");
  expect(await since(() => files.remove(at("dev.env")))).toBe("dev.env");
  execFileSync("mkfifo", [at("dev.env")]);
  expect(await since(() => {})).toBeNull();
});
