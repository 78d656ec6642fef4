import path from "node:path";
import type { System } from "../../system/system.ts";
import { print, type CommandContext } from "../shared/context.ts";
import { attachable } from "../shared/editor-files.ts";
import { changes } from "./files.ts";

export interface AgentInitOptions {
  dryRun: boolean;
  /** Asks the user at the terminal; null where no one could answer. */
  confirm: ((question: string) => Promise<boolean>) | null;
  /** What a user types here for `devpm`. */
  typed: string;
  /** `--config FILE`, as typed. */
  config?: string;
}

/** `devpm agent init`: shows what it adds, then writes it. A second time it changes nothing. */
export async function agentInit(
  context: CommandContext,
  system: () => Promise<System>,
  { dryRun, confirm, typed, config }: AgentInitOptions,
): Promise<number> {
  const { files } = context.system;
  const { out } = context.terminal;
  const { root } = await context.instance();
  const read = (name: string): Promise<string | null> => files.read(path.join(root, name));
  const [agents, claude, mcp, vscodeMcp, vscodeLaunch] = await Promise.all(
    ["AGENTS.md", "CLAUDE.md", ".mcp.json", ".vscode/mcp.json", ".vscode/launch.json"].map(read),
  );
  const hasVscode = (await files.kind(path.join(root, ".vscode"))) === "folder";
  const linked =
    (await files.realpath(path.join(root, "CLAUDE.md"))) === (await files.realpath(path.join(root, "AGENTS.md")));
  const present = {
    agents: agents ?? null,
    claude: linked ? null : (claude ?? null),
    mcp: mcp ?? null,
    vscodeMcp: vscodeMcp ?? null,
    vscodeLaunch: vscodeLaunch ?? null,
    hasVscode,
  };
  const found = changes(present, typed, hasVscode ? await attachable(await system(), config) : []);
  for (const change of found) {
    if ("leftAlone" in change) print(out, [`${change.file} is left as it is: ${change.leftAlone}`, ""]);
    else print(out, [`${change.file} gets:`, ...change.adds.split("\n").map((line) => `  ${line}`), ""]);
  }
  const writing = found.filter((change) => "text" in change);
  if (found.length === 0) print(out, ["nothing to add: the files have it already"]);
  else if (writing.length === 0) print(out, ["nothing else to add"]);
  if (dryRun || writing.length === 0) return 0;
  if (confirm !== null && !(await confirm("Write this?"))) {
    print(out, ["nothing was written"]);
    return 0;
  }
  for (const { file, text } of writing) await files.edit(path.join(root, file), text);
  print(out, [`wrote ${writing.map(({ file }) => file).join(", ")}`]);
  return 0;
}
