import path from "node:path";
import { COMPOSE_FILE, type Service, readStack } from "../../compose/model.ts";
import type { Repository } from "../../repository/snapshot.ts";
import { shellQuote } from "../../../util/shell-quote.ts";
import type { Written } from "../found-command.ts";

/** What the services of compose files run, from the folder that is theirs on the host. */
export function composeCommands(repository: Repository): Written[] {
  return repository.files
    .filter((file) => COMPOSE_FILE.test(file) && !/test|e2e|\bci\b|(^|\/)examples?\//i.test(file))
    .flatMap((file) => readStack(repository, [file]).services.flatMap((service) => written(repository, file, service)));
}

function written(repository: Repository, file: string, service: Service): Written[] {
  const { name, command, build, mounts, environment, line } = service;
  if (command === "" || service.file !== file) return [];
  const app = environment.FLASK_APP;
  const folder = build?.context ?? mounts.find((mount) => repository.hasFolder(mount)) ?? path.posix.dirname(file);
  return [
    {
      text: `${app == null ? "" : `export FLASK_APP=${shellQuote(app)}; `}${command}`,
      folder,
      file,
      line,
      source: "compose",
      name,
      stage: /prod|staging|deploy|release/i.test(path.posix.basename(file)) ? "prod" : "dev",
    },
  ];
}
