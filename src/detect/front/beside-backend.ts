import { commandsIn } from "../commands/shell.ts";
import { type Intent, meantBy } from "../commands/intent.ts";
import { parallelOf } from "../commands/unwrap.ts";
import type { Package } from "./packages.ts";

/** How deep scripts may call scripts. */
const DEPTH = 4;

/**
 * Whether a line of a script starts a backend: `flask run`, `npm run api`. devpm starts the backends itself, so the front end is
 * to be started without it.
 */
export function startsBackend(one: Package, line: string, depth = 0): boolean {
  if (depth > DEPTH) return false;
  const name = /^(?:npm|yarn|pnpm|bun):([\w:.-]+)$/.exec(line)?.[1];
  if (name !== undefined) return ofScript(one, name, depth);
  return commandsIn(line).some(({ words }) => {
    const parallel = parallelOf(words);
    if (parallel) return parallel.some((inner) => startsBackend(one, inner, depth + 1));
    const { intent } = meantBy(words);
    if (intent.kind === "package" && intent.folder === null && intent.filter === null)
      return ofScript(one, intent.script, depth);
    return isBackend(intent);
  });
}

const ofScript = (one: Package, name: string, depth: number): boolean =>
  startsBackend(one, one.scripts[name] ?? "", depth + 1);

function isBackend(intent: Intent): boolean {
  switch (intent.kind) {
    case "server":
    case "fastapi":
    case "flask":
    case "langgraph":
      return true;
    case "django":
      return intent.verb === "runserver";
    case "compose":
      return intent.verb === "up";
    default:
      return false;
  }
}
