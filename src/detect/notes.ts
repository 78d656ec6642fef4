import { groupBy } from "../util/group.ts";
import type { Said } from "./commands/said.ts";
import { namesHost } from "./services.ts";
import type { Context } from "./context.ts";
import { variablesOf } from "./environment.ts";

/** What is worth knowing and is in no key of the configuration. */
export function notesOf(context: Context): string[] {
  return [
    ...workerNotes(context),
    ...taskNotes(context),
    ...unpublished(context),
    ...containerHosts(context),
    ...recursion(context),
    ...unread(context),
    ...broken(context),
    ...missingEnvFiles(context),
  ];
}

const at = ({ file, line }: Pick<Said, "file" | "line">): string => `${file}:${line}`;

/** Workers are not started by `init`: each needs a broker, and not every day. */
function workerNotes({ commands, composed }: Context): string[] {
  const containers = (composed?.apps ?? []).filter(({ command }) =>
    /\b(celery|rq|arq|dramatiq|taskiq|huey|worker)\b/.test(command),
  );
  const inCompose = containers.map(
    ({ name, command, file, line }) =>
      `worker ${name} is not started: add \`{ command: ${JSON.stringify(command)} }\` to have it (${file}:${line})`,
  );
  const known = commands.filter(
    ({ intent, source, stage }) =>
      intent.kind === "worker" && source !== "ci" && source !== "docker" && stage !== "test",
  );
  const own = [...groupBy(known, ({ words }) => words.join(" ")).values()]
    .slice(0, 4)
    .flatMap(([first]) => (first ? [`worker is not started: \`${first.words.join(" ")}\` (${at(first)})`] : []));
  return [...inCompose, ...(containers.length > 0 ? [] : own)];
}

/** Migrations and seeds that the documents or scripts name. */
function taskNotes({ commands }: Context): string[] {
  const tasks = commands.filter(
    ({ intent, stage, source }) =>
      stage !== "test" &&
      source !== "ci" &&
      source !== "docker" &&
      (intent.kind === "task" || (intent.kind === "django" && /^(migrate|loaddata|seed\w*)$/.test(intent.verb))),
  );
  return [...groupBy(tasks, ({ words }) => words.join(" ")).values()]
    .slice(0, 4)
    .flatMap(([first]) =>
      first
        ? [`before the first start: \`${first.words.join(" ")}\` in ${first.folders[0] ?? "."} (${at(first)})`]
        : [],
    );
}

/** A service without a published port is out of reach for a program on the host. */
function unpublished({ composed }: Context): string[] {
  return (composed?.infra ?? [])
    .filter(({ ports }) => ports.length === 0)
    .map(
      ({ name, file, line }) =>
        `${name} publishes no port, so a program of this machine may not reach it: add \`ports\` to it (${file}:${line})`,
    );
}

/** Names of containers in env files that a program on the host cannot resolve. */
function containerHosts({ repository, composed, backends }: Context): string[] {
  const folders = [...new Set([".", ...backends.flatMap(({ home, cwd }) => [home, cwd])])];
  return folders.flatMap((folder) => {
    const named = Object.entries(variablesOf(repository, folder)).flatMap(([name, value]) => {
      const service = composed?.infra.find(
        (one) => namesHost(value, one.name) && /HOST|SERVER|UR[LI]|DSN|BROKER/i.test(name),
      );
      return service ? [name] : [];
    });
    return named.length > 0
      ? [
          `${named.join(", ")} in the env files of ${folder} name containers: outside of them use localhost and the published port`,
        ]
      : [];
  });
}

const recursion = ({ fronts }: Context): string[] =>
  fronts
    .filter(({ package: own, script }) => /\bdevpm\b/.test(own.scripts[script] ?? ""))
    .map(
      ({ package: { file }, evidence }) =>
        `the script of ${file} starts devpm itself: the tool behind it is run instead (${file}:${evidence.line})`,
    );

function unread({ repository }: Context): string[] {
  const shown = repository.unread.slice(0, 5).map(({ path, why }) => `not read: ${path} (${why})`);
  const more = repository.unread.length - shown.length;
  return more > 0 ? [...shown, `not read: ${more} more`] : shown;
}

const broken = ({ composed }: Context): string[] =>
  (composed?.stack.broken ?? []).map((file) => `${file} is not valid YAML and was left out`);

/** What compose needs before it can even be read. */
function missingEnvFiles({ repository, composed }: Context): string[] {
  const needed = new Set((composed?.stack.services ?? []).flatMap(({ envFiles }) => envFiles));
  return [...needed]
    .filter((file) => !repository.has(file) && !repository.hasFolder(file))
    .map((file) => `${composed?.files.join(", ") ?? ""} needs ${file}, which is not there`);
}
