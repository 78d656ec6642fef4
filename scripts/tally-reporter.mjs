// Counts the tests of a vitest run into $DEVPM_TALLY, with the reason of each skip (vitest's JSON reporter drops it).
import { writeFileSync } from "node:fs";
import path from "node:path";

export default class TallyReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const tally = { passed: 0, failed: 0, skipped: [], outside: [] };
    for (const testModule of modules) {
      const file = path.relative(process.cwd(), testModule.moduleId);
      for (const test of testModule.children.allTests()) count(tally, file, test);
      for (const error of errorsOf(testModule)) tally.outside.push(`${file}: ${firstLine(error)}`);
    }
    for (const error of unhandledErrors) tally.outside.push(firstLine(error));
    writeFileSync(process.env.DEVPM_TALLY, JSON.stringify(tally));
  }
}

function count(tally, file, test) {
  const { state, note } = test.result();
  if (state === "passed") tally.passed += 1;
  else if (state === "failed") tally.failed += 1;
  else tally.skipped.push({ test: `${file}: ${test.fullName}`, reason: note ?? "no reason given" });
}

/** A file that does not load, and a hook that fails, have no test of their own to fail. */
function errorsOf(testModule) {
  const suites = [...testModule.children.allSuites()];
  return [...testModule.errors(), ...suites.flatMap((suite) => [...suite.errors()])];
}

const firstLine = (error) => String(error.message ?? error).split("\n")[0];
