import path from "node:path";
import type { System } from "../../system/system.ts";

/** A Python on this machine. */
export interface Interpreter {
  /** Absolute. */
  path: string;
  /** 3.12.1 */
  version: string;
}

type Deps = Pick<System, "files" | "commands" | "environment">;

/**
 * The interpreters of the usual places: `python3.X` on PATH, those of pyenv, uv, mise and asdf, of Homebrew and of macOS.
 * Each is asked for its version, and whether it can make virtual environments: one that cannot is left out.
 */
export async function interpretersHere(system: Deps): Promise<Interpreter[]> {
  const places = [...(await onPath(system)), ...(await ofVersionManagers(system))];
  const real = await Promise.all(places.map(async (file) => [file, await system.files.realpath(file)] as const));
  const first = new Map(
    real.flatMap(([file, target]) => (target === null ? [] : [[target, file]])).toReversed() as [string, string][],
  );
  const asked = await Promise.all([...first.values()].map((file) => ask(system, file)));
  return asked.filter((one) => one !== null);
}

/** The oldest minor version that fits, since locked packages are the likeliest to be built for it; of that the newest. */
export function chosen(all: readonly Interpreter[], fits: (version: string) => boolean): Interpreter | null {
  const fitting = all.filter(({ version }) => fits(version));
  return fitting.toSorted((a, b) => minor(a) - minor(b) || patch(b) - patch(a))[0] ?? null;
}

const minor = ({ version }: Interpreter): number => Number(version.split(".")[1]);
const patch = ({ version }: Interpreter): number => Number(version.split(".")[2]);

const NAME = /^python3(?:\.\d+)?$/;

async function onPath({ files, environment }: Deps): Promise<string[]> {
  const own = (environment.shell.PATH ?? "").split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  // a shim runs another interpreter in each folder; those of the version managers are listed below
  const folders = [...new Set(own)].filter((folder) => !folder.endsWith("/shims"));
  const listed = await Promise.all(folders.map(async (folder) => [folder, await files.list(folder)] as const));
  return listed.flatMap(([folder, names]) =>
    names.filter((name) => NAME.test(name)).map((name) => path.join(folder, name)),
  );
}

async function ofVersionManagers({ files, environment }: Deps): Promise<string[]> {
  const { shell, home } = environment;
  const data = shell.XDG_DATA_HOME ?? path.join(home, ".local/share");
  const homes = [
    path.join(shell.PYENV_ROOT ?? path.join(home, ".pyenv"), "versions"),
    shell.UV_PYTHON_INSTALL_DIR ?? path.join(data, "uv/python"),
    path.join(shell.MISE_DATA_DIR ?? path.join(data, "mise"), "installs/python"),
    path.join(shell.ASDF_DATA_DIR ?? path.join(home, ".asdf"), "installs/python"),
    "/Library/Frameworks/Python.framework/Versions",
  ];
  const listed = await Promise.all(homes.map(async (folder) => [folder, await files.list(folder)] as const));
  return listed.flatMap(([folder, names]) => names.map((name) => path.join(folder, name, "bin/python3")));
}

const QUESTION = "import ensurepip, platform, venv; print(platform.python_version())";

async function ask(system: Deps, file: string): Promise<Interpreter | null> {
  const { version } = await askPython(system, file, system.environment.cwd, QUESTION);
  return version === null ? null : { path: file, version };
}

/** What a Python reports of itself. */
export interface PythonAnswer {
  version: string | null;
  /** What pyenv says where it has no such version: it stands in for python3. */
  missing: string | null;
}

/** Asks a Python for its version, in a folder: a version manager may choose another one there. */
export async function askPython(
  { commands, environment }: Deps,
  python: string,
  cwd: string,
  question = "import platform; print(platform.python_version())",
): Promise<PythonAnswer> {
  const env = { ...environment.shell, PYTHONDONTWRITEBYTECODE: "1" };
  const { exitCode, stdout, stderr } = await commands.run(python, ["-c", question], { cwd, env, timeoutMs: 10_000 });
  const version = /^3\.\d+\.\d+/.exec(stdout.trim())?.[0] ?? null;
  const missing = /^pyenv: (.*is not installed.*)$/m.exec(stderr)?.[1] ?? null;
  return { version: exitCode === 0 ? version : null, missing };
}
