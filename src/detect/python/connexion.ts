import path from "node:path";
import type { Repository } from "../repository/snapshot.ts";
import { foldersAbove } from "./code/files.ts";
import type { Import, PythonModule } from "./code/module.ts";

const NAME = "connexion";

/** `from connexion import App`, `import connexion as cx`. */
export const isOfConnexion = ({ imports }: PythonModule, name: string, imported: Import | undefined): boolean =>
  imported?.module === NAME ||
  imports.some((one) => one.names === null && one.module === NAME && name.startsWith(`${one.as ?? NAME}.`));

const MANIFEST = /requirements|^(pyproject\.toml|Pipfile|setup\.(py|cfg))$/;
/** Of pip `connexion[flask]>=2.14,<3`, of Poetry and Pipenv `connexion = "^2.14"` or `= { version = "^2.14" }`. */
const REQUIRED =
  /(?<![\w.-])connexion[ \t]{0,9}(?:\[[^\]\n]{0,80}\])?[ \t]{0,9}(?:=[ \t]*(?:\{[^}\n]{0,200}?\bversion[ \t]*=[ \t]*)?["']([^"'\n]{0,80})|([<>=~!][^"'\n;#]{0,80}))/gi;
const OLD = /<\s*3(?!\.[\d.]*[1-9])|<=?\s*2|(^|[=~^])\s*2/;

const isOld = (text: string): boolean =>
  [...text.matchAll(REQUIRED)].some(([, quoted, listed]) => OLD.test(quoted ?? listed ?? ""));

/** Any server runs one of version 3 or later; before, it was Flask within an object that its own program runs. */
export function connexionOf(repository: Repository, file: string): "connexion" | "asgi" {
  const required = foldersAbove(file).flatMap((folder) =>
    repository
      .names(folder)
      .flatMap((one) => (MANIFEST.test(one) ? (repository.text(path.posix.join(folder, one)) ?? []) : [])),
  );
  return required.some(isOld) ? "connexion" : "asgi";
}
