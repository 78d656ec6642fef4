import { readFileSync } from "node:fs";
import path from "node:path";
import { pythonWith } from "../test/rigs/python.ts";

/** The command line of a program of bench/package.json. */
export function peer(name: string, bin = name): readonly string[] {
  const folder = path.join(import.meta.dirname, "node_modules", name);
  const { bin: bins } = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8")) as {
    bin?: string | Record<string, string>;
  };
  const file = typeof bins === "string" ? bins : bins?.[bin];
  if (file === undefined) throw new Error(`${name} has no program called ${bin}`);
  return [process.execPath, path.join(folder, file)];
}

/** A virtual environment with the web frameworks that the comparisons serve. */
export const webPython = (): Promise<string> => pythonWith(["flask==3.1.*", "fastapi", "uvicorn[standard]"]);
