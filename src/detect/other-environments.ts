import path from "node:path";
import type { Context } from "./context.ts";
import { at, textsOf, toml } from "./parse/data.ts";
import type { Repository } from "./repository/snapshot.ts";

/** Environments of tools that devpm does not run: conda, pixi, and those that hatch makes for itself. */
export function otherEnvironments({ repository, backends }: Context): string[] {
  const homes = [...new Set(backends.map(({ home }) => home))];
  return homes.flatMap((home) => [...conda(repository, home), ...pixi(repository, home), ...hatch(repository, home)]);
}

function conda(repository: Repository, home: string): string[] {
  const file = ["environment.yml", "environment.yaml"].find((name) => repository.names(home).includes(name));
  return file === undefined
    ? []
    : [`${path.posix.join(home, file)} belongs to conda: activate its environment before \`devpm dev\``];
}

const project = (repository: Repository, home: string): unknown =>
  repository.parsed(path.posix.join(home, "pyproject.toml"), toml);

function pixi(repository: Repository, home: string): string[] {
  const names = repository.names(home);
  const own = ["pixi.toml", "pixi.lock"].find((name) => names.includes(name));
  const file = own ?? (at(project(repository, home), "tool", "pixi") === undefined ? undefined : "pyproject.toml");
  if (file === undefined) return [];
  const listed = names.some((name) => name.startsWith("requirements")) || at(project(repository, home), "project");
  const what = listed
    ? "pip installs into .venv what is listed for it, without the packages of pixi alone"
    : "start it as `pixi run devpm dev`, so that its Python and packages are found";
  return [`${path.posix.join(home, file)} belongs to pixi, which devpm does not run: ${what}`];
}

function hatch(repository: Repository, home: string): string[] {
  const own = at(project(repository, home), "tool", "hatch", "envs", "default");
  const names = [...textsOf(at(own, "dependencies")), ...textsOf(at(own, "extra-dependencies"))];
  if (names.length === 0) return [];
  const file = path.posix.join(home, "pyproject.toml");
  const packages = names.map((name) => /^[\w.-]+/.exec(name)?.[0] ?? name).join(", ");
  return [`${file} has an environment of hatch, which devpm does not run: .venv lacks its own packages (${packages})`];
}
