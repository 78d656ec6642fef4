import path from "node:path";
import type { FoundCommand } from "../commands/found-command.ts";
import type { Service } from "../compose/model.ts";
import type { Context } from "../context.ts";
import { firstOfEach, inItsFolder, oneLine, whereAt } from "./text.ts";

/** What a container runs that is called a worker, narrower than what works behind an app (`mayServe`): migrations have notes of their own. */
const WORKER =
  /\b(celery\b.*\b(worker|beat)|rq worker|arq|dramatiq|taskiq (worker|scheduler)|huey_consumer|(?<!-)\b[\w.]*(worker|consumer)[\w.]*)\b/;

/** A container that is called one, whatever program of the project it runs; none that serves. */
const CALLED = /(^|[-_])(worker|consumer)s?$/;
const SERVES = /\b(uvicorn|gunicorn|hypercorn|daphne|fastapi|flask|runserver)\b/;

const isWorker = ({ command, name }: Service): boolean =>
  (WORKER.test(command) || (command !== "" && CALLED.test(name) && !SERVES.test(command))) && !/flower/.test(name);

/** Workers are not started by `init`: each needs a broker, and not every day. */
export function workerNotes({ commands, composed }: Context): string[] {
  const containers = (composed?.apps ?? []).filter(isWorker);
  const inCompose = containers.map(
    (service) =>
      `${service.name === "worker" ? "" : "worker "}${service.name} is not started: \`${oneLine(service.command)}\`${inItsFolder(service.build?.context ?? ".")} (${whereAt(service)})`,
  );
  const known = commands.filter(
    (command) => startsWorker(command) && !/^(ci|docker|compose)$/.test(command.source) && command.stage !== "test",
  );
  const own = firstOfEach(known, ({ words }) => words.join(" ")).map(
    (command) =>
      `worker is not started: \`${oneLine(command.words.join(" "))}\`${inItsFolder(command.folders[0] ?? ".")} (${whereAt(command)})`,
  );
  return containers.length > 0 ? inCompose : own;
}

/** A queue's own program; and what a target of a Makefile runs and calls a worker. Of a Procfile that is reported as not taken. */
function startsWorker({ intent, source }: FoundCommand): boolean {
  if (intent.kind === "worker") return true;
  if (source !== "makefile" || intent.kind !== "python") return false;
  const name = intent.module?.split(".").at(-1) ?? path.posix.basename(intent.file ?? "", ".py");
  return /(^|_)(worker|consumer|scheduler)s?$/.test(name);
}
