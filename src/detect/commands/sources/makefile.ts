import path from "node:path";
import { dataAt, isData, textAt, textsOf, yaml } from "../../parse/data.ts";
import { lineWhere } from "../../parse/text.ts";
import type { Repository } from "../../repository/snapshot.ts";
import type { Written } from "../found-command.ts";

/** Recipes of Makefiles and justfiles, commands of a Taskfile. */
export function recipes(repository: Repository): Written[] {
  return repository.files.flatMap((file) => {
    const name = path.posix.basename(file);
    const text = repository.text(file);
    if (text === null) return [];
    if (/^(GNU)?makefile$|\.mk$/i.test(name)) return makeRecipes(file, text, /^\t(.*)$/);
    if (/^\.?justfile$/i.test(name)) return makeRecipes(file, text, /^[ \t]+(.*)$/);
    return /^Taskfile\.ya?ml$/.test(name) ? taskfile(file, text) : [];
  });
}

function makeRecipes(file: string, text: string, recipe: RegExp): Written[] {
  const folder = path.posix.dirname(file);
  const variables: Record<string, string> = {};
  const found: Written[] = [];
  let target: string | null = null;
  const lines = text.split("\n");
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    const first = at + 1;
    const variable = /^(?:export\s+)?([A-Za-z_][\w-]*)\s*[:?]?=\s*(.*)$/.exec(line);
    const head = /^@?([\w./%-]+(?:\s+[\w:=*+"'/.-]+)*)\s*:(?!=)/.exec(line);
    const body = recipe.exec(line);
    if (body && target !== null) {
      let command = body[1] ?? "";
      while (command.endsWith("\\") && at + 1 < lines.length)
        command = `${command.slice(0, -1)} ${(lines[++at] ?? "").trim()}`;
      const written = withVariables(command.replace(/^[@\-+\s]+/, ""), variables).replaceAll("$$", "$");
      found.push({ text: written, folder, file, line: first, source: "makefile", name: target });
    } else if (variable)
      variables[variable[1] ?? ""] = withVariables((variable[2] ?? "").replace(/\s+#.*$/, "").trim(), variables);
    else if (head) target = head[1]?.split(/\s+/)[0] ?? null;
    else if (line.trim() !== "" && !/^\s|^#/.test(line)) target = null;
  }
  return found;
}

/** `$(NAME)`, `${NAME}`, `{{NAME}}`, as far as the file itself defines them. */
const withVariables = (text: string, variables: Readonly<Record<string, string>>): string =>
  text.replaceAll(
    /\$\(([\w-]+)\)|\$\{([\w-]+)\}|\{\{\s*([\w-]+)\s*\}\}/g,
    (all, a?: string, b?: string, c?: string) => {
      const name = a ?? b ?? c ?? "";
      return name === "MAKE" ? "make" : (variables[name] ?? all);
    },
  );

function taskfile(file: string, text: string): Written[] {
  const folder = path.posix.dirname(file);
  return Object.entries(dataAt(yaml(text), "tasks")).flatMap(([name, task]) => {
    const commands = isData(task) ? (Array.isArray(task.cmds) ? (task.cmds as unknown[]) : [task.cmd]) : [task];
    const at = path.posix.join(folder, textAt(task, "dir") ?? ".");
    return commands
      .flatMap((one) => textsOf(isData(one) ? one.cmd : one))
      .map((command): Written => ({
        text: command,
        folder: at,
        file,
        line: lineWhere(text, command.split("\n")[0] ?? ""),
        source: "makefile",
        name,
      }));
  });
}
