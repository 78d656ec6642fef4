import path from "node:path";
import type { Said } from "../commands/said.ts";
import type { Evidence, Omitted } from "../model.ts";
import { lineWhere } from "../parse/text.ts";
import type { Repository } from "../repository/snapshot.ts";
import { groupBy } from "../../util/group.ts";
import {
  type Candidate,
  candidateOf,
  choose,
  configured,
  handedOn,
  scored,
  variablesAt,
  written,
} from "./candidates.ts";
import type { Framework } from "./frameworks.ts";
import { type PythonFiles, foldersAbove, importRoot, moduleName } from "./index.ts";
import { isAside, isExample } from "./locate.ts";
import type { Target } from "./target.ts";
import { targetsOf } from "./targets.ts";

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

export function backendsOf(files: PythonFiles, commands: readonly Said[]): { backends: Backend[]; omitted: Omitted[] } {
  const { repository } = files;
  const targets = [...targetsOf(files, commands, (folder) => variablesAt(repository, folder)), ...configured(files)];
  const main = written(files, (file) => !isAside(file));
  const found = [...targets.map(candidateOf), ...main];
  const candidates = scored(
    files,
    found.some(({ file }) => !isExample(file)) ? found : [...found, ...written(files, isExample)],
  );
  const inner = handedOn(files, candidates);
  const isInner = ({ origin, targets: own }: Candidate): boolean => inner.has(origin) && own.length === 0;
  const groups = groupBy(
    candidates.filter((one) => !isInner(one)),
    ({ file }) => homeOf(repository, file),
  );
  const backends: Backend[] = [];
  const omitted: Omitted[] = candidates
    .filter(isInner)
    .map((one) => ({ ...leftOut(one, undefined), why: "it runs within another app" }));
  for (const [home, group] of groups) {
    const { taken, left } = choose(group);
    backends.push(...taken.map((candidate) => backend(files, home, candidate)));
    omitted.push(...left.map((candidate) => leftOut(candidate, taken[0])));
  }
  const django = djangoOf(repository);
  const kept = withoutAside([...django, ...withoutCopies(backends)]);
  omitted.push(
    ...[...django, ...backends]
      .filter((one) => !kept.includes(one))
      .map(({ file, evidence }) => ({
        what: file,
        why: "an example, a test or a script beside the apps",
        at: evidence[0] ?? null,
      })),
  );
  return { backends: kept, omitted };
}

const leftOut = ({ file, object, origin }: Candidate, taken: Candidate | undefined): Omitted => ({
  what: `${file}: ${object}`,
  why: taken ? `${taken.file} is what is started` : "nothing starts it",
  at: { file: origin.replace(/:\d+$/, ""), line: Number(/:(\d+)$/.exec(origin)?.[1] ?? 1), says: object },
});

const MANIFESTS =
  /^(pyproject\.toml|requirements[\w.-]*\.txt|Pipfile|setup\.py|setup\.cfg|environment\.ya?ml|uv\.lock|poetry\.lock|pdm\.lock|(dev\.)?Dockerfile[\w.-]*)$/;

/** The folder whose requirements serve a file: the nearest above that has some, else that of its outermost package. */
export function homeOf(repository: Repository, file: string): string {
  const above = foldersAbove(file);
  const declared = above.find(
    (folder) =>
      repository.names(folder).some((name) => MANIFESTS.test(name)) ||
      repository.folders(folder).includes("requirements"),
  );
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
const withoutCopies = (backends: readonly Backend[]): Backend[] =>
  backends.filter(
    (one, index) =>
      backends.findIndex(
        ({ evidence }) => evidence[0]?.file === one.evidence[0]?.file && evidence[0]?.line === one.evidence[0]?.line,
      ) === index,
  );

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
      return [
        {
          framework: "django",
          cwd,
          home: homeOf(repository, file),
          module: "manage",
          object: "",
          factory: false,
          file,
          targets: [],
          evidence: [{ file, line, says: "Django project" }],
        },
      ];
    });
}
