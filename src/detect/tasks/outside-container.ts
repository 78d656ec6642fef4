import type { Composed } from "../compose/composed.ts";
import type { FoundCommand } from "../commands/found-command.ts";
import { meantBy } from "../commands/intent.ts";

/** Flags of `docker compose exec` and `run` that take a value. */
const VALUES =
  /^(-[euwvpl]|--(env|env-from-file|user|workdir|index|volume|publish|name|entrypoint|label|build-arg|cap-add|cap-drop))$/;

/**
 * `docker compose exec api python seed.py` as it is run without the container: the command alone, in the folder that the container
 * is built of. Of a container that is none of the apps it stays what it is.
 */
export function outsideOfIts(command: FoundCommand, composed: Composed | null): FoundCommand {
  const { intent, words, folders } = command;
  if (intent.kind !== "compose" || !/^(exec|run)$/.test(intent.verb)) return command;
  const begin = words.indexOf(intent.verb) + 1;
  const at = words.findIndex(
    (word, index) => index >= begin && !word.startsWith("-") && !VALUES.test(words[index - 1] ?? ""),
  );
  const service = composed?.apps.find(({ name }) => name === words[at]);
  if (!service?.build) return command;
  const inner = words.slice(at + 1);
  return { ...command, ...meantBy(inner), words: inner, folders: [...new Set([service.build.context, ...folders])] };
}
