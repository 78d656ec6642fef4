import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";

/** A file of a package manager at a version (`pnpm@9`); installed once and kept. */
export function packageManager(spec: string, file: string): string {
  const prefix = path.join("/tmp", `devpm-manager-${spec}`);
  const bin = path.join(prefix, "node_modules", file);
  if (!existsSync(bin)) execFileSync("npm", ["install", "--silent", "--prefix", prefix, spec], { stdio: "ignore" });
  return bin;
}
