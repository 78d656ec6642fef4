import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import path from "node:path";

/** A file of a package manager at a version (`pnpm@9`); installed once and kept. */
export function packageManager(spec: string, file: string): string {
  const prefix = path.join("/tmp", `devpm-manager-${spec}`);
  const bin = path.join(prefix, "node_modules", file);
  if (!existsSync(bin)) install(spec, prefix, bin);
  return bin;
}

/** Made beside its place and moved there whole: another test file may install the same at this moment. */
function install(spec: string, prefix: string, bin: string): void {
  const beside = mkdtempSync(`${prefix}.`);
  try {
    execFileSync("npm", ["install", "--silent", "--prefix", beside, spec], { stdio: ["ignore", "ignore", "inherit"] });
    if (existsSync(bin)) return;
    // what an interrupted run has left
    rmSync(prefix, { recursive: true, force: true });
    renameSync(beside, prefix);
  } catch (error) {
    if (!existsSync(bin)) throw error;
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
}
