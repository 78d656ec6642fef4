import path from "node:path";
import { type FoundCommand, evidenceOf } from "../commands/found-command.ts";
import type { Omitted } from "../model.ts";
import { at, toml } from "../parse/data.ts";
import type { Repository } from "../repository/snapshot.ts";
import { groupBy } from "../../util/group.ts";
import type { Backend } from "./backend.ts";
import {
  type Candidate,
  candidateOf,
  choose,
  configured,
  handedOn,
  programOf,
  scored,
  variablesAt,
  written,
} from "./candidates.ts";
import { djangoOf } from "./django.ts";
import { appNamed } from "./frameworks.ts";
import { IMAGE, homeOf, lists } from "./requirements/home.ts";
import { type PythonFiles, foldersAbove } from "./code/files.ts";
import { importRoot, moduleName, pathAbove } from "./code/import-root.ts";
import { langgraphsOf } from "./langgraph.ts";
import { isAside, isExample } from "./locate.ts";
import { launchesOf } from "./launch.ts";
import { ownServersOf } from "./own-servers.ts";
import { consoleScripts } from "./programs.ts";
import { type Target, factoryNamed } from "./target.ts";
import { targetsOf } from "./targets.ts";

export function backendsOf(
  files: PythonFiles,
  commands: readonly FoundCommand[],
): { backends: Backend[]; omitted: Omitted[] } {
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
  const isServed = (one: Candidate): boolean => programOf(one) === null && one.framework !== "connexion";
  const isReady = (one: Candidate): boolean =>
    isServed(one) || !candidates.some((other) => other.origin === one.origin && isServed(other));
  const groups = groupBy(
    candidates.filter((one) => !isInner(one) && isReady(one)),
    ({ file }) => homeOf(repository, file),
  );
  const byImage = [...groups].flatMap(([home, group]) =>
    imagesIn(repository, home, group).map((one) => [home, one] as const),
  );
  const backends: Backend[] = [];
  const omitted: Omitted[] = candidates
    .filter(isInner)
    .map((one) => ({ ...leftOut(one, undefined), why: "it runs within another app" }));
  for (const [home, group] of byImage) {
    const { taken, left } = choose(group);
    backends.push(...taken.map((candidate) => backend(files, home, candidate)));
    omitted.push(...left.map((candidate) => leftOut(candidate, taken[0])));
  }
  const django = djangoOf(repository);
  const graphs = langgraphsOf(files, commands, [...django, ...backends]);
  omitted.push(...graphs.omitted);
  const own = ownServersOf(files, commands, [...django, ...backends, ...graphs.backends]);
  const kept = withoutAside([...django, ...withoutCopies(backends), ...graphs.backends, ...own]);
  omitted.push(
    ...[...django, ...backends]
      .filter((one) => !kept.includes(one))
      .map((one) => ({
        what: one.file,
        why:
          isAside(one.file) || isDeployed(one)
            ? "an example, a test or a script beside the apps"
            : "the same application as one that is started",
        at: one.evidence[0] ?? null,
      })),
  );
  return { backends: kept, omitted };
}

const leftOut = ({ file, object, origin }: Candidate, taken: Candidate | undefined): Omitted => ({
  what: `${file}: ${object}`,
  why: taken ? `${taken.file} is what is started` : "nothing starts it",
  at: { file: origin.replace(/:\d+$/, ""), line: Number(/:(\d+)$/.exec(origin)?.[1] ?? 1), says: object },
});

/** Services that share requirements above them, each with a Dockerfile of its own, are apps of their own. */
function imagesIn(repository: Repository, home: string, group: readonly Candidate[]): (readonly Candidate[])[] {
  const parts = groupBy(group, ({ file }) => {
    const above = foldersAbove(file);
    return above
      .slice(0, above.indexOf(home))
      .find((folder) => repository.names(folder).some((name) => IMAGE.test(name)));
  });
  const images = [...parts.keys()].filter((folder) => folder !== undefined);
  return images.length < 2 ? [group] : [...parts.values()];
}

function backend(files: PythonFiles, home: string, candidate: Candidate): Backend {
  const { file, object, factory, framework, origin, targets } = candidate;
  const program = programOf(candidate);
  const own = targets.filter((target) => target.file === file);
  const placed = own.find(
    ({ command }) => isAbove(command.env.PYTHONPATH) && !/^(docker|compose|ci)$/.test(command.source),
  );
  const preferred = own.map((target) => target.root);
  const root = (program === null ? placed?.root : undefined) ?? importRoot(files, file, preferred);
  const name = moduleName(file, root) ?? path.posix.basename(file, ".py");
  const started = program === null ? undefined : targets[0]?.folder;
  // only a package is installed: `src/main.py` is not
  const above = name.includes(".") && runsAbove(files.repository, root, home, targets);
  const cwd = started ?? (above ? home : root);
  // `uvicorn src.shop.main:app`
  const asTyped = above && preferred.includes(home) ? moduleName(file, home) : null;
  const [originFile = file, line = "1"] = origin.split(/:(?=\d+$)/);
  return {
    framework,
    cwd,
    home,
    module: asTyped ?? name,
    object,
    factory,
    file,
    targets,
    pythonPath: placed?.command.env.PYTHONPATH ?? besideIt(files, file, home, root),
    program,
    programs: programsOf(files, candidate, root, home),
    evidence: [
      { file: originFile, line: Number(line), says: `${framework} app` },
      ...targets.slice(0, 2).map(({ command }) => evidenceOf(command)),
    ],
  };
}

/** PYTHONPATH for packages that services share above them, where they are not installed. */
function besideIt(files: PythonFiles, file: string, home: string, root: string): string | null {
  const above = pathAbove(files, file, root);
  const isInstalled = above?.names.some((name) => lists(files.repository, home, name));
  return above === null || isInstalled ? null : path.posix.relative(root, above.folder);
}

/** `PYTHONPATH=.. uvicorn main:app`: its modules are imported from its own folder and from the one above. */
const isAbove = (set: string | undefined): boolean => /^(\.\.\/?)+$/.test(set ?? "");

/**
 * Code in `src` that set-up installs is imported from anywhere: where people start it above, in the folder of pyproject.toml, it
 * runs there, and finds its `.env` there.
 */
function runsAbove(repository: Repository, root: string, home: string, targets: readonly Target[]): boolean {
  if (root !== path.posix.join(home, "src")) return false;
  const project = repository.parsed(path.posix.join(home, "pyproject.toml"), toml);
  const names = repository.names(home);
  const isInstalled =
    at(project, "build-system") !== undefined &&
    at(project, "tool", "poetry", "package-mode") !== false &&
    (names.some((name) => /^(uv|poetry|pdm)\.lock$/.test(name)) ||
      !names.some((name) => name.startsWith("requirements")));
  return (
    isInstalled &&
    targets.some(({ command: { folders, source } }) => folders[0] === home && !/^(docker|compose|ci)$/.test(source))
  );
}

const PROGRAMS = ["main.py", "app.py", "run.py", "wsgi.py", "asgi.py", "server.py", "start.py", "__main__.py"];

/** What the files people run would start the application with: `if __name__ == "__main__": app.run(port=…)`. */
function programsOf(files: PythonFiles, { file, origin }: Candidate, cwd: string, home: string): Backend["programs"] {
  // `start = "shop.main:start"`, a console script
  const scripts = [...consoleScripts(files, home).values()].flatMap(
    (script) => files.fileIn(cwd, script.split(":")[0] ?? "") ?? [],
  );
  const own = [file, origin.replace(/:\d+$/, ""), ...PROGRAMS.map((name) => path.posix.join(cwd, name)), ...scripts];
  const variables = variablesAt(files.repository, cwd);
  return [...new Set(own)].flatMap((program) => {
    const text = files.repository.text(program);
    const module = text?.includes("__main__") || scripts.includes(program) ? files.module(program) : null;
    return (module ? launchesOf(files, module, variables) : []).flatMap(({ target, port, line }) => {
      const place = (target.module === null ? null : files.fileIn(cwd, target.module)) ?? program;
      const app = appNamed(files, place, target.object) ?? factoryNamed(files, place, target.object)?.app ?? null;
      return port && app?.origin === origin ? [{ ...port, file: program, line }] : [];
    });
  });
}

/** An app inside the folder of another one that is the same application. */
const withoutCopies = (backends: readonly Backend[]): Backend[] =>
  backends.filter(
    (one, index) =>
      backends.findIndex(
        ({ evidence }) => evidence[0]?.file === one.evidence[0]?.file && evidence[0]?.line === one.evidence[0]?.line,
      ) === index,
  );

/** In the repository's `deploy` or in that of the app; `services/deployments` is a service like those beside it. */
const isDeployed = ({ file, home }: Backend): boolean =>
  [file, path.posix.relative(home, file)].some((one) => /^deploy(ment)?s?\//.test(one));

/** Apps in `examples`, `scripts`, `deploy` and the like count only where there is nothing else. */
function withoutAside(backends: readonly Backend[]): Backend[] {
  const main = backends.filter((one) => !isAside(one.file) && !isDeployed(one));
  return main.length > 0 ? main : [...backends];
}
