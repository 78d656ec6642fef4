import type { Repository } from "../repository/snapshot.ts";
import { type FoundCommand, type Written, interpret } from "./found-command.ts";
import { composeCommands } from "./sources/compose.ts";
import { dockerfileCommands } from "./sources/dockerfile.ts";
import { documented, workflows } from "./sources/documents.ts";
import { hostedCommands } from "./sources/hosting.ts";
import { recipes } from "./sources/makefile.ts";
import { pythonStarters } from "./sources/python-starters.ts";
import { runnerCommands } from "./sources/runners.ts";
import { editorCommands, namedScripts, procfiles, shellScripts } from "./sources/scripts.ts";

/** Programs that a rule asks for: long scripts without any of them are not parsed. */
const PROGRAMS =
  /\b(uvicorn|gunicorn|hypercorn|granian|litestar|sanic|quart|flask|fastapi|python3?|uv|poetry|pipenv|pdm|manage\.py|celery|npm|pnpm|yarn|bun|npx|vite|next|compose|cp|copy|alembic|langgraph)\b/;

/** In the order of their weight, where two say different things. */
const SOURCES: readonly ((repository: Repository) => Written[])[] = [
  namedScripts,
  recipes,
  procfiles,
  runnerCommands,
  shellScripts,
  pythonStarters,
  editorCommands,
  documented,
  dockerfileCommands,
  hostedCommands,
  composeCommands,
  workflows,
];

/** More than people write. Generated scripts hold hundreds of thousands, which took minutes. */
const MOST_COMMANDS = 20_000;

/** Every command that is written somewhere in the repository. */
export function commandsOf(repository: Repository): FoundCommand[] {
  const found: FoundCommand[] = [];
  for (const written of SOURCES.flatMap((source) => source(repository))) {
    if (found.length >= MOST_COMMANDS) break;
    if (written.text.length < 200 || PROGRAMS.test(written.text)) found.push(...interpret(repository, written));
  }
  return found;
}
