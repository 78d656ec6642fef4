import path from "node:path";
import type { Said } from "../commands/said.ts";
import { variablesOf } from "../environment.ts";
import type { Evidence, Omitted } from "../model.ts";
import { at, dataAt, textAt, toml } from "../parse/data.ts";
import { lineWhere } from "../parse/text.ts";
import type { Repository } from "../repository/snapshot.ts";
import { groupBy } from "../../util/group.ts";
import { type Framework, appNamed, mayHoldApp } from "./frameworks.ts";
import { type PythonFiles, foldersAbove, importRoot, moduleName } from "./index.ts";
import { type Target, factoryNamed, flaskApp, isAside, objectsIn, targetsOf } from "./targets.ts";

/** A Python web application that somebody starts. */
export interface Backend {
  framework: Framework | "django";
  /** The folder its imports start from, and where it runs. */
  cwd: string;
  /** The folder of its requirements. */
  home: string;
  module: string;
  object: string;
  factory: boolean;
  file: string;
  /** The commands that start it. */
  targets: Target[];
  evidence: Evidence[];
}

interface Candidate {
  file: string;
  object: string;
  factory: boolean;
  framework: Framework;
  origin: string;
  score: number;
  targets: Target[];
}

export function backendsOf(files: PythonFiles, commands: readonly Said[]): { backends: Backend[]; omitted: Omitted[] } {
  const { repository } = files;
  const targets = [...targetsOf(files, commands, (folder) => variables(repository, folder)), ...configured(files)];
  const candidates = scored(files, [...targets.map(candidateOf), ...written(files)]);
  const groups = groupBy(candidates, ({ file }) => homeOf(repository, file));
  const backends: Backend[] = [];
  const omitted: Omitted[] = [];
  for (const [home, group] of groups) {
    const { taken, left } = choose(group);
    backends.push(...taken.map((candidate) => backend(files, home, candidate)));
    omitted.push(...left.map((candidate) => leftOut(candidate, taken[0])));
  }
  const django = djangoOf(repository);
  const main = withoutAside([...django, ...withoutCopies(backends)]);
  omitted.push(...[...django, ...backends].filter((one) => !main.includes(one)).map(({ file, evidence }) => ({ what: file, why: "an example, a test or a script beside the apps", at: evidence[0] ?? null })));
  return { backends: main, omitted };
}

const variables = (repository: Repository, folder: string): Record<string, string> => ({
  ...(folder === "." ? {} : variablesOf(repository, ".")),
  ...variablesOf(repository, folder),
});

const candidateOf = (target: Target): Candidate => ({
  file: target.file,
  object: target.object,
  factory: target.factory,
  framework: target.app.framework,
  origin: target.app.origin,
  score: 0,
  targets: [target],
});

/** FLASK_APP of env files, `[tool.fastapi]` of pyproject.toml. */
function configured(files: PythonFiles): Target[] {
  const { repository } = files;
  return repository.files.flatMap((file) => {
    const folder = path.posix.dirname(file);
    const text = repository.text(file);
    if (text === null) return [];
    const spelled = /(^|\/)(\.flaskenv|\.env[\w.-]*)$/.test(file)
      ? /^(?:export\s+)?FLASK_APP\s*=\s*["']?([^"'\s#]+)/m.exec(text)?.[1]
      : file.endsWith("pyproject.toml")
        ? textAt(at(toml(text), "tool", "fastapi"), "entrypoint")
        : null;
    return spelled ? flaskApp(files, written_(file, lineWhere(text, spelled), folder), spelled, null, [folder, "."]) : [];
  });
}

/** A setting as if it had been a command. */
const written_ = (file: string, line: number, folder: string): Said => ({
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

/** Applications that stand in the code, whoever starts them. */
function written(files: PythonFiles): Candidate[] {
  const { repository } = files;
  return repository.files
    .filter((file) => file.endsWith(".py"))
    .filter((file) => {
      const text = repository.text(file) ?? "";
      return constructs(text) || (ENTRY.test(file) && mayHoldApp(text));
    })
    .flatMap((file) => [
      ...objectsIn(files, file).flatMap((object) => {
        const app = appNamed(files, file, object);
        return app ? [{ file, object, factory: false, framework: app.framework, origin: app.origin, score: 0, targets: [] }] : [];
      }),
      ...factoriesIn(files, file),
    ]);
}

const constructs = (text: string): boolean => /\b(Flask|FastAPI|FastAPIOffline|Starlette|Litestar|Quart|Sanic|APIFlask|OpenAPI)\s*\(|\((Flask|FastAPI|Starlette|Quart|Sanic)\)\s*:/.test(text);

function factoriesIn(files: PythonFiles, file: string): Candidate[] {
  const module = files.module(file);
  return (module?.functions ?? [])
    .filter(({ scope, required }) => scope === "" && required.length === 0)
    .flatMap(({ name }) => {
      const made = factoryNamed(files, file, name);
      return made ? [{ file, object: name, factory: true, framework: made.app.framework, origin: made.app.origin, score: 0, targets: [] }] : [];
    });
}

const SOURCE_SCORE: Readonly<Record<string, number>> = { ci: 30, docker: 60, compose: 65 };

/** One candidate for each object, with what speaks for it. */
function scored(files: PythonFiles, all: readonly Candidate[]): Candidate[] {
  const grouped = groupBy(all, ({ file, object }) => `${file}:${object}`);
  return [...grouped.values()].map((same) => {
    const [first] = same as [Candidate, ...Candidate[]];
    const targets = same.flatMap((one) => one.targets);
    return { ...first, targets, score: scoreOf(files, first, targets) };
  });
}

function scoreOf(files: PythonFiles, { file, object, factory, origin }: Candidate, targets: readonly Target[]): number {
  const said = targets.map(({ said: { source, stage } }) => (SOURCE_SCORE[source] ?? (stage === "prod" ? 70 : stage === "test" ? 40 : 100)));
  const name = path.posix.basename(file);
  const rank = ["main.py", "app.py", "asgi.py", "wsgi.py", "server.py", "run.py", "api.py", "__init__.py"].indexOf(name);
  const routed = /include_router|register_blueprint|add_url_rule|\.mount\(|@\w+\.(get|post|route|put|delete)\(/.test(files.repository.text(file) ?? "");
  return (
    Math.max(0, ...said) +
    Math.min(9, targets.length) +
    (rank === -1 ? 0 : 16 - rank) +
    (factory ? 0 : 8) +
    (/^(app|application|api)$/.test(object) ? 6 : object === "create_app" ? 4 : 0) +
    (routed ? 6 : 0) +
    (origin.startsWith(`${file}:`) ? 2 : 0) -
    (isAside(file) ? 80 : 0) -
    (/mock|fake|demo|example|debug|test|binding|scratch|old|sandbox|stub|dummy/i.test(name) ? 60 : 0) -
    file.split("/").length
  );
}

/** The one that people start; and others that a file starts beside it, each on a port of its own. */
function choose(group: readonly Candidate[]): { taken: Candidate[]; left: Candidate[] } {
  const sorted = group.toSorted((a, b) => b.score - a.score);
  const [best] = sorted;
  if (!best) return { taken: [], left: [] };
  const taken = [{ ...best, targets: sorted.filter(({ origin }) => origin === best.origin).flatMap(({ targets }) => targets) }];
  for (const other of sorted.slice(1)) {
    if (taken.some(({ origin }) => origin === other.origin) || !startedBeside(best, other)) continue;
    taken.push(other);
  }
  const origins = new Set(taken.map(({ origin }) => origin));
  const left = sorted.filter(({ origin }, index) => !origins.has(origin) && sorted.findIndex((one) => one.origin === origin) === index);
  return { taken, left };
}

const startedBeside = (best: Candidate, other: Candidate): boolean =>
  other.score > 60 &&
  other.targets.some(({ said, port, codePort }) =>
    best.targets.some((one) => one.said.file === said.file && /^(procfile|makefile|package|ide|shell)$/.test(said.source) && said.stage !== "test" && (port ?? codePort?.port) !== (one.port ?? one.codePort?.port)),
  );

const leftOut = ({ file, object, origin }: Candidate, taken: Candidate | undefined): Omitted => ({
  what: `${file}: ${object}`,
  why: taken ? `${taken.file} is what is started` : "nothing starts it",
  at: { file: origin.replace(/:\d+$/, ""), line: Number(/:(\d+)$/.exec(origin)?.[1] ?? 1), says: object },
});

const MANIFESTS = /^(pyproject\.toml|requirements[\w.-]*\.txt|Pipfile|setup\.py|setup\.cfg|environment\.ya?ml|uv\.lock|poetry\.lock|pdm\.lock|(dev\.)?Dockerfile[\w.-]*)$/;

/** The folder whose requirements serve a file: the nearest above that has some, else that of its outermost package. */
export function homeOf(repository: Repository, file: string): string {
  const above = foldersAbove(file);
  const declared = above.find((folder) => repository.names(folder).some((name) => MANIFESTS.test(name)) || repository.folders(folder).includes("requirements"));
  return declared ?? above.find((folder) => !repository.has(path.posix.join(folder, "__init__.py"))) ?? ".";
}

function backend(files: PythonFiles, home: string, candidate: Candidate): Backend {
  const { file, object, factory, framework, origin, targets } = candidate;
  const preferred = targets.filter((target) => target.file === file).map(({ root }) => root);
  const cwd = importRoot(files, file, preferred);
  const module = moduleName(file, cwd) ?? path.posix.basename(file, ".py");
  const [originFile = file, line = "1"] = origin.split(/:(?=\d+$)/);
  return {
    framework,
    cwd,
    home,
    module,
    object,
    factory,
    file,
    targets,
    evidence: [
      { file: originFile, line: Number(line), says: `${framework} app` },
      ...targets.slice(0, 2).map(({ said }) => ({ file: said.file, line: said.line, says: said.words.join(" ") })),
    ],
  };
}

/** An app that lies in the folder of another one and is the same application. */
const withoutCopies = (backends: readonly Backend[]): Backend[] => backends.filter((one, index) => backends.findIndex(({ evidence }) => evidence[0]?.file === one.evidence[0]?.file && evidence[0]?.line === one.evidence[0]?.line) === index);

/** What lies in `examples`, `scripts` and the like counts where there is nothing else. */
function withoutAside(backends: readonly Backend[]): Backend[] {
  const main = backends.filter(({ file }) => !isAside(file));
  return main.length > 0 ? main : [...backends];
}

function djangoOf(repository: Repository): Backend[] {
  return repository.files
    .filter((file) => path.posix.basename(file) === "manage.py")
    .flatMap((file): Backend[] => {
      const text = repository.text(file) ?? "";
      if (!/DJANGO_SETTINGS_MODULE|django/.test(text)) return [];
      const cwd = path.posix.dirname(file);
      const line = lineWhere(text, "DJANGO_SETTINGS_MODULE");
      return [{ framework: "django", cwd, home: homeOf(repository, file), module: "manage", object: "", factory: false, file, targets: [], evidence: [{ file, line, says: "Django project" }] }];
    });
}

/** What installs a folder's Python packages: its own lock, that of the uv workspace it belongs to, else what it declares. */
export function pythonManager(repository: Repository, home: string, runners: readonly string[]): string {
  const names = repository.names(home);
  const locks = [["uv.lock", "uv"], ["poetry.lock", "poetry"], ["pdm.lock", "pdm"], ["Pipfile.lock", "pipenv"]].filter(([name = ""]) => names.includes(name)).map(([, manager = ""]) => manager);
  const used = runners.find((runner) => locks.includes(runner));
  if (locks[0] !== undefined) return locks.length > 1 ? (used ?? locks[0]) : locks[0];
  const project = toml(repository.text(path.posix.join(home, "pyproject.toml")));
  const workspace = foldersAbove(path.posix.join(home, "x")).slice(1).find((folder) => repository.has(path.posix.join(folder, "uv.lock")) && at(toml(repository.text(path.posix.join(folder, "pyproject.toml"))), "tool", "uv", "workspace") !== undefined);
  if (workspace !== undefined && project !== null) return "uv";
  if (names.includes("Pipfile")) return "pipenv";
  for (const tool of ["poetry", "pdm", "uv", "hatch", "rye"]) if (at(project, "tool", tool) !== undefined) return tool === "hatch" || tool === "rye" ? (runners[0] ?? "pip") : tool;
  void dataAt;
  return project !== null && runners[0] !== undefined && !names.some((name) => /^requirements/.test(name)) ? runners[0] : "pip";
}
