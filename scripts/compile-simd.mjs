// src/logs/simd.wat → src/logs/simd-module.ts. To be run after a change of the former; test/unit/logs/simd.test.ts notices
// where it was not. The assembler is fetched when it is needed: nothing else of devpm needs it.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const ASSEMBLER = "wabt@1.0.39";

const logs = path.join(import.meta.dirname, "../src/logs");
const source = path.join(logs, "simd.wat");
const folder = mkdtempSync(path.join(tmpdir(), "devpm-simd-"));
const module = path.join(folder, "simd.wasm");
const command = ["--yes", "--package", ASSEMBLER, "wat2wasm", source, "--output", module];
const { status } = spawnSync("npx", command, { stdio: "inherit" });
if (status === 0) {
  const digest = createHash("sha256").update(readFileSync(source)).digest("hex");
  const lines = [
    "/** Made of simd.wat by scripts/compile-simd.mjs: WebAssembly, and the SHA-256 of its source. */",
    `export const SOURCE = "${digest}";`,
    `export const MODULE =\n  "${readFileSync(module, "base64")}";`,
  ];
  writeFileSync(path.join(logs, "simd-module.ts"), `${lines.join("\n")}\n`);
}
rmSync(folder, { recursive: true });
process.exitCode = status ?? 1;
