import path from "node:path";
import type { FoundCommand } from "../commands/found-command.ts";
import { variablesOf } from "../repository/env-files.ts";
import { at, textAt, toml } from "../parse/data.ts";
import { lineWhere } from "../parse/text.ts";
import type { Repository } from "../repository/snapshot.ts";
import { groupBy } from "../../util/group.ts";
import { type Framework, appNamed } from "./frameworks.ts";
import type { PythonFiles } from "./code/files.ts";
import { takenIntoGraphs } from "./langgraph.ts";
import { isAside } from "./locate.ts";
import { type Target, factoryNamed, objectsIn } from "./target.ts";
import { flaskApp } from "./targets.ts";

/** An application that is named in the code or in a command, and the evidence for it. */
export interface Candidate {
  file: string;
  object: string;
  factory: boolean;
  framework: Framework;
  origin: string;
  score: number;
  targets: Target[];
}

export const variablesAt = (repository: Repository, folder: string): Record<string, string> => ({
  ...(folder === "." ? {} : variablesOf(repository, ".")),
  ...variablesOf(repository, folder),
});

export const candidateOf = (target: Target): Candidate => ({
  file: target.file,
  object: target.object,
  factory: target.factory,
  framework: target.app.framework,
  origin: target.app.origin,
  score: 0,
  targets: [target],
});

/** FLASK_APP of env files, `[tool.fastapi]` of pyproject.toml. */
export function configured(files: PythonFiles): Target[] {
  const { repository } = files;
  return repository.files.flatMap((file) => {
    const folder = path.posix.dirname(file);
    const text = repository.text(file);
    if (text === null) return [];
    const spelled = /(^|\/)(\.flaskenv|\.env[\w.-]*)$/.test(file)
      ? /^(?:export\s+)?FLASK_APP\s*=\s*["']?([^"'\s#]+)/m.exec(text)?.[1]
      : file.endsWith("pyproject.toml")
        ? textAt(at(repository.parsed(file, toml), "tool", "fastapi"), "entrypoint")
        : null;
    return spelled
      ? flaskApp(files, asCommand(file, lineWhere(text, spelled), folder), spelled, null, [folder, "."])
      : [];
  });
}

/** A setting as if it had been a command. */
const asCommand = (file: string, line: number, folder: string): FoundCommand => ({
  intent: { kind: "flask", app: null, port: null },
  env: {},
  cds: [],
  runner: null,
  words: [],
  folders: [folder],
  file,
  line,
  source: "python",
  stage: "dev",
  name: null,
});

const ENTRY = /(^|\/)(main|app|asgi|wsgi|server|run|api|application|start|index|__init__)\.py$/;

/** Applications that are constructed in the code, whatever starts them. */
export function written(files: PythonFiles, counts: (file: string) => boolean): Candidate[] {
  const { repository } = files;
  return repository.files
    .filter((file) => file.endsWith(".py") && counts(file))
    .filter((file) => {
      const text = repository.text(file) ?? "";
      return constructs(text) || (ENTRY.test(file) && handsOn(text)) || (makesApp(text) && !isChore(file));
    })
    .flatMap((file) => [
      ...objectsIn(files, file).flatMap((object) => {
        const app = appNamed(files, file, object);
        return app
          ? [{ file, object, factory: false, framework: app.framework, origin: app.origin, score: 0, targets: [] }]
          : [];
      }),
      ...takenIn(files, file),
      ...factoriesIn(files, file),
    ]);
}

/** An application that an entry file takes from a module of settings, and that it gives its routes or runs. */
function takenIn(files: PythonFiles, file: string): Candidate[] {
  const text = ENTRY.test(file) ? (files.repository.text(file) ?? "") : "";
  const names = (text === "" ? [] : (files.module(file)?.imports ?? [])).flatMap((one) => one.names ?? []);
  // not the star of `import *`
  const plain = names.filter(({ as }) => /^\w+$/.test(as));
  return plain.flatMap(({ as: object }) => {
    if (!new RegExp(`\\b${object}\\.(run|route|get|post|add_url_rule|register_blueprint|include_router)\\(`).test(text))
      return [];
    const app = appNamed(files, file, object);
    // where an entry file makes it, that file is what is started
    const home = app?.origin.replace(/:\d+$/, "") ?? "";
    return app && !ENTRY.test(home)
      ? [{ file, object, factory: false, framework: app.framework, origin: app.origin, score: 0, targets: [] }]
      : [];
  });
}

const constructs = (text: string): boolean =>
  /\b(Flask|FastAPI|FastAPIOffline|Starlette|Litestar|Quart|Sanic|APIFlask|OpenAPI|FlaskApp|AsyncApp|connexion\.App)\s*\(|\((Flask|FastAPI|Starlette|Quart|Sanic)\)\s*:/.test(
    text,
  );

/** Origins of applications that only run within something else: mounted in another one, or given to a cluster's deployment. */
export function handedOn(files: PythonFiles, candidates: readonly Candidate[]): Set<string> {
  const places = new Set(candidates.map(({ file }) => file));
  const inner = [...places].flatMap((file) =>
    (files.module(file)?.calls ?? []).flatMap(({ callee, args, named }) => {
      const given = callee.endsWith(".mount")
        ? (named.app ?? args[1])
        : /(^|\.)ingress$/.test(callee)
          ? args[0]
          : undefined;
      const app = given?.kind === "name" ? appNamed(files, file, given.name) : null;
      return app ? [app.origin] : [];
    }),
  );
  return new Set([...inner, ...takenIntoGraphs(files)]);
}

/** Takes an application from another module, or has it made by a function or an object of one. */
const handsOn = (text: string): boolean =>
  /^\s*from\b.*\bimport\b.*\b(app|application|APP|\w*_app|api)\b|^(app|application|api)\s*(,[\w\s,]*|:.*)?=/m.test(
    text,
  ) || [...text.matchAll(/^\w+\s*(?::.*)?=\s*([\w.]+)\(/gm)].some(([, callee = ""]) => callee.includes("app"));

/** Under whatever name the file has: `app = create_app(Development)`. */
const makesApp = (text: string): boolean =>
  [...text.matchAll(/^(?:app|application|\w+_app)\s*(?:,[\w ,]*|:[^=\n]*)?=\s*([\w.]+)\(/gm)].some(([, callee = ""]) =>
    /create|make|build|get|init/.test(callee),
  );

/** Files that make the application for something else than to serve it. */
const isChore = (file: string): boolean =>
  /seed|worker|celery|task|shell|create|init_?db|populate|import|load|migrat|cron|job/i.test(path.posix.basename(file));

function factoriesIn(files: PythonFiles, file: string): Candidate[] {
  const module = files.module(file);
  return (module?.functions ?? [])
    .filter(({ scope, required }) => scope === "" && required.length === 0)
    .flatMap(({ name }) => {
      const made = factoryNamed(files, file, name);
      return made
        ? [
            {
              file,
              object: name,
              factory: true,
              framework: made.app.framework,
              origin: made.app.origin,
              score: 0,
              targets: [],
            },
          ]
        : [];
    });
}

/**
 * How much a command counts as evidence of what people start; of several images that for production comes last. What a
 * compose file gives a container runs instead of its image's own command.
 */
export function weightOf({ source, stage, file }: FoundCommand): number {
  switch (source) {
    case "docker":
      return /prod|release|deploy/i.test(path.posix.basename(file)) ? 50 : 60;
    case "compose":
      return stage === "prod" ? 65 : 80;
    case "ci":
      return 30;
    default:
      return stage === "prod" ? 70 : stage === "test" ? 40 : 100;
  }
}

/** One candidate for each object, with the evidence for it. */
export function scored(files: PythonFiles, all: readonly Candidate[]): Candidate[] {
  const grouped = groupBy(all, ({ file, object }) => `${file}:${object}`);
  return [...grouped.values()].map((same) => {
    const [first] = same as [Candidate, ...Candidate[]];
    const targets = same.flatMap((one) => one.targets);
    return { ...first, targets, score: scoreOf(files, first, targets) };
  });
}

function scoreOf(files: PythonFiles, { file, object, factory, origin }: Candidate, targets: readonly Target[]): number {
  const scores = targets.map(({ command }) => weightOf(command));
  const name = path.posix.basename(file);
  const rank = ["main.py", "app.py", "asgi.py", "wsgi.py", "server.py", "run.py", "api.py", "__init__.py"].indexOf(
    name,
  );
  const text = files.repository.text(file) ?? "";
  const routed = /include_router|register_blueprint|add_url_rule|\.mount\(|@\w+\.(get|post|route|put|delete)\(/.test(
    text,
  );
  return (
    Math.max(0, ...scores) +
    Math.min(9, targets.length) +
    (rank === -1 ? 0 : 16 - rank) +
    (factory ? 0 : 8) +
    (/^(app|application|api)$/.test(object) ? 6 : object === "create_app" ? 4 : 0) +
    (routed ? 6 : 0) +
    // a program that people run
    (/__main__/.test(text) ? 3 : 0) +
    (origin.startsWith(`${file}:`) ? 2 : 0) -
    (isAside(file) ? 80 : 0) -
    (/mock|fake|demo|example|debug|test|binding|scratch|old|sandbox|stub|dummy/i.test(name) ? 60 : 0) -
    file.split("/").length
  );
}

/** Whether an application can be started only by its own program, and nothing else in the code makes it ready to serve. */
export const programOf = ({ targets }: Candidate): string | null =>
  targets.length > 0 && targets.every(({ program }) => program !== null)
    ? ((targets.find(({ command }) => !/^(docker|compose|ci)$/.test(command.source)) ?? targets[0])?.program ?? null)
    : null;

/** The one that people start; and others that a file starts beside it, each on a port of its own. */
export function choose(group: readonly Candidate[]): { taken: Candidate[]; left: Candidate[] } {
  const sorted = group.toSorted((a, b) => b.score - a.score);
  const [best] = sorted;
  if (!best) return { taken: [], left: [] };
  const taken = [
    { ...best, targets: sorted.filter(({ origin }) => origin === best.origin).flatMap(({ targets }) => targets) },
  ];
  for (const other of sorted.slice(1)) {
    if (taken.some(({ origin }) => origin === other.origin) || !startedBeside(best, other)) continue;
    taken.push(other);
  }
  const origins = new Set(taken.map(({ origin }) => origin));
  const left = sorted.filter(
    ({ origin }, index) => !origins.has(origin) && sorted.findIndex((one) => one.origin === origin) === index,
  );
  return { taken, left };
}

const startedBeside = (best: Candidate, other: Candidate): boolean =>
  other.score > 60 && other.targets.some((one) => best.targets.some((first) => isBeside(first, one)));

function isBeside(first: Target, { command, port, codePort, file }: Target): boolean {
  if (first.command.file !== command.file || command.stage === "test") return false;
  switch (command.source) {
    case "procfile":
    case "makefile":
    case "package":
    case "ide":
    case "shell":
      return (port ?? codePort?.port) !== (first.port ?? first.codePort?.port);
    case "compose":
      return first.command.source === "compose" && first.command.name !== command.name;
    case "readme":
      // another file of the same folder is another way to start
      return (
        port !== null &&
        first.port !== null &&
        port !== first.port &&
        path.posix.dirname(file) !== path.posix.dirname(first.file)
      );
    default:
      return false;
  }
}
