import path from "node:path";
import { joinWithAnd } from "../../util/text.ts";
import type { Composed } from "../compose/composed.ts";
import type { Decided } from "../context.ts";

/**
 * A compose file in the folder of some apps, whose services are not those that are started: a repository may hold two projects, each with its
 * own. One of a single service that repeats what the file above it has is not meant.
 */
export function unusedStacks({ composed, apps }: Decided): string[] {
  if (!composed) return [];
  const folderOf = ({ files: [file = ""] }: Composed): string => path.posix.dirname(file);
  const home = folderOf(composed);
  const started = new Set(composed.infra.map(({ name }) => name));
  const folders = new Set([home]);
  return composed.others.flatMap((other) => {
    const folder = folderOf(other);
    const isAbove = home === "." || folder.startsWith(`${home}/`);
    const isNew = !isAbove || other.infra.some(({ name }) => !started.has(name));
    const own = apps.filter(({ cwd }) => cwd === folder || cwd.startsWith(`${folder}/`));
    if (folders.has(folder) || folder === "." || own.length === 0 || own.length === apps.length || !isNew) return [];
    folders.add(folder);
    const names = other.infra.map(({ name }) => name);
    return [
      `${other.files.join(", ")} (${names.join(", ")}) is not used, but ${joinWithAnd(own.map(({ name }) => name))} may need it: \`devpm init\` in ${folder} uses it`,
    ];
  });
}
