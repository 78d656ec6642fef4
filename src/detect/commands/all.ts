import type { Repository } from "../repository/snapshot.ts";
import { type Said, said } from "./said.ts";
import { dockerfileCommands } from "./sources/dockerfile.ts";
import { documented, workflows } from "./sources/documents.ts";
import { recipes } from "./sources/makefile.ts";
import { editorCommands, namedScripts, procfiles, shellScripts } from "./sources/scripts.ts";

/** Every command that stands somewhere in the repository. */
export function commandsOf(repository: Repository): Said[] {
  return [namedScripts, recipes, procfiles, shellScripts, editorCommands, documented, dockerfileCommands, workflows]
    .flatMap((source) => source(repository))
    .flatMap((written) => said(repository, written));
}
