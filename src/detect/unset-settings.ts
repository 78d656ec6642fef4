import path from "node:path";
import { writtenValues } from "../config/env-file.ts";
import { joinWithAnd } from "../util/text.ts";
import type { Context } from "./context.ts";
import { variablesOf } from "./environment.ts";
import type { DetectedApp, Template } from "./model.ts";
import { requiredSettings } from "./python/required-settings.ts";
import { givenVariables } from "./host-variables.ts";

/** Variables that a backend's settings need and that no file, template or container gives a value: it ends at its start. */
export function unsetSettings(
  { repository, files, composed, backends }: Context,
  apps: readonly DetectedApp[],
  templates: readonly Template[],
): string[] {
  return backends.flatMap((backend) => {
    const { cwd, home } = backend;
    const folders = [".", home, cwd, ...(composed?.files ?? []).map((file) => path.posix.dirname(file))];
    const known = [
      ...folders.map((folder) => variablesOf(repository, folder)),
      ...templates.map(({ template }) => writtenValues(repository.text(template) ?? "")),
      ...apps
        .filter((app) => app.cwd === cwd)
        .flatMap(({ env = {}, envFile = [] }) => [
          env,
          ...envFile.map((file) => writtenValues(repository.text(file) ?? "")),
        ]),
      composed ? givenVariables(backend, composed) : {},
    ];
    const set = new Set(known.flatMap((values) => Object.keys(values).map((name) => name.toUpperCase())));
    const unset = requiredSettings(files, backend, backends).filter(
      ({ names }) => !names.some((name) => set.has(name)),
    );
    const [first] = unset;
    if (!first) return [];
    const names = [...new Set(unset.map((one) => one.names[0] ?? ""))];
    const shown = names.length > 6 ? [...names.slice(0, 5), `${names.length - 5} more`] : names;
    const env = path.posix.join(cwd, ".env");
    return [
      `${backend.file} needs ${joinWithAnd(shown)}, which no file sets: write ${names.length === 1 ? "it" : "them"} in ${env} (${first.file}:${first.line})`,
    ];
  });
}
