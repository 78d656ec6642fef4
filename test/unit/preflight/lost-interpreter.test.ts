import { chmodSync, mkdirSync, symlinkSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { runSetup } from "../../../src/preflight/setup/setup.ts";
import { commands } from "../../../src/system/commands.ts";
import { files } from "../../../src/system/files/files.ts";
import { folderWith } from "../config/outside.ts";
import { sampleApp } from "../plan/sample.ts";
import { virtualClock } from "../virtual-clock.ts";
import { environment } from "./place.ts";

/** The evidence of a step of `poetry`, which is a link in a folder of the PATH to a script that begins so. */
async function evidenceOf(begins: string) {
  const root = folderWith({ "tools/poetry": `${begins}\nprint()\n` });
  const bin = path.join(root, "bin");
  mkdirSync(bin);
  chmodSync(path.join(root, "tools/poetry"), 0o755);
  symlinkSync(path.join(root, "tools/poetry"), path.join(bin, "poetry"));
  const step = { run: ["poetry", "install"], inputs: [], output: null, cwd: root, title: "poetry install" };
  const outcome = await runSetup(
    { files, commands, clock: virtualClock(), environment: { ...environment, cwd: root, shell: { PATH: bin } } },
    {
      app: sampleApp({ name: "api", cwd: root, setup: [step] }),
      folder: path.join(root, ".state"),
      emit: () => {},
      signal: new AbortController().signal,
    },
  );
  const [diagnostic] = outcome.ok ? [] : outcome.diagnostics;
  return { bin, evidence: new Map(diagnostic?.evidence) };
}

test("a tool whose interpreter was removed is not there for the system: the interpreter is named", async () => {
  const { bin, evidence } = await evidenceOf("#!/opt/gone/bin/python3.11 -s");
  expect(evidence.get("step")).toBe("poetry install  (ENOENT)");
  expect(evidence.get("cause")).toBe(
    `${bin}/poetry is run by /opt/gone/bin/python3.11, which is not there any more: install the tool again`,
  );
});

test("a tool that starts and fails has another cause", async () => {
  const { evidence } = await evidenceOf("#!/usr/bin/env false");
  expect(evidence.get("step")).toContain("poetry install  (exit code ");
  expect(evidence.has("cause")).toBe(false);
});
