import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

const RUN = path.resolve(import.meta.dirname, "../python/run.py");
const VERSIONS = path.join(process.env.PYENV_ROOT ?? "/root/.pyenv", "versions");
/** What a preforked app may run on. */
const SUPPORTED = /^3\.(9|1\d)\b/;

/** Each supported Python of this machine once, by its version. */
function pythons(): [version: string, python: string][] {
  const built = existsSync(VERSIONS) ? readdirSync(VERSIONS) : [];
  const found = [...built.map((name) => path.join(VERSIONS, name, "bin/python")), "python3"];
  const asked = found.map((python): [string, string] => {
    const script = "import sys; print('%d.%d' % sys.version_info[:2])";
    return [spawnSync(python, ["-S", "-c", script], { encoding: "utf8" }).stdout?.trim() ?? "", python];
  });
  return [...new Map(asked.filter(([version]) => SUPPORTED.test(version))).entries()];
}

interface Ran {
  test: string;
  failure: string | null;
}

const run = (python: string): Ran[] =>
  execFileSync(python, ["-B", RUN, "--json"], { encoding: "utf8", maxBuffer: 64_000_000 })
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Ran);

const found = pythons();

it("a supported Python is there", (ctx) => {
  ctx.skip(found.length === 0, "no Python from 3.9 on is installed");
});

// each test of unittest is one here, so that it is counted and named
describe.each(found)("the supervisor's policies on Python %s", (_, python) => {
  it.each(run(python).map((ran) => [ran.test, ran] as const))("%s", (_name, { failure }) => {
    expect(failure).toBeNull();
  });
});
