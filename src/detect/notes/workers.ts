import path from "node:path";
import type { FoundCommand } from "../commands/found-command.ts";
import { unwrap } from "../commands/unwrap.ts";
import type { Service } from "../compose/model.ts";
import type { Context } from "../context.ts";
import { firstOfEach, inItsFolder, oneLine, whereAt } from "./text.ts";

/** Programs of queues, narrower than what works behind an app (`mayServe`): migrations have notes of their own. */
const QUEUE = /\b(celery\b.*\b(worker|beat)|rq worker|arq|dramatiq|taskiq (worker|scheduler)|huey_consumer)\b/;
/** `gunicorn -k uvicorn.workers.UvicornWorker` */
const SERVES = /\b(uvicorn|gunicorn|hypercorn|daphne|runserver)\b|\b(fastapi|flask)\b.*\s(run|dev)(\s|$)/;
const WORKER = /(?<!-)\b[\w.]*worker[\w.]*\b/;
/** A customer is called so, too: one of these publishes nothing. */
const CONSUMER = /(?<!-)\b[\w.]*consumer[\w.]*\b/;
const CALLED = /(^|[-_])(worker|consumer)s?$/;

/** What runs a queue's program, and what is called a worker, whatever program of the project it runs; none that serves. */
function isWorker({ command, name, ports }: Service): boolean {
  if (command === "" || name.includes("flower")) return false;
  if (QUEUE.test(command)) return true;
  if (SERVES.test(command)) return false;
  return WORKER.test(command) || (ports.length === 0 && (CONSUMER.test(command) || CALLED.test(name)));
}

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
  const own = firstOfEach(known, ({ words }) => unwrap(words).words.join(" ")).map(
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
