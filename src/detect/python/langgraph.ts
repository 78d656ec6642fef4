import path from "node:path";
import { type FoundCommand, evidenceOf } from "../commands/found-command.ts";
import type { Omitted } from "../model.ts";
import { dataAt, json, textAt } from "../parse/data.ts";
import { lineWhere } from "../parse/text.ts";
import type { Repository } from "../repository/snapshot.ts";
import { type Backend, startedByTool } from "./backend.ts";
import { appNamed } from "./frameworks.ts";
import { homeOf } from "./requirements/home.ts";
import type { PythonFiles } from "./code/files.ts";
import { isAside } from "./locate.ts";

const NAME = "langgraph.json";

const cache = new WeakMap<Repository, ReadonlySet<string>>();

/** Folders with graphs, looked for once: each command is compared with them. */
function foldersOf(repository: Repository): ReadonlySet<string> {
  const known = cache.get(repository);
  if (known) return known;
  const configs = repository.files.filter((file) => path.posix.basename(file) === NAME && !isAside(file));
  const found = new Set(configs.map((file) => path.posix.dirname(file)));
  cache.set(repository, found);
  return found;
}

/** Whether a command starts LangGraph's server in a folder: it names the folder, or no other one has graphs. */
export function isServedBy(repository: Repository, { intent, folders }: FoundCommand, folder: string): boolean {
  if (intent.kind !== "langgraph") return false;
  const all = foldersOf(repository);
  const named = folders.map((one) =>
    path.posix.normalize(path.posix.join(one, path.posix.dirname(intent.config ?? NAME))),
  );
  const found = named.find((one) => all.has(one));
  return found === undefined ? all.size === 1 && all.has(folder) : found === folder;
}

/**
 * The graphs of each `langgraph.json` in Python, which LangGraph's own server runs. Where nothing starts that and the folder
 * has an application besides, the application runs the graphs itself.
 */
export function langgraphsOf(
  { repository }: PythonFiles,
  commands: readonly FoundCommand[],
  others: readonly Backend[],
): { backends: Backend[]; omitted: Omitted[] } {
  const backends: Backend[] = [];
  const omitted: Omitted[] = [];
  for (const cwd of foldersOf(repository)) {
    const file = path.posix.join(cwd, NAME);
    const graphs = graphsIn(repository, file);
    if (!graphs.some(({ place }) => isPython(place))) continue;
    const home = homeOf(repository, file);
    const starts = commands.filter((one) => one.stage !== "test" && isServedBy(repository, one, cwd));
    const says = `graphs ${graphs.map(({ name }) => name).join(", ")}`;
    const at = { file, line: lineWhere(repository.text(file) ?? "", '"graphs"'), says };
    if (starts.length === 0 && others.some((one) => one.home === home)) {
      omitted.push({ what: file, why: "nothing starts its server", at });
      continue;
    }
    const shown = starts.slice(0, 2).map((command) => evidenceOf(command));
    const evidence = [at, ...shown];
    backends.push(startedByTool({ framework: "langgraph", cwd, home, module: NAME, file, evidence }));
  }
  return { backends, omitted };
}

/** A file of Python, or a module; a server of Node's takes the others. */
const isPython = (place: string): boolean => /\.py$|^[\w.]+$/.test(place) && !/\.[cm]?[jt]sx?$/.test(place);

/** `"agent": "./src/agent/graph.py:graph"`, or the same with a description. */
function graphsIn(repository: Repository, file: string): { name: string; place: string }[] {
  return Object.entries(dataAt(repository.parsed(file, json), "graphs")).flatMap(([name, value]) => {
    const written = typeof value === "string" ? value : textAt(value, "path");
    return written === null ? [] : [{ name, place: written.split(":")[0] ?? "" }];
  });
}

/** Origins of the applications that LangGraph's server takes into itself: `"http": { "app": "./src/agent/app.py:app" }`. */
export function takenIntoGraphs(files: PythonFiles): string[] {
  const { repository } = files;
  return [...foldersOf(repository)].flatMap((folder) => {
    const config = repository.parsed(path.posix.join(folder, NAME), json);
    const [place = "", object = "app"] = textAt(config, "http", "app")?.split(":") ?? [];
    const file = path.posix.join(folder, place);
    const app = place === "" ? null : appNamed(files, file, object);
    return app ? [app.origin] : [];
  });
}
