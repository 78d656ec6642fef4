import path from "node:path";
import { writtenValues } from "../../config/env-file.ts";
import type { Decided } from "../context.ts";
import { isEnvironmentFile, variablesOf } from "../repository/env-files.ts";
import type { Repository } from "../repository/snapshot.ts";
import { namesInShort } from "./text.ts";
import { requiredSettings } from "../python/settings/required-settings.ts";
import { givenVariables } from "../services/containers.ts";

/** Variables that a backend's settings need and that no file, template or container gives a value: it ends at its start. */
export function unsetSettings(decided: Decided): string[] {
  const { repository, files, composed, backends, apps, templates } = decided;
  return backends.flatMap((backend) => {
    const { cwd, home } = backend;
    const required = requiredSettings(files, backend, backends);
    if (required.length === 0) return [];
    const folders = [".", home, cwd, ...(composed?.files ?? []).map((file) => path.posix.dirname(file))];
    const code = repository.files
      .filter((file) => file.endsWith(".py") && (cwd === "." || file.startsWith(`${cwd}/`)))
      .map((file) => repository.text(file) ?? "");
    const known = [
      ...folders.map((folder) => variablesOf(repository, folder)),
      ...namedInCode(repository, code).map((file) => writtenValues(repository.text(file) ?? "")),
      ...templates.map(({ template }) => writtenValues(repository.text(template) ?? "")),
      ...apps
        .filter((app) => app.cwd === cwd)
        .flatMap(({ env = {}, envFile = [] }) => [
          env,
          ...envFile.map((file) => writtenValues(repository.text(file) ?? "")),
        ]),
      givenVariables(decided, backend),
    ];
    const set = new Set(known.flatMap((values) => Object.keys(values).map((name) => name.toUpperCase())));
    const unset = required.filter(({ names }) => !names.some((name) => set.has(name) || isSetBy(code, name)));
    const [first] = unset;
    if (!first) return [];
    const names = [...new Set(unset.map((one) => one.names[0] ?? ""))];
    const env = path.posix.join(cwd, ".env");
    return [
      `${backend.file} needs ${namesInShort(names)}, which no file sets: write ${names.length === 1 ? "it" : "them"} in ${env} (${first.file}:${first.line})`,
    ];
  });
}

/** `env_file="envs/dev.env"`, `load_dotenv(ROOT / "conf" / "my.env")`: files of variables in any folder that the code names. */
const namedInCode = (repository: Repository, code: readonly string[]): string[] =>
  repository.files.filter((file) => {
    const name = path.posix.basename(file);
    return isEnvironmentFile(name) && code.some((text) => [`${name}"`, `${name}'`].some((one) => text.includes(one)));
  });

/** `os.environ["KEY"] = "x"`, `os.environ.setdefault("KEY", "x")` */
function isSetBy(code: readonly string[], name: string): boolean {
  if (!/^\w+$/.test(name)) return false;
  const sets = new RegExp(`environ(\\[["']${name}["']\\]\\s*=[^=]|\\.setdefault\\(\\s*["']${name}["'])`, "i");
  return code.some((text) => text.includes("environ") && sets.test(text));
}
