import path from "node:path";
import { type Data, at, isData, toml } from "../../parse/data.ts";
import type { Repository } from "../../repository/snapshot.ts";
import type { FoundCommand } from "../../commands/found-command.ts";
import { foldersAbove } from "../code/files.ts";

/** What documents and scripts install a folder's packages with: `uv sync`, `pip install -r requirements.txt`. */
export function installersOf(commands: readonly FoundCommand[], home: string): string[] {
  return commands.flatMap(({ words, folders, source }) => {
    if (folders[0] !== home || /^(docker|compose|ci)$/.test(source)) return [];
    return /^(?:python3? -m )?(uv|poetry|pdm|pipenv|pixi|pip)3? (?:sync|install)\b/.exec(words.join(" "))?.[1] ?? [];
  });
}

/** The file that makes a folder pixi's. */
export function pixiManifest(repository: Repository, home: string): string | null {
  const own = path.posix.join(home, "pixi.toml");
  if (repository.has(own)) return own;
  const file = path.posix.join(home, "pyproject.toml");
  return at(repository.parsed(file, toml), "tool", "pixi") === undefined ? null : file;
}

/** hatch's environment `default` as a folder declares it. */
export function hatchDefault(repository: Repository, home: string): { file: string; declared: Data } | null {
  const own = path.posix.join(home, "hatch.toml");
  const file = path.posix.join(home, "pyproject.toml");
  const envs = at(repository.parsed(own, toml), "envs");
  const declared = at(envs ?? at(repository.parsed(file, toml), "tool", "hatch", "envs"), "default");
  return isData(declared) ? { file: envs === undefined ? file : own, declared } : null;
}

/** One virtual environment: no matrix of them, nor what a plugin makes. */
const isPlain = (hatch: ReturnType<typeof hatchDefault>): boolean =>
  hatch !== null && hatch.declared.matrix === undefined && (hatch.declared.type ?? "virtual") === "virtual";

/** What installs a folder's Python packages: its own lock, that of the uv workspace it belongs to, else what it declares. */
export function pythonManager(repository: Repository, home: string, runners: readonly string[]): string {
  const names = repository.names(home);
  const locks = [
    ["uv.lock", "uv"],
    ["poetry.lock", "poetry"],
    ["pdm.lock", "pdm"],
    ["Pipfile.lock", "pipenv"],
  ]
    .filter(([name = ""]) => names.includes(name))
    .map(([, manager = ""]) => manager);
  const used = runners.find((runner) => locks.includes(runner));
  if (locks[0] !== undefined) return locks.length > 1 ? (used ?? locks[0]) : locks[0];
  const project = repository.parsed(path.posix.join(home, "pyproject.toml"), toml);
  const workspace = foldersAbove(path.posix.join(home, "x"))
    .slice(1)
    .find(
      (folder) =>
        repository.has(path.posix.join(folder, "uv.lock")) &&
        at(repository.parsed(path.posix.join(folder, "pyproject.toml"), toml), "tool", "uv", "workspace") !== undefined,
    );
  if (workspace !== undefined && project !== null) return "uv";
  const requirements = names.some((name) => name.startsWith("requirements"));
  // a Pipfile that the documents have left behind
  const left = requirements && runners.includes("pip") && !runners.includes("pipenv");
  if (names.includes("Pipfile") && !left) return "pipenv";
  const declared = ["poetry", "pdm", "uv"].find((tool) => at(project, "tool", tool) !== undefined);
  if (declared !== undefined) return declared;
  if (!requirements && pixiManifest(repository, home) !== null) return "pixi";
  if (!requirements && isPlain(hatchDefault(repository, home))) return "hatch";
  const [runner] = runners.filter((one) => /^(uv|poetry|pdm|pipenv)$/.test(one));
  return project !== null && runner !== undefined && !requirements ? runner : "pip";
}
