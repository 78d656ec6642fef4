import path from "node:path";
import { lineWhere } from "../parse/text.ts";
import type { Repository } from "../repository/snapshot.ts";
import { type Backend, startedByTool } from "./backend.ts";
import { homeOf } from "./home.ts";

/** The projects of Django, by their `manage.py`. */
export function djangoOf(repository: Repository): Backend[] {
  return repository.files
    .filter((file) => path.posix.basename(file) === "manage.py")
    .flatMap((file): Backend[] => {
      const text = repository.text(file) ?? "";
      if (!/DJANGO_SETTINGS_MODULE|django/.test(text)) return [];
      const cwd = path.posix.dirname(file);
      const line = lineWhere(text, "DJANGO_SETTINGS_MODULE");
      return [
        startedByTool({
          framework: "django",
          cwd,
          home: homeOf(repository, file),
          module: "manage",
          file,
          evidence: [{ file, line, says: "Django project" }],
        }),
      ];
    });
}
