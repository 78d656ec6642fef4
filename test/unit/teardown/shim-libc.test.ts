import { spawnSync } from "node:child_process";
import path from "node:path";
import { expect, test } from "vitest";
import { REPOSITORY } from "../../rigs/devpm.ts";

/** 24 MB in pieces that malloc takes from its heap, freed below one that is kept. */
const PROGRAM = `
import sys
sys.path.insert(0, ${JSON.stringify(path.join(REPOSITORY, "src/teardown"))})
from shim_libc import give_back

def pages():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1])

pieces = [b"x" * 60000 for _ in range(400)]
kept = b"x" * 60000
del pieces
before = pages()
give_back()
print(before - pages())`;

test("what the shim has freed is the machine's again", (ctx) => {
  ctx.skip(process.platform !== "linux", "malloc_trim is glibc's");
  const { stdout, stderr } = spawnSync("python3", ["-I", "-S", "-B", "-c", PROGRAM], { encoding: "utf8" });
  expect(stderr).toBe("");
  expect(Number(stdout)).toBeGreaterThan(2_000);
});
