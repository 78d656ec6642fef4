import path from "node:path";
import { type Data, at, dataAt, isData, json, textAt, textsOf, toml } from "../../parse/data.ts";
import { lineWhere } from "../../parse/text.ts";
import type { Repository } from "../../repository/snapshot.ts";
import type { Written } from "../found-command.ts";

/** Named scripts: of package.json, pyproject.toml (poe, taskipy, pdm, hatch, pixi), Pipfile and mise. */
export function namedScripts(repository: Repository): Written[] {
  return repository.files.flatMap((file) => {
    const text = repository.text(file);
    if (text === null) return [];
    switch (path.posix.basename(file)) {
      case "package.json":
        return written(file, text, "package", dataAt(repository.parsed(file, json), "scripts"));
      case "pyproject.toml":
        return pyproject(file, text, repository.parsed(file, toml));
      case "pixi.toml":
        return written(file, text, "python", pixiTasks(repository.parsed(file, toml)));
      case "hatch.toml":
        return written(file, text, "python", hatchScripts(dataAt(repository.parsed(file, toml), "envs")));
      case "Pipfile":
        return written(file, text, "python", dataAt(toml(text), "scripts"));
      case "mise.toml":
      case ".mise.toml": {
        const data = toml(text);
        return written(file, text, "python", dataAt(data, "tasks"), stringsOf(at(data, "env")));
      }
      default:
        return [];
    }
  });
}

function pyproject(file: string, text: string, data: Data | null): Written[] {
  const tool = at(data, "tool");
  const scripts = [
    ...Object.entries(dataAt(tool, "poe", "tasks")),
    ...Object.entries(dataAt(tool, "taskipy", "tasks")),
    ...Object.entries(dataAt(tool, "pdm", "scripts")),
    ...Object.entries(dataAt(tool, "rye", "scripts")),
    ...Object.entries(hatchScripts(dataAt(tool, "hatch", "envs"))),
    ...Object.entries(pixiTasks(dataAt(tool, "pixi"))),
  ];
  return written(file, text, "python", Object.fromEntries(scripts));
}

/** A script is a command or a list of them; `{args:8000}` is 8000 where it is given nothing. */
const hatchScripts = (environments: Data): Data =>
  Object.fromEntries(
    Object.values(environments).flatMap((one) =>
      Object.entries(dataAt(one, "scripts")).map(([name, script]) => [
        name,
        textsOf(script)
          .join("\n")
          .replaceAll(/\{args(?::([^}]*))?\}/g, "$1"),
      ]),
    ),
  );

const pixiTasks = (manifest: Data | null): Data =>
  Object.fromEntries(
    [manifest, ...Object.values(dataAt(manifest, "feature"))].flatMap((one) => Object.entries(dataAt(one, "tasks"))),
  );

function written(
  file: string,
  text: string,
  source: Written["source"],
  scripts: Readonly<Record<string, unknown>>,
  common: Readonly<Record<string, string>> = {},
): Written[] {
  const folder = path.posix.dirname(file);
  return Object.entries(scripts).flatMap(([name, script]) => {
    const command = commandOf(script);
    if (command === null) return [];
    const line = lineWhere(text, new RegExp(`["']?${name.replaceAll(/[^\w-]/g, ".")}["']?\\s*[:=.\\]]`));
    const env = { ...common, ...stringsOf(at(script, "env")) };
    const shown = WINDOWS_PATH.test(command.slice(0, LONGEST)) ? slashed(command) : command;
    return [{ text: shown, folder: path.posix.join(folder, folderOf(script)), file, line, source, name, env }];
  });
}

/** Further on nothing is looked for. */
const LONGEST = 2_000;
/** `venv\Scripts\python.exe api\app.py` */
const WINDOWS_PATH = /\w\\(Scripts\\|[\w\\]+\.(py|exe|bat|ps1)\b)/i;

/** A task is a text, a list of words, a table with one of them, or the name of a Python function. */
function commandOf(script: unknown): string | null {
  if (typeof script === "string") return script;
  if (Array.isArray(script)) return textsOf(script).join(" ");
  for (const key of ["cmd", "shell", "run", "chain"]) {
    const found = at(script, key);
    if (typeof found === "string") return found;
    if (Array.isArray(found)) return textsOf(found).join(key === "run" ? "\n" : " ");
  }
  // of poe and pdm: `shop.cli:serve(port=8001)`
  const [, module] = /^([\w.]+):\w+(\(.*\))?$/.exec(textAt(script, "script") ?? textAt(script, "call") ?? "") ?? [];
  return module === undefined ? null : `python -m ${module}`;
}

const folderOf = (script: unknown): string =>
  textAt(script, "cwd") ?? textAt(script, "working_dir") ?? textAt(script, "dir") ?? ".";

/** Procfile lines. */
export function procfiles(repository: Repository): Written[] {
  return repository.files.flatMap((file) => {
    const text = repository.text(file);
    const name = path.posix.basename(file);
    if (text === null) return [];
    if (!name.startsWith("Procfile")) return [];
    const stage = /dev|local/i.test(name) ? "dev" : "prod";
    return text.split("\n").flatMap((line, index): Written[] => {
      const [, process = "", command = ""] = /^([\w-]+):\s*(.+)$/.exec(line) ?? [];
      return command === ""
        ? []
        : [
            {
              text: command,
              folder: path.posix.dirname(file),
              file,
              line: index + 1,
              source: "procfile",
              name: process,
              stage,
            },
          ];
    });
  });
}

/** Paths of Windows: its shells do not take a backslash for an escape. */
export const slashed = (text: string): string => text.replaceAll("\\", "/");

/** `bin/dev`, `compose/local/api/start` */
const PLAIN_SCRIPT = /(^|\/)[\w-]+$/;

/** Shell scripts and similar files. */
export function shellScripts(repository: Repository): Written[] {
  return repository.files.flatMap((file): Written[] => {
    const text = /\.(sh|bash|ps1|bat|cmd)$/.test(file) || PLAIN_SCRIPT.test(file) ? repository.text(file) : null;
    const isShell = text !== null && (!PLAIN_SCRIPT.test(file) || /^#!.*\b(ba|z|da|k)?sh\b/.test(text));
    return !isShell
      ? []
      : [
          {
            text: /\.(ps1|bat|cmd)$/.test(file) ? slashed(text) : text,
            folder: path.posix.dirname(file),
            file,
            line: 1,
            source: "shell",
            name: path.posix.basename(file),
          },
        ];
  });
}

/** Run configurations and tasks of VS Code, and what a dev container runs when it starts. */
export function editorCommands(repository: Repository): Written[] {
  return repository.files.flatMap((file) => {
    const text = /\.vscode\/(launch|tasks)\.json$|devcontainer\.json$/.test(file) ? repository.text(file) : null;
    const data = json(text);
    if (text === null || data === null) return [];
    const root = file.includes(".vscode/") ? path.posix.dirname(path.posix.dirname(file)) : ".";
    if (file.endsWith("launch.json"))
      return listOf(data.configurations).flatMap((one) => launched(file, text, root, one));
    if (file.endsWith("tasks.json")) return listOf(data.tasks).flatMap((one) => task(file, text, root, one));
    return ["postStartCommand", "postAttachCommand"].flatMap((key) =>
      linesOf(at(data, key)).map((command): Written => ({
        text: command,
        folder: root,
        file,
        line: lineWhere(text, key),
        source: "devcontainer",
        stage: "dev",
      })),
    );
  });
}

/** One line, the words of one, or several by name. */
const linesOf = (value: unknown): string[] => {
  if (isData(value)) return Object.values(value).flatMap(linesOf);
  return Array.isArray(value) ? [textsOf(value).join(" ")] : textsOf(value);
};

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);

function launched(file: string, text: string, root: string, one: unknown): Written[] {
  if (textAt(one, "request") === "attach") return [];
  const inside = (value: string): string =>
    value.replaceAll(/\$\{workspace(Folder|Root)(:[^}]*)?\}/g, ".").replace(/^\.\//, "");
  const args = textsOf(at(one, "args")).map((word) => quote(inside(word)));
  const module = textAt(one, "module");
  const program = textAt(one, "program");
  const command = textAt(one, "command");
  const start =
    module !== null ? `python -m ${module}` : program?.endsWith(".py") ? `python ${quote(inside(program))}` : command;
  if (start === null || start === undefined) return [];
  const folder = path.posix.normalize(path.posix.join(root, inside(textAt(one, "cwd") ?? ".")));
  const line = lineWhere(text, module ?? program ?? start);
  return [
    {
      text: [start, ...args].join(" "),
      folder,
      file,
      line,
      source: "ide",
      name: textAt(one, "name"),
      stage: "dev",
      variables: stringsOf(at(one, "env")),
      env: stringsOf(at(one, "env")),
    },
  ];
}

function task(file: string, text: string, root: string, one: unknown): Written[] {
  const command = textAt(one, "command");
  if (command === null) return [];
  const folder = path.posix.join(
    root,
    (textAt(one, "options", "cwd") ?? ".").replace(/\$\{workspace(Folder|Root)\}/, "."),
  );
  const words = [command, ...textsOf(at(one, "args")).map(quote)].join(" ");
  return [
    {
      text: words,
      folder: path.posix.normalize(folder),
      file,
      line: lineWhere(text, command),
      source: "ide",
      name: textAt(one, "label"),
    },
  ];
}

const quote = (word: string): string => (/^[\w./:=@-]+$/.test(word) ? word : `'${word.replaceAll("'", "")}'`);

const stringsOf = (value: unknown): Record<string, string> =>
  isData(value)
    ? Object.fromEntries(
        Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
      )
    : {};
