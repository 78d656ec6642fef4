// npm test: every test, or those that the arguments select (they are vitest's own), and a last line with the count.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { prepareOrExit } from "./prepare.mjs";

const root = path.dirname(import.meta.dirname);
const args = process.argv.slice(2);
/** Distinguished from the count of the whole suite: `node-22: 5 passed, 0 failed`. */
const label = process.env.DEVPM_TALLY_LABEL ? `${process.env.DEVPM_TALLY_LABEL}: ` : "";
const strict = process.env.CI === "true" && process.env.DEVPM_CI_STRICT === "1";

await prepareOrExit();
const folder = mkdtempSync(path.join(tmpdir(), "devpm-test-run-"));
const file = path.join(folder, "tally.json");
process.exitCode = summarise(await vitest());
rmSync(folder, { recursive: true, force: true });

function vitest() {
  const child = spawn(
    process.execPath,
    [
      path.join(root, "node_modules/vitest/vitest.mjs"),
      "run",
      ...(args.some((arg) => arg.startsWith("--reporter")) ? [] : ["--reporter=default"]),
      `--reporter=${path.join(root, "scripts/tally-reporter.mjs")}`,
      ...args,
    ],
    { cwd: root, stdio: ["ignore", "inherit", "inherit"], env: { ...process.env, DEVPM_TALLY: file } },
  );
  // the terminal sends Ctrl+C to vitest too; it ends by itself and we report the result so far
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  return new Promise((resolve) => {
    child.on("error", (error) => {
      console.error(`vitest could not be started: ${error.message}`);
      resolve(1);
    });
    child.on("exit", (code) => resolve(code ?? 1));
  });
}

function summarise(exitCode) {
  const tally = readTally();
  if (!tally) {
    console.error("vitest ended before it could count");
    console.log(`${label}0 passed, 1 failed`);
    return exitCode || 1;
  }
  for (const { test, reason } of tally.skipped) console.log(`skipped: ${test}: ${reason}`);
  for (const failure of tally.outside) console.log(`failed outside a test: ${failure}`);
  const skips = tally.skipped.length;
  if (strict && skips > 0) console.log(`${skips} skipped: in CI every test has what it needs, so a skip is a failure`);
  let failed = tally.failed + tally.outside.length + (strict ? skips : 0);
  if (tally.passed + failed + skips === 0) console.log("no test was run");
  if (exitCode !== 0 && failed === 0) {
    console.log(`vitest ended with ${exitCode}`);
    failed = 1;
  }
  console.log(`${label}${tally.passed} passed, ${failed} failed${skips > 0 && !strict ? `, ${skips} skipped` : ""}`);
  return failed > 0 ? exitCode || 1 : 0;
}

function readTally() {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return null;
  }
}
