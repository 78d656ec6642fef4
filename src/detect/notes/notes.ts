import path from "node:path";
import { groupBy } from "../../util/group.ts";
import { joinWithAnd } from "../../util/text.ts";
import type { FoundCommand } from "../commands/found-command.ts";
import { asItIsCheckedOut } from "./checkout.ts";
import { composeEnvFiles } from "./compose-env-files.ts";
import type { Context } from "../context.ts";
import { advertisedBy, isAdvertisedInside } from "../compose/kafka.ts";
import { COMPOSE_FILE, type Service } from "../compose/model.ts";
import { envNotes } from "./missing-env-files.ts";
import { variablesOf } from "../repository/env-files.ts";
import type { DetectedApp, DetectedTask, Template } from "../model.ts";
import { json, toml, yaml } from "../parse/data.ts";
import { firstOfEach, inItsFolder, namesInShort, oneLine, whereAt } from "./text.ts";
import { lineWhere } from "../parse/text.ts";
import type { Repository } from "../repository/snapshot.ts";
import { namesHost } from "../compose/host-name.ts";
import { containersInCode } from "../environment/containers-in-code.ts";
import { onlyInCompose } from "../environment/host-variables.ts";
import { otherEnvironments } from "./other-environments.ts";
import { containerTargets, followers, strayPorts } from "./proxies.ts";
import { seedNotes, taskNotes } from "./tasks.ts";
import { unread } from "./unread.ts";
import { unsetSettings } from "./unset-settings.ts";
import { unusedStacks } from "./unused-stacks.ts";
import { untaken } from "./untaken.ts";

/** What is worth knowing and is in no key of the configuration. */
export function notesOf(
  context: Context,
  apps: readonly DetectedApp[],
  tasks: readonly DetectedTask[],
  templates: readonly Template[],
): string[] {
  return [
    ...asItIsCheckedOut(context),
    ...workerNotes(context),
    ...taskNotes(context, tasks),
    ...seedNotes(tasks),
    ...unpublished(context, apps),
    ...advertisedInside(context),
    ...unsetInCompose(context),
    ...composeEnvFiles(context),
    ...unusedStacks(context, apps),
    ...onlyForContainers(context),
    ...unsetSettings(context, apps, templates),
    ...containerHosts(context, apps),
    ...containersInAlembic(context, tasks),
    ...containersWritten(context, apps),
    ...strayPorts(context, apps),
    ...recursion(context),
    ...together(context),
    ...notTaken(context),
    ...followers(context, apps),
    ...containerTargets(context, apps),
    ...otherEnvironments(context, apps),
    ...broken(context),
    ...envNotes(context, templates),
    ...unread(context),
  ];
}

const WORKER =
  /\b(celery\b.*\b(worker|beat)|rq worker|arq|dramatiq|taskiq (worker|scheduler)|huey_consumer|(?<!-)\b[\w.]*worker[\w.]*)\b/;

/** Workers are not started by `init`: each needs a broker, and not every day. */
function workerNotes({ commands, composed }: Context): string[] {
  const containers = (composed?.apps ?? []).filter(({ command, name }) => WORKER.test(command) && !/flower/.test(name));
  const inCompose = containers.map(
    (service) =>
      `${service.name === "worker" ? "" : "worker "}${service.name} is not started: \`${oneLine(service.command)}\`${inItsFolder(service.build?.context ?? ".")} (${whereAt(service)})`,
  );
  const known = commands.filter(
    (command) => isWorker(command) && !/^(ci|docker|compose)$/.test(command.source) && command.stage !== "test",
  );
  const own = firstOfEach(known, ({ words }) => words.join(" ")).map(
    (command) =>
      `worker is not started: \`${oneLine(command.words.join(" "))}\`${inItsFolder(command.folders[0] ?? ".")} (${whereAt(command)})`,
  );
  return containers.length > 0 ? inCompose : own;
}

/** A queue's own program; and what a target of a Makefile runs and calls a worker. Of a Procfile that is reported as not taken. */
function isWorker({ intent, source }: FoundCommand): boolean {
  if (intent.kind === "worker") return true;
  if (source !== "makefile" || intent.kind !== "python") return false;
  const name = intent.module?.split(".").at(-1) ?? path.posix.basename(intent.file ?? "", ".py");
  return /(^|_)(worker|consumer|scheduler)s?$/.test(name);
}

/** Names of what ends by itself. */
const ONCE = /init|migrat|setup|seed/;

/**
 * A service without a published port is out of reach for a program on the host; a one-shot needs none, nor does one that only
 * other services use.
 */
function unpublished({ repository, composed }: Context, apps: readonly DetectedApp[]): string[] {
  const isTheirs = (name: string): boolean =>
    !apps.some(({ dependsOn }) => dependsOn.includes(name)) &&
    composed?.infra.some(({ dependsOn }) => dependsOn.includes(name)) === true;
  const ended = new Set((composed?.stack.services ?? []).flatMap(({ waitsForEnd }) => waitsForEnd));
  return (
    (composed?.infra ?? [])
      .filter(
        ({ name, ports, onHostNetwork }) =>
          ports.length === 0 && !onHostNetwork && !ended.has(name) && !ONCE.test(name) && !isTheirs(name),
      )
      // a port whose number is a variable that has no value is another matter
      .filter((service) => !/^\s*ports\s*:/m.test(blockOf(repository, service)))
      .map(
        (service) =>
          `${service.name} publishes no port, so a program on this machine may not reach it: add \`ports\` to it (${whereAt(service)})`,
      )
  );
}

/** A published Kafka that sends its clients on to an address of containers. */
const advertisedInside = ({ composed }: Context): string[] =>
  (composed?.infra ?? [])
    .filter((service) => service.ports.length > 0 && isAdvertisedInside(service))
    .map((service) => {
      const [{ host, port } = { host: "", port: 0 }] = advertisedBy(service);
      return `${service.name} sends its clients on to ${host}:${port}, which only containers can reach: advertise a listener on localhost, too (${whereAt(service)})`;
    });

/** Variables of the services that no file sets, no template names and that have no default: Compose takes them as empty. */
function unsetInCompose({ repository, composed }: Context): string[] {
  const used = (composed?.infra ?? []).flatMap((service) => {
    const known = { ...variablesOf(repository, "."), ...variablesOf(repository, path.posix.dirname(service.file)) };
    const names = [...blockOf(repository, service).matchAll(/(?<!\$)\$(?:\{(\w+)(?::?\?[^}]*)?\}|([A-Z]\w*))/g)].map(
      ([, braced, bare]) => braced ?? bare ?? "",
    );
    return names.filter((name) => !Object.hasOwn(known, name)).map((name) => ({ service, name }));
  });
  return [...groupBy(used, ({ service }) => service.file)].map(([file, found]) => {
    const names = [...new Set(found.map(({ name }) => name))];
    const env = path.posix.join(path.posix.dirname(file), ".env");
    return `${file} uses ${joinWithAnd(names)}, which no file sets: write ${names.length === 1 ? "it" : "them"} in ${env} (${whereAt(found[0]!.service)})`;
  });
}

/** What the app's container is given, its code reads and no file sets. */
function onlyForContainers({ repository, backends, composed }: Context): string[] {
  return backends.flatMap((backend) => {
    const names = composed ? onlyInCompose(repository, backend, composed) : [];
    const env = path.posix.join(backend.cwd, ".env");
    return names.length === 0
      ? []
      : [
          `${backend.file} runs with ${namesInShort(names)} in its container, and no file sets ${names.length === 1 ? "it" : "them"}: write what it needs in ${env}`,
        ];
  });
}

/** What a compose file says of a service. */
function blockOf(repository: Repository, { file, line }: Service): string {
  const lines = (repository.text(file) ?? "").split("\n").slice(line - 1);
  const indent = lines[0]?.search(/\S/) ?? 0;
  const end = lines.findIndex((text, index) => index > 0 && /^\s*[^\s#]/.test(text) && text.search(/\S/) <= indent);
  return lines.slice(0, end < 0 ? undefined : end).join("\n");
}

/** Names of containers in env files that a program on the host cannot resolve, where the configuration does not replace them. */
function containerHosts({ repository, composed, backends }: Context, apps: readonly DetectedApp[]): string[] {
  const replaced = new Set(apps.flatMap(({ env }) => Object.keys(env ?? {})));
  const folders = [...new Set([".", ...backends.flatMap(({ home, cwd }) => [home, cwd])])];
  return folders.flatMap((folder) => {
    const names = Object.entries(variablesOf(repository, folder))
      .filter(
        ([name, value]) =>
          !replaced.has(name) &&
          /HOST|SERVER|UR[LI]|DSN|BROKER/i.test(name) &&
          composed?.infra.some((one) => namesHost(value, one.name)),
      )
      .map(([name]) => name);
    const where = folder === "." ? "the root" : folder;
    return names.length > 0
      ? [
          `${names.join(", ")} in the env files of ${where} ${names.length === 1 ? "names a container" : "name containers"}: outside of Compose use localhost and the published port`,
        ]
      : [];
  });
}

/** The address in an `alembic.ini` that only containers reach, where no `env.py` gives another. */
function containersInAlembic({ repository, composed }: Context, tasks: readonly DetectedTask[]): string[] {
  const files = new Set(tasks.flatMap(({ evidence }) => evidence.map(({ file }) => file)));
  return [...files].flatMap((file) => {
    const text = path.posix.basename(file) === "alembic.ini" ? (repository.text(file) ?? "") : "";
    const url = /^sqlalchemy\.url[ \t]*=[ \t]*(\S+)/m.exec(text)?.[1] ?? "";
    const service = composed?.infra.find(({ name }) => namesHost(url, name));
    const isReplaced = repository.files.some(
      (one) => one.endsWith("/env.py") && /set_main_option|create_(async_)?engine\(/.test(repository.text(one) ?? ""),
    );
    return service === undefined || isReplaced
      ? []
      : [
          `sqlalchemy.url names the container ${service.name}: outside of Compose use localhost and the published port (${file}:${lineWhere(text, url)})`,
        ];
  });
}

/** Addresses of containers in the code of a backend, where no variable of the configuration replaces them. */
function containersWritten({ repository, composed, backends }: Context, apps: readonly DetectedApp[]): string[] {
  const replaced = new Set(apps.flatMap(({ env }) => Object.keys(env ?? {})));
  const found = backends.flatMap((backend) => {
    const folders = [".", backend.home, backend.cwd];
    // what a file sets is no default any more
    const isSet = (name: string): boolean =>
      replaced.has(name) || folders.some((folder) => Object.hasOwn(variablesOf(repository, folder), name));
    const inCode = composed ? containersInCode(repository, backend, composed) : [];
    return inCode.filter(({ variable }) => variable === null || !isSet(variable));
  });
  return firstOfEach(found, ({ file, service }) => `${file} ${service}`).map(
    (place) =>
      `the code names the container ${place.service}: outside of Compose use localhost and the published port (${whereAt(place)})`,
  );
}

const recursion = ({ fronts }: Context): string[] =>
  fronts
    .filter(({ package: own, script }) => /\bdevpm\b/.test(own.scripts[script ?? ""] ?? ""))
    .map(
      ({ evidence }) =>
        `the script of ${evidence.file} starts devpm itself: the tool behind it is run instead (${whereAt(evidence)})`,
    );

/** Scripts that start several programs together: devpm does that itself. */
function together({ commands, fronts }: Context): string[] {
  const several = commands.filter(({ source, words, name, intent }) => {
    const starts =
      /^(turbo|nx|lerna|moon|overmind|foreman|honcho|hivemind|process-compose)$/.test(words[0] ?? "") ||
      (intent.kind === "package" && intent.filter === "*");
    return source === "package" && /^(dev|start|serve)$/.test(name ?? "") && starts;
  });
  const taken = new Set(fronts.map(({ evidence }) => evidence.file));
  return firstOfEach(
    several.filter(({ file }) => !taken.has(file)),
    ({ file }) => file,
  ).map(
    (command) =>
      `\`${command.name}\` of ${command.file} (${oneLine(command.words.join(" "), 60)}) starts several apps: devpm starts them itself (${whereAt(command)})`,
  );
}

const notTaken = (context: Context): string[] =>
  untaken(context)
    .slice(0, 4)
    .map((command) => {
      const from = command.name === null ? "" : ` (\`${command.name}\`)`;
      return `not started, as it was not recognized as an app: \`${oneLine(command.words.join(" "), 60)}\`${from} (${whereAt(command)})`;
    });

/** Files of a known kind that cannot be read as that kind. */
function broken({ repository }: Context): string[] {
  const readers = [
    [/(^|\/)package\.json$/, json, "JSON"],
    [/(^|\/)pyproject\.toml$/, toml, "TOML"],
    [COMPOSE_FILE, yaml, "YAML"],
  ] as const;
  const bad = readers.flatMap(([name, read, format]) => {
    const named = repository.files.filter((file) => name.test(file)).slice(0, 500);
    return named
      .filter((file) => isBroken(repository, file, read))
      .map((file) => `${file} is not valid ${format} and was left out`);
  });
  return bad.slice(0, 5);
}

const isBroken = (repository: Repository, file: string, read: (text: string | null) => unknown): boolean =>
  HOLDS_MORE.test(repository.text(file) ?? "") && repository.parsed(file, read) === null;

/** More than comments: a file that its author only began is not broken. */
const HOLDS_MORE = /^\s*[^\s#]/m;
