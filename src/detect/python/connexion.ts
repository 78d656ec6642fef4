import path from "node:path";
import type { Repository } from "../repository/snapshot.ts";
import { foldersAbove } from "./index.ts";
import type { Import, PythonModule } from "./module.ts";

const NAME = "connexion";

/** `from connexion import App`, `import connexion as cx`. */
export const isOfConnexion = ({ imports }: PythonModule, name: string, imported: Import | undefined): boolean =>
  imported?.module === NAME ||
  imports.some((one) => one.names === null && one.module === NAME && name.startsWith(`${one.as ?? NAME}.`));

const MANIFEST = /requirements|^(pyproject\.toml|Pipfile|setup\.(py|cfg))$/;
const OLD = /\bconnexion\b[^\n]*(<\s*=?\s*[23]|[=~^]=?\s*["']?\^?2)/i;

/** Any server runs one of version 3 or later; before, it was Flask within an object that its own program runs. */
export function connexionOf(repository: Repository, file: string): "connexion" | "asgi" {
  const required = foldersAbove(file).flatMap((folder) =>
    repository
      .names(folder)
      .flatMap((one) => (MANIFEST.test(one) ? (repository.text(path.posix.join(folder, one)) ?? []) : [])),
  );
  return required.some((text) => OLD.test(text)) ? "connexion" : "asgi";
}
