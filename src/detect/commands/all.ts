import type { Repository } from "../repository/snapshot.ts";
import { type FoundCommand, type Written, interpret } from "./found-command.ts";
import { composeCommands } from "./sources/compose.ts";
import { dockerfileCommands } from "./sources/dockerfile.ts";
import { documented, workflows } from "./sources/documents.ts";
import { recipes } from "./sources/makefile.ts";
import { pythonStarters } from "./sources/python-starters.ts";
import { editorCommands, namedScripts, procfiles, shellScripts } from "./sources/scripts.ts";

/** Programs that a rule asks for: long scripts without any of them are not parsed. */
const PROGRAMS =
  /\b(uvicorn|gunicorn|hypercorn|granian|flask|fastapi|python3?|uv|poetry|pipenv|pdm|manage\.py|celery|npm|pnpm|yarn|bun|npx|vite|next|compose|cp|copy|alembic)\b/;

/** In the order of their weight, where two say different things. */
const SOURCES: readonly ((repository: Repository) => Written[])[] = [
  namedScripts,
  recipes,
  procfiles,
  shellScripts,
  pythonStarters,
  editorCommands,
  documented,
  dockerfileCommands,
  composeCommands,
  workflows,
];

/** Every command that is written somewhere in the repository. */
export function commandsOf(repository: Repository): FoundCommand[] {
  return SOURCES.flatMap((source) => source(repository))
    .filter(({ text }) => text.length < 200 || PROGRAMS.test(text))
    .flatMap((written) => interpret(repository, written));
}
