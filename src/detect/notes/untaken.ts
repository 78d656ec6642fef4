import path from "node:path";
import { groupBy } from "../../util/group.ts";
import { oneLine, whereAt } from "./text.ts";
import type { FoundCommand } from "../commands/found-command.ts";
import { mayServe } from "../services/containers.ts";
import type { Context } from "../context.ts";
import { startsBackend } from "../front/beside-backend.ts";
import { isBuiltOfItsOwn } from "../services/left-out.ts";
import { startsDjango } from "../python/django.ts";

/** Of what is started beside the apps, the first four. */
export const notTaken = (context: Context): string[] =>
  untaken(context)
    .slice(0, 4)
    .map((command) => {
      const from = command.name === null ? "" : ` (\`${command.name}\`)`;
      return `not started, as it was not recognized as an app: \`${oneLine(command.words.join(" "), 60)}\`${from} (${whereAt(command)})`;
    });

/**
 * What the project starts together with its apps and is none of them: entries of a Procfile, and of a script that starts
 * several programs (concurrently, run-p, `a & b`), pages that a Python tool serves (`streamlit run`), and Python programs of containers.
 * Workers, tasks and other containers are reported as such.
 */
function untaken(context: Context): FoundCommand[] {
  const { commands, backends, files } = context;
  const known = new Set(backends.flatMap(({ targets }) => targets.map(({ command }) => command)));
  const isStarted = (command: FoundCommand): boolean =>
    known.has(command) || backends.some((backend) => startsDjango(files, command, backend));
  const listed = [
    ...commands.filter(({ source }) => source === "procfile"),
    ...commands.filter((command) => isNamedTogether(command, context)),
    ...commands.filter(isPythonPage),
    ...pagesOfTheirOwn(context),
    ...besideInShell(context, (command) => isStarted(command) || isFront(command, context)),
    ...commands.filter((command) => isInContainer(command, context)),
    ...together(commands.filter(({ source, name }) => source === "package" && /^(dev|start|serve)\b/.test(name ?? ""))),
  ];
  const others = listed.filter(
    (command) => isProgram(command) && !isChecked(command) && !isStarted(command) && !isFront(command, context),
  );
  return [...groupBy(others, ({ words }) => words.join(" ")).values()].flatMap(([first]) => first ?? []);
}

/** `npm run check:env && …` ends before what is started. */
const isChecked = ({ source, name }: FoundCommand): boolean =>
  source === "package" && /^(check|verify|validate|ensure)\b/.test(name ?? "");

const PYTHON_PAGES = /^(streamlit|chainlit|marimo|panel|mesop)$/;

const isPythonPage = ({ words: [program = "", verb = ""], source }: FoundCommand): boolean =>
  PYTHON_PAGES.test(program) && /^(run|serve|edit)$/.test(verb) && !/^(ci|docker|compose)$/.test(source);

/** Pages that their own program serves: `python app.py` of Dash, Gradio or NiceGUI. Of several ways to start one the first. */
function pagesOfTheirOwn({ commands, files, backends }: Context): FoundCommand[] {
  const isBackend = (file: string): boolean =>
    backends.some((one) => one.file === file || one.programs.some((program) => program.file === file));
  const pages = new Map<string, FoundCommand>();
  for (const command of commands) {
    const { intent, folders, source, stage } = command;
    if (intent.kind !== "python" || stage === "test" || /^(ci|docker|compose)$/.test(source)) continue;
    const named = folders.map((folder) => path.posix.join(folder, intent.file ?? ""));
    const page = named.find((file) => files.module(file)?.imports.some(({ module }) => PAGE_LIBRARIES.test(module)));
    if (page !== undefined && !isBackend(page) && !pages.has(page)) pages.set(page, command);
  }
  return [...pages.values()];
}

const PAGE_LIBRARIES = /^(dash|gradio|nicegui)(\.|$)/;

/** A program, or a page, that a container of the stack runs and goes on with: no worker, and nothing that ends by itself. */
function isInContainer({ source, file, name, intent, words: [program = ""] }: FoundCommand, context: Context): boolean {
  const { composed, backends, files } = context;
  const service = composed?.apps.find((one) => one.name === name && composed.files.includes(file));
  if (source !== "compose" || service === undefined || !mayServe(service) || ENDS.test(service.name)) return false;
  if (isBuiltOfItsOwn(context, service)) return false;
  if (
    service.profiles.length > 0 ||
    composed?.stack.services.some(({ waitsForEnd }) => waitsForEnd.includes(name ?? ""))
  )
    return false;
  if (PYTHON_PAGES.test(program)) return true;
  if (intent.kind !== "python" || ENDS.test([intent.module, intent.file].join(" "))) return false;
  // what starts an app in another way
  const own = [intent.file, intent.module?.replaceAll(".", "/")].filter((one) => one != null);
  return !backends.some(({ file: main, programs, cwd, module }) =>
    own.some(
      (one) =>
        [main, ...programs.map((each) => each.file)].some((each) => each.endsWith(one) || each.endsWith(`${one}.py`)) ||
        (one === module.split(".")[0] && files.fileIn(cwd, module) !== null),
    ),
  );
}

/** What a shell script goes on with after an app in the background: `uvicorn main:app &`, then `python watcher.py`. */
function besideInShell({ commands, repository }: Context, isApp: (command: FoundCommand) => boolean): FoundCommand[] {
  const development = commands.filter(({ source, stage }) => source === "shell" && !/^(prod|test)$/.test(stage));
  return [...groupBy(development, ({ file }) => file).values()].flatMap((script) => {
    const lines = (repository.text(script[0]?.file ?? "") ?? "").split("\n");
    const first = script.find((one) => /[^&]&[ \t]*$/.test(lines[one.line - 1] ?? "") && isApp(one));
    const others = first ? script.filter(({ line, words }) => line > first.line && !ENDS.test(words.join(" "))) : [];
    // of several branches, with a runner or without
    const named = groupBy(others, ({ intent, words }) =>
      intent.kind === "python" ? `${intent.file ?? intent.module}` : words.join(" "),
    );
    return [...named.values()].flatMap(([one]) => one ?? []);
  });
}

const ENDS = /test|migrat|seed|init|setup|load|populate|create|pre_?start|wait|worker|consumer|scheduler/i;

const PARALLEL = /\b(run-p|npm-run-all2?|concurrently|conc)\b/;

/** A script that another one starts beside others: `run-p api web`, `concurrently npm:dev:*`. */
function isNamedTogether({ source, file, name }: FoundCommand, { packages }: Context): boolean {
  const own = source === "package" ? packages.find((one) => one.file === file) : undefined;
  return ["dev", "start", "serve"].some((starter) => {
    const script = own?.scripts[starter] ?? "";
    if (name === null || name === starter || !PARALLEL.test(script)) return false;
    const words = script.split(/[\s"']+/).map((word) => word.replace(/^(npm|yarn|pnpm|bun):/, ""));
    return words.some((word) => word === name || (word.endsWith("*") && name.startsWith(word.slice(0, -1))));
  });
}

/** Of each script that has more than one command. */
const together = (commands: readonly FoundCommand[]): FoundCommand[] =>
  [...groupBy(commands, ({ file, name }) => `${file} ${name}`).values()].filter((all) => all.length > 1).flat();

/** It may serve something, as far as its words show. */
function isProgram(command: FoundCommand): boolean {
  const { intent, words } = command;
  switch (intent.kind) {
    case "other":
      return PYTHON_PAGES.test(words[0] ?? "") || PROGRAMS.test(path.posix.basename(words[0] ?? ""));
    case "server":
    case "fastapi":
    case "flask":
    case "python":
    case "tool":
    case "package":
      return true;
    case "django":
      return intent.verb === "runserver";
    default:
      return false;
  }
}

/** Programs that start what a project serves; others (`rm`, `echo`, `tsc`) prepare it. */
const PROGRAMS =
  /^(node|nodemon|tsx|ts-node|ts-node-dev|deno|bun|go|cargo|air|java|gradlew?|mvnw?|dotnet|ruby|rails|bundle|puma|php|mix|stripe|ngrok|mailpit|mailhog|inngest|json-server|convex|supabase|firebase|wrangler|partykit|hardhat|anvil)$/;

/** A script or a tool of a package that is a front end of the project; a folder of its own, or one that it names. */
function isFront({ intent, folders }: FoundCommand, { fronts, packages }: Context): boolean {
  if (intent.kind !== "package" && intent.kind !== "tool") return false;
  // a tool of the web that no front end has serves nothing to develop on
  if (intent.kind === "tool") return true;
  const named = [intent.folder, intent.filter].filter((one) => one !== null);
  const homes = fronts.map(({ package: own }) => own);
  const isOf = ({ folder, name }: (typeof homes)[number]): boolean =>
    named.length === 0
      ? folders.includes(folder)
      : named.some(
          (one) => one === name || path.posix.normalize(one) === folder || one.endsWith(path.posix.basename(folder)),
        );
  if (homes.some(isOf)) return true;
  // `pnpm --dir backend dev`, whose script starts the backend
  if (packages.some((one) => isOf(one) && startsBackend(one, one.scripts[intent.script] ?? ""))) return true;
  // another script of the same package: its own commands are looked at
  return (
    named.length === 0 &&
    packages.some(({ folder, scripts }) => folders.includes(folder) && scripts[intent.script] !== undefined)
  );
}
