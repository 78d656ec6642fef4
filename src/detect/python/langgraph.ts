import path from "node:path";
import type { FoundCommand } from "../commands/found-command.ts";
import type { Omitted } from "../model.ts";
import { dataAt, json, textAt } from "../parse/data.ts";
import { lineWhere } from "../parse/text.ts";
import type { Repository } from "../repository/snapshot.ts";
import type { Backend } from "./backend.ts";
import { appNamed } from "./frameworks.ts";
import { homeOf } from "./home.ts";
import type { PythonFiles } from "./index.ts";
import { isAside } from "./locate.ts";

const NAME = "langgraph.json";

const configsOf = (repository: Repository): string[] =>
  repository.files.filter((file) => path.posix.basename(file) === NAME && !isAside(file));

/** Whether a command starts LangGraph's server in a folder: it names the folder, or no other one has graphs. */
export function isServedBy(repository: Repository, { intent, folders }: FoundCommand, folder: string): boolean {
  if (intent.kind !== "langgraph") return false;
  const configs = configsOf(repository).map((file) => path.posix.dirname(file));
  const named = folders.map((one) =>
    path.posix.normalize(path.posix.join(one, path.posix.dirname(intent.config ?? NAME))),
  );
  const found = named.find((one) => configs.includes(one));
  return found === undefined ? configs.length === 1 && configs[0] === folder : found === folder;
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
  for (const file of configsOf(repository)) {
    const graphs = graphsIn(repository, file);
    if (!graphs.some(({ place }) => isPython(place))) continue;
    const cwd = path.posix.dirname(file);
    const home = homeOf(repository, file);
    const starts = commands.filter((one) => one.stage !== "test" && isServedBy(repository, one, cwd));
    const says = `graphs ${graphs.map(({ name }) => name).join(", ")}`;
    const at = { file, line: lineWhere(repository.text(file) ?? "", '"graphs"'), says };
    if (starts.length === 0 && others.some((one) => one.home === home)) {
      omitted.push({ what: file, why: "nothing starts its server", at });
      continue;
    }
    const shown = starts
      .slice(0, 2)
      .map(({ file: from, line, words }) => ({ file: from, line, says: words.join(" ") }));
    backends.push({
      framework: "langgraph",
      cwd,
      home,
      module: NAME,
      object: "",
      factory: false,
      file,
      targets: [],
      pythonPath: null,
      program: null,
      programs: [],
      evidence: [at, ...shown],
    });
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
  return configsOf(repository).flatMap((config) => {
    const [place = "", object = "app"] = textAt(repository.parsed(config, json), "http", "app")?.split(":") ?? [];
    const file = path.posix.join(path.posix.dirname(config), place);
    const app = place === "" ? null : appNamed(files, file, object);
    return app ? [app.origin] : [];
  });
}
