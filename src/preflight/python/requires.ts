import path from "node:path";
import { readToml, tableIn } from "../../config/workspace.ts";
import type { Files } from "../../system/files/files.ts";

/** The Python that a folder's project asks for. */
export interface Requirement {
  /** As written: `>=3.12,<4.0`. */
  text: string;
  /** Absolute. */
  file: string;
  /** The key in the file: `requires-python`. */
  key: string;
  fits: (version: string) => boolean;
}

type Reader = Pick<Files, "read">;

/** What the packages' own files ask for; null where they leave it open, or name it in words that are not understood. */
export async function requiredPython(folder: string, files: Reader): Promise<Requirement | null> {
  const pyproject = path.join(folder, "pyproject.toml");
  const pipfile = path.join(folder, "Pipfile");
  const project = await readToml(pyproject, files);
  const pipenv = tableIn(await readToml(pipfile, files), "requires");
  const named: readonly (readonly [unknown, string, string])[] = [
    [tableIn(project, "project")?.["requires-python"], pyproject, "requires-python"],
    [tableIn(project, "tool", "poetry", "dependencies")?.python, pyproject, "python"],
    [pipenv?.python_full_version, pipfile, "python_full_version"],
    [pipenv?.python_version, pipfile, "python_version"],
  ];
  for (const [value, file, key] of named) {
    if (typeof value !== "string") continue;
    const fits = await pythonRange(value);
    if (fits) return { text: value, file, key, fits };
  }
  return null;
}

/** The version that `.python-version` of the folder, or of one above it, names: of pyenv and uv. */
export async function pinnedPython(folders: readonly string[], files: Reader): Promise<Requirement | null> {
  for (const folder of folders) {
    const file = path.join(folder, ".python-version");
    const text = (await files.read(file).catch(() => null))
      ?.split("\n")
      .find((line) => /^\s*[^\s#]/.test(line))
      ?.trim();
    const version = /^(?:c?python-?)?(3\.\d+)(?:\.\d+)?$/.exec(text ?? "")?.[1];
    if (text !== undefined && version !== undefined)
      return { text, file, key: ".python-version", fits: (one) => one.startsWith(`${version}.`) };
  }
  return null;
}

/**
 * PEP 440's comparisons of released versions, and poetry's `^`, `~` and `||`; null where the text is neither. `semver` reads
 * an incomplete version as a range, PEP 440 as one with zeros.
 */
export async function pythonRange(text: string): Promise<((version: string) => boolean) | null> {
  const { satisfies } = await import("../semver.ts");
  const ways = text.split("||").map((way) => way.split(",").map((one) => comparison(one.trim(), satisfies)));
  if (ways.flat().some((one) => one === null)) return null;
  return (version) => ways.some((all) => all.every((one) => one?.(version)));
}

function comparison(text: string, satisfies: Satisfies): ((version: string) => boolean) | null {
  if (text === "*") return () => true;
  const [, operator = "", version = "", any = ""] =
    /^(===?|!=|~=|>=|<=|>|<|\^|~)?\s*v?(\d+(?:\.\d+){0,2})(\.\*)?$/.exec(text) ?? [];
  if (version === "") return null;
  const whole = [...version.split("."), "0", "0"].slice(0, 3).join(".");
  const within = (range: string) => (one: string) => satisfies(one, range);
  switch (operator) {
    case "^":
      return within(`^${version}`);
    case "~":
      return within(`~${version}`);
    case "~=":
      return within(`>=${whole} <${upTo(version)}`);
    case "!=":
      return (one) => !satisfies(one, any === "" ? whole : version);
    case "":
    case "==":
    case "===":
      // a minor version alone means any of it to poetry and pipenv, and no one has 3.12.0 in mind
      return within(any !== "" || version.split(".").length < 3 ? version : whole);
    default:
      return within(`${operator}${whole}`);
  }
}

type Satisfies = (version: string, range: string) => boolean;

/** `~=3.11` ends before 4, `~=3.11.2` before 3.12. */
function upTo(version: string): string {
  const [major = "3", minor = "0", patch] = version.split(".");
  return patch === undefined ? `${Number(major) + 1}.0.0` : `${major}.${Number(minor) + 1}.0`;
}
