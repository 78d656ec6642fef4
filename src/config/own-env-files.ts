import path from "node:path";
import type { Files } from "../system/files/files.ts";
import type { Command } from "../model/project.ts";

/**
 * Tools that read the `.env` files of their folder themselves, by mode (`.env.development`, `.env.local`), and let the
 * process's environment win over all of them: if `.env` were passed to them that way, it would win over `.env.local`.
 */
const TOOLS = new Set(
  `vite vitest next nuxt nuxi astro react-scripts react-router remix gatsby svelte-kit vue-cli-service rsbuild rspack
  parcel expo quasar vinxi waku tanstack bun bunx wrangler redwood blitz`.split(/\s+/),
);

/** How deep scripts may call scripts. */
const DEPTH = 4;

/** Whether the program behind a command line, or behind the package's script it runs, is one of them. */
export async function readsOwnEnvFiles(command: Command, cwd: string, files: Files): Promise<boolean> {
  const line = command.shell ? command.line : command.argv.join(" ");
  const words = wordsOf(line);
  if (words.some((word) => TOOLS.has(word))) return true;
  return runsScripts(words) && anyTool(words, scriptsOf(await files.read(path.join(cwd, "package.json"))), DEPTH);
}

const runsScripts = (words: readonly string[]): boolean =>
  words.some((word) => word === "npm" || word === "pnpm" || word === "yarn");

/** A word that is the name of a script means that script: `npm run dev`, `pnpm dev`, `yarn --cwd x dev`. */
function anyTool(words: readonly string[], scripts: ReadonlyMap<string, string>, depth: number): boolean {
  if (depth === 0) return false;
  return words.some((word) => {
    const script = scripts.get(word);
    if (script === undefined) return false;
    const inside = wordsOf(script);
    return inside.some((one) => TOOLS.has(one)) || (runsScripts(inside) && anyTool(inside, scripts, depth - 1));
  });
}

/** `node_modules/.bin/next` and `next` are one program. */
const wordsOf = (line: string): string[] =>
  line.split(/[\s;&|()'"]+/).map((word) => (word.includes("node_modules/.bin/") ? path.basename(word) : word));

function scriptsOf(packageJson: string | null): ReadonlyMap<string, string> {
  try {
    const { scripts = {} } = JSON.parse(packageJson ?? "{}") as { scripts?: Record<string, unknown> };
    return new Map(Object.entries(scripts).filter((entry): entry is [string, string] => typeof entry[1] === "string"));
  } catch {
    return new Map();
  }
}
