import type { Command } from "../model/project.ts";

/** What PM2 runs a file with, by its extension. */
const INTERPRETERS: Readonly<Record<string, string>> = {
  ".sh": "bash",
  ".py": "python",
  ".rb": "ruby",
  ".php": "php",
  ".pl": "perl",
  ".js": "node",
  ".cjs": "node",
  ".mjs": "node",
  ".coffee": "coffee",
  ".ls": "lsc",
  ".ts": "bun",
  ".tsx": "bun",
};

export interface Script {
  script: string;
  args: string | readonly string[] | undefined;
  interpreter: string | undefined;
  interpreterArgs: string | readonly string[] | undefined;
  /** What `script` is: a file of the app's folder, one that can be executed, or a program of the PATH. */
  found: "file" | "executable" | "program";
}

/** PM2's `script`, `args` and `interpreter` as the argv PM2 would make of them. */
export function scriptCommand({ script, args, interpreter, interpreterArgs, found }: Script): Command {
  // PM2 hands a script with a space in it to a shell
  if (script.includes(" ") && found === "program") return { line: [script, ...list(args)].join(" "), shell: true };
  const extension = /\.[a-z]+$/.exec(script)?.[0] ?? "";
  const byName = found === "program" ? "none" : (INTERPRETERS[extension] ?? (found === "file" ? "node" : "none"));
  const runs = interpreter ?? byName;
  const argv = [script, ...list(args)];
  return { argv: runs === "none" ? argv : [runs, ...list(interpreterArgs), ...argv], shell: false };
}

const list = (value: string | readonly string[] | undefined): readonly string[] =>
  typeof value === "string" ? value.split(" ").filter((word) => word !== "") : (value ?? []);
