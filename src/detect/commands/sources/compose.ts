import path from "node:path";
import { imageOf } from "../../compose/image.ts";
import { COMPOSE_FILE, type Service, readStack } from "../../compose/model.ts";
import { isForDeployment, isForTests } from "../../compose/elsewhere.ts";
import type { Repository } from "../../repository/snapshot.ts";
import type { Written } from "../found-command.ts";

/** A whole word of its path. */
const EXAMPLE = /(^|[\W_])examples?([\W_]|$)/i;

/** What containers of the repository's own code run, each with the variables that its image and its service set. */
export function composeCommands(repository: Repository): Written[] {
  return repository.files
    .filter((file) => COMPOSE_FILE.test(file) && !isForTests(file) && !EXAMPLE.test(file))
    .flatMap((file) => readStack(repository, [file]).services.filter((service) => service.file === file))
    .flatMap((service) => commandOf(repository, service));
}

function commandOf(repository: Repository, service: Service): Written[] {
  const { name, build, mounts, command, workingDir, environment, file, line } = service;
  if (build === null && mounts.length === 0) return [];
  const image = imageOf(repository, service);
  const set = Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== null);
  const env = { ...image?.env, ...Object.fromEntries(set) };
  // the image's own command is read from its Dockerfile, but the name of its application may be here alone
  const text = command === "" && environment.FLASK_APP != null ? (image?.command?.text ?? "") : command;
  if (text === "") return [];
  return [
    {
      text: workingDir !== null && /^[\w./-]+$/.test(workingDir) ? `cd ${workingDir} && ${text}` : text,
      folder: folderOf(repository, service),
      file,
      line,
      source: "compose",
      name,
      stage: isForDeployment(path.posix.basename(file)) ? "prod" : "dev",
      env,
    },
  ];
}

const CODE = /^(pyproject\.toml|requirements[\w.-]*\.txt|Pipfile|setup\.py|package\.json)$|\.py$/;

/** The folder of the code within the container: what is built, else what is mounted, else that of the Dockerfile. */
function folderOf(repository: Repository, { build, mounts }: Service): string {
  const places = [
    build?.context,
    ...mounts,
    build?.dockerfile == null ? undefined : path.posix.dirname(build.dockerfile),
  ];
  const own = places.find(
    (folder) => folder !== undefined && folder !== "." && repository.names(folder).some((one) => CODE.test(one)),
  );
  return own ?? build?.context ?? ".";
}
