import path from "node:path";
import type { FoundCommand } from "../commands/found-command.ts";
import { lineWhere } from "../parse/text.ts";
import type { Repository } from "../repository/snapshot.ts";
import { type Backend, startedByTool } from "./backend.ts";
import { homeOf } from "./requirements/home.ts";
import type { PythonFiles } from "./code/files.ts";

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

/** `manage.py runserver` of the project in a folder. */
export const isRunserver = ({ intent, folders }: FoundCommand, cwd: string): boolean =>
  intent.kind === "django" &&
  intent.verb === "runserver" &&
  folders.some((one) => path.posix.normalize(path.posix.join(one, path.posix.dirname(intent.manage))) === cwd);

/** Whether a command starts a project of Django: by its `manage.py`, or with a server that is given its `wsgi.py` or `asgi.py`. */
export function startsDjango(files: PythonFiles, command: FoundCommand, { framework, cwd }: Backend): boolean {
  const { intent } = command;
  const [module = ""] = intent.kind === "server" ? intent.target.split(":") : [];
  const isServed = /(^|\.)[aw]sgi$/.test(module) && files.fileIn(cwd, module) !== null;
  return framework === "django" && (isServed || isRunserver(command, cwd));
}
