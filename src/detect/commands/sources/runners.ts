import path from "node:path";
import { at, dataAt, isData, json, textAt, textsOf, yaml } from "../../parse/data.ts";
import { lineWhere } from "../../parse/text.ts";
import type { Repository } from "../../repository/snapshot.ts";
import type { Written } from "../found-command.ts";

/** Processes and targets of runners for several programs: mprocs, process-compose, Tilt, Nx and moon. */
export function runnerCommands(repository: Repository): Written[] {
  return repository.files.flatMap((file): Written[] => {
    const text = repository.text(file);
    if (text === null) return [];
    return processesIn(repository, file, text).map(({ name, command, folder }) => ({
      text: command,
      folder: path.posix.normalize(folder),
      file,
      line: lineWhere(text, command.split("\n")[0] ?? ""),
      source: "procfile",
      name,
      stage: "dev",
    }));
  });
}

interface Process {
  name: string;
  command: string;
  folder: string;
}

function processesIn(repository: Repository, file: string, text: string): Process[] {
  const home = path.posix.dirname(file);
  const within = (folder: string | null): string => path.posix.join(home, folder ?? ".");
  switch (path.posix.basename(file)) {
    case "process-compose.yml":
    case "process-compose.yaml":
      return Object.entries(dataAt(repository.parsed(file, yaml), "processes")).flatMap(([name, one]) =>
        process(name, textAt(one, "command"), within(textAt(one, "working_dir"))),
      );
    case "mprocs.yml":
    case "mprocs.yaml":
      return Object.entries(dataAt(repository.parsed(file, yaml), "procs")).flatMap(([name, one]) =>
        process(name, textAt(one, "shell") ?? textsOf(at(one, "cmd")).join(" "), within(textAt(one, "cwd"))),
      );
    case "moon.yml":
    case "moon.yaml":
      return Object.entries(dataAt(repository.parsed(file, yaml), "tasks")).flatMap(([name, one]) =>
        process(
          name,
          [...textsOf(at(one, "command") ?? at(one, "script")), ...textsOf(at(one, "args"))].join(" "),
          home,
        ),
      );
    case "project.json":
      return Object.entries(dataAt(repository.parsed(file, json), "targets")).flatMap(([name, one]) =>
        targetOf(name, one, home),
      );
    case "Tiltfile":
      return resourcesIn(text).map((one) => ({ ...one, folder: within(one.folder) }));
    default:
      return [];
  }
}

const process = (name: string, command: string | null, folder: string): Process[] =>
  command === null || command === "" ? [] : [{ name, command, folder }];

/** Of Nx: `{ "executor": "nx:run-commands", "options": { "command": "…", "cwd": "…" } }`; without `cwd` in the workspace's root. */
function targetOf(name: string, target: unknown, home: string): Process[] {
  const options = at(target, "options");
  const folder = (textAt(options, "cwd") ?? ".")
    .replaceAll("{projectRoot}", home)
    .replaceAll(/\{workspaceRoot\}\/?/g, "./");
  const listed = at(options, "commands");
  const commands = [
    ...textsOf(at(target, "command")),
    ...textsOf(at(options, "command")),
    ...(Array.isArray(listed) ? (listed as unknown[]) : []).flatMap((one) => textsOf(isData(one) ? one.command : one)),
  ];
  return commands.flatMap((command) => process(name, command, folder));
}

/** `local_resource("api", serve_cmd="uvicorn …", serve_dir="api")` of a Tiltfile. */
function resourcesIn(text: string): Process[] {
  return text
    .split(/^(?=local_resource\()/m)
    .filter((one) => one.startsWith("local_resource("))
    .flatMap((one) => {
      const value = (name: string): string | null =>
        new RegExp(`\\b${name}\\s*=\\s*(?:"([^"\\n]*)"|'([^'\\n]*)')`)
          .exec(one)
          ?.slice(1)
          .find((found) => found !== undefined) ?? null;
      const name = /^local_resource\(\s*["']([^"']+)/.exec(one)?.[1] ?? "";
      return process(name, value("serve_cmd"), value("serve_dir") ?? ".");
    });
}
