import path from "node:path";
import { type Data, dataAt, isData, textAt, textsOf, yaml } from "../../parse/data.ts";
import { lineWhere } from "../../parse/text.ts";
import type { Repository } from "../../repository/snapshot.ts";
import type { Written } from "../found-command.ts";
import { knownValue } from "../shell.ts";

/** Recipes of Makefiles and justfiles, commands of a Taskfile. */
export function recipes(repository: Repository): Written[] {
  return repository.files.flatMap((file) => {
    const name = path.posix.basename(file);
    const text = repository.text(file);
    if (text === null) return [];
    if (/^(GNU)?makefile$|\.mk$/i.test(name)) return makeRecipes(file, text, /^\t(.*)$/);
    if (/^\.?justfile$|\.just$/i.test(name)) return makeRecipes(file, text, /^[ \t]+(.*)$/);
    return /^Taskfile(\.dist)?\.ya?ml$/i.test(name) ? taskfile(file, text) : [];
  });
}

interface Recipe {
  name: string;
  folder: string;
  /** Values of its own parameters. */
  variables: Record<string, string>;
  /** One shell runs all its lines: `.ONESHELL:`, or `#!/usr/bin/env bash`. */
  script: Written | null;
}

function makeRecipes(file: string, text: string, recipe: RegExp): Written[] {
  const home = path.posix.dirname(file);
  const variables: Record<string, string> = {};
  const exported: Record<string, string> = {};
  const found: Written[] = [];
  const isOneShell = /^\.ONESHELL:/m.test(text);
  let target: Recipe | null = null;
  let folder = home;
  const lines = text.split("\n");
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    const first = at + 1;
    const variable = /^(export\s+)?([A-Za-z_][\w-]*)\s*[:?]{0,3}=\s*(.*)$/.exec(line);
    const head = /^@?([\w./%-]+(?:\s+[\w:=*+$"'/.-]+)*)\s*:(?!=)/.exec(line);
    const moved = /^\[working-directory:\s*["']([^"']+)["']\]/.exec(line);
    const body = recipe.exec(line);
    if (body && target !== null) {
      let command = body[1] ?? "";
      while (command.endsWith("\\") && at + 1 < lines.length)
        command = `${command.slice(0, -1)} ${(lines[++at] ?? "").trim()}`;
      const written = withVariables(command.replace(/^[@\-+\s]+/, ""), target.variables, variables).replaceAll(
        "$$",
        "$",
      );
      if (target.script) target.script.text += `\n${written}`;
      else {
        const one: Written = {
          text: written,
          folder: target.folder,
          file,
          line: first,
          source: "makefile",
          name: target.name,
          env: exported,
        };
        if (isOneShell || written.startsWith("#!")) target.script = one;
        found.push(one);
      }
    } else if (moved) folder = path.posix.join(home, moved[1] ?? "");
    else if (variable) {
      const [, isExported, own = "", value = ""] = variable;
      variables[own] = withVariables(value.replace(/(?<!\s)\s+#.*$/, "").trim(), variables);
      if (isExported) exported[own] = variables[own];
    } else if (head) {
      const [name = "", ...parameters] = head[1]?.split(/\s+/) ?? [];
      target = { name, folder, variables: defaultsOf(parameters), script: null };
      folder = home;
    } else if (line.trim() !== "" && !/^\s|^[#[]/.test(line)) target = null;
  }
  return found;
}

/** Of a recipe's parameters: `dev port="8001":`. */
const defaultsOf = (parameters: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    parameters.flatMap((one) => {
      const [, name, value] = /^[+*$]?(\w+)=["']?([^"']*)["']?$/.exec(one) ?? [];
      return name === undefined || value === undefined ? [] : [[name, value]];
    }),
  );

/** `$(NAME)`, `${NAME}`, `{{NAME}}`, as far as the file itself defines them; of `env("NAME", "8001")` the value for where it is unset. */
const withVariables = (text: string, ...tables: readonly Readonly<Record<string, string>>[]): string =>
  text
    .replaceAll(/\benv(?:_var_or_default)?\(\s*["'][^"']*["']\s*,\s*["']([^"']*)["']\s*\)/g, "$1")
    .replaceAll(
      /\$\(([\w-]+)\)|\$\{([\w-]+)\}|\{\{\s*\.?([\w-]+)\s*\}\}/g,
      (all, a?: string, b?: string, c?: string) => {
        const name = a ?? b ?? c ?? "";
        if (name === "MAKE") return "make";
        const table = tables.find((one) => knownValue(one, name) !== undefined);
        return table?.[name] ?? all;
      },
    );

function taskfile(file: string, text: string): Written[] {
  const folder = path.posix.dirname(file);
  const data = yaml(text);
  const common = valuesOf(dataAt(data, "vars"));
  return Object.entries(dataAt(data, "tasks")).flatMap(([name, task]) => {
    const commands = isData(task) ? (Array.isArray(task.cmds) ? (task.cmds as unknown[]) : [task.cmd]) : [task];
    const at = path.posix.join(folder, textAt(task, "dir") ?? ".");
    const known = { ...common, ...valuesOf(dataAt(task, "vars")) };
    return commands
      .flatMap((one) => textsOf(isData(one) ? one.cmd : one))
      .map((command): Written => ({
        text: withVariables(command, known),
        folder: at,
        file,
        line: lineWhere(text, command.split("\n")[0] ?? ""),
        source: "makefile",
        name,
        env: { ...valuesOf(dataAt(data, "env")), ...valuesOf(dataAt(task, "env")) },
      }));
  });
}

/** `PORT: 8001`; of `{{.PORT | default 8001}}` the value for where it is unset. */
const valuesOf = (data: Data): Record<string, string> =>
  Object.fromEntries(
    Object.entries(data).flatMap(([name, value]) => {
      if (typeof value !== "string" && typeof value !== "number") return [];
      const written = String(value);
      const unset = written.length < LONGEST ? DEFAULT.exec(written)?.[1] : undefined;
      return [[name, unset ?? written]];
    }),
  );

const LONGEST = 200;
const DEFAULT = /^\{\{.*\bdefault\s+["']?([^"'\s}]+)["']?.*\}\}$/;
