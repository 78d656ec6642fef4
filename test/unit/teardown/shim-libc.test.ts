import { spawnSync } from "node:child_process";
import path from "node:path";
import { expect, test } from "vitest";
import { REPOSITORY } from "../../rigs/devpm.ts";

/** What a Python program prints that has the shim's library. */
function printed(program: string): string {
  const found = `import sys\nsys.path.insert(0, ${JSON.stringify(path.join(REPOSITORY, "src/teardown"))})\n`;
  const { stdout, stderr } = spawnSync("python3", ["-I", "-S", "-B", "-c", found + program], { encoding: "utf8" });
  expect(stderr).toBe("");
  return stdout;
}

/** 24 MB in pieces that malloc takes from its heap, freed below one that is kept. */
const FREED = `
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
  expect(Number(printed(FREED))).toBeGreaterThan(2_000);
});

/** As musl is, which Alpine has. */
const WITHOUT = `
import _ctypes
import shim_libc

found = _ctypes.dlsym
_ctypes.dlsym = lambda library, name: found(library, name.replace("malloc_trim", "devpm_no_such_function"))
shim_libc.give_back()
print("goes on")`;

test("a C library that has no way to give memory back ends no guard", (ctx) => {
  ctx.skip(process.platform !== "linux", "the shim is Linux's");
  expect(printed(WITHOUT)).toBe("goes on\n");
});
