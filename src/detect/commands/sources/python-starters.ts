import path from "node:path";
import type { Call, Expression } from "../../python/code/expression.ts";
import { readModule } from "../../python/code/files.ts";
import type { PythonModule } from "../../python/code/module.ts";
import type { Repository } from "../../repository/snapshot.ts";
import type { Written } from "../found-command.ts";

const STARTER =
  /^([^/]+\/){0,2}(main|manage|serve|tasks|noxfile|fabfile|start[\w-]*|run[\w-]*|dev[\w-]*|launch[\w-]*)\.py$/;
const STARTS = /(^|\.)(Popen|run|call|check_call|system)$/;

/** What a Python program starts beside itself: `subprocess.Popen(["uvicorn", "main:app"], cwd="api")`, `os.system("…")`; tasks of invoke and nox. */
export function pythonStarters(repository: Repository): Written[] {
  return repository.files
    .filter(
      (file) => STARTER.test(file) && /\b(subprocess|os\.system|invoke|nox|fabric)\b/.test(repository.text(file) ?? ""),
    )
    .flatMap((file) => {
      const module = readModule(repository, file);
      return (module?.calls ?? [])
        .filter(({ callee }) => STARTS.test(callee))
        .flatMap((call) => startOf(module!, call));
    });
}

function startOf(module: PythonModule, { args, named, line }: Call): Written[] {
  const [first, second] = args;
  // of nox `session.run("uvicorn", "main:app")`
  const listed = first?.kind === "list" ? first.items : second?.kind === "string" ? args : null;
  const words = listed?.map((item) => wordOf(module, item)) ?? null;
  const text = words === null ? textOf(module, first) : words.every((word) => word !== null) ? words.join(" ") : null;
  if (text === null || !text.includes(" ")) return [];
  const folder = path.posix.dirname(module.file);
  const cwd = folderOf(module, named.cwd);
  return [
    {
      text: cwd === null ? text : `cd ${cwd} && ${text}`,
      folder,
      file: module.file,
      line,
      source: "shell",
      name: path.posix.basename(module.file),
    },
  ];
}

/** A word of a command; null: only known when it runs. */
function wordOf(module: PythonModule, item: Expression): string | null {
  if (item.kind === "name" && item.name === "sys.executable") return "python";
  const text = textOf(module, item);
  return text === null || /^[\w./:=@,-]+$/.test(text) ? text : `'${text.replaceAll("'", "")}'`;
}

function textOf(module: PythonModule, value: Expression | undefined, depth = 0): string | null {
  if (!value || depth > 4) return null;
  if (value.kind === "string") return value.value;
  if (value.kind === "number") return String(value.value);
  if (value.kind === "format") {
    const pieces = value.pieces.map((piece) => textOf(module, piece, depth + 1));
    return pieces.every((piece) => piece !== null) ? pieces.join("") : null;
  }
  if (value.kind === "call" && value.callee === "str") return textOf(module, value.args[0], depth + 1);
  if (value.kind !== "name") return null;
  const assigned = module.assigns.findLast(({ target }) => target === value.name);
  return assigned?.value ? textOf(module, assigned.value, depth + 1) : null;
}

/** `"api"`, `os.path.join(ROOT, "api")`: its last part. */
function folderOf(module: PythonModule, value: Expression | undefined): string | null {
  if (value?.kind === "name") {
    const assigned = module.assigns.findLast(({ target }) => target === value.name)?.value;
    return assigned && assigned.kind !== "name" ? folderOf(module, assigned) : null;
  }
  const last =
    value?.kind === "call" && /(^|\.)(join|joinpath|str|Path)$/.test(value.callee) ? value.args.at(-1) : value;
  const text = last?.kind === "string" ? last.value : null;
  return text !== null && /^[\w./-]+$/.test(text) ? text : null;
}
