import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import path from "node:path";
import type { TestContext } from "vitest";

/** A Python of this machine. */
export interface RealPython {
  /** The interpreter itself, no shim. */
  file: string;
  /** 3.12 */
  minor: string;
  version: string;
}

/** Pythons of pyenv and of PATH that are 3.9 or newer, the oldest first, one of each minor version. */
export function pythonsHere(): RealPython[] {
  const root = path.join(process.env.PYENV_ROOT ?? path.join(homedir(), ".pyenv"), "versions");
  const installed = existsSync(root) ? readdirSync(root).map((name) => path.join(root, name, "bin/python3")) : [];
  const onPath = (process.env.PATH ?? "")
    .split(path.delimiter)
    .filter((folder) => !folder.endsWith("/shims"))
    .map((folder) => path.join(folder, "python3"));
  const found = [...installed, ...onPath].filter((file) => existsSync(file)).flatMap((file) => askedOf(file) ?? []);
  const minors = new Map(found.toReversed().map((one) => [one.minor, one]));
  return [...minors.values()]
    .filter(({ minor }) => Number(minor.slice(2)) >= 9)
    .toSorted((a, b) => Number(a.minor.slice(2)) - Number(b.minor.slice(2)));
}

const QUESTION = "import ensurepip, platform, sys; print(sys.executable, platform.python_version())";

function askedOf(file: string): RealPython | null {
  try {
    const [executable = "", version = ""] = execFileSync(file, ["-c", QUESTION], { encoding: "utf8", stdio: "pipe" })
      .trim()
      .split(" ");
    return { file: executable, version, minor: version.split(".").slice(0, 2).join(".") };
  } catch {
    return null;
  }
}

/** A PATH of one folder: what this machine's PATH has, except every Python and its tools; and `programs` besides. */
export function pathWithout(ctx: TestContext, programs: Readonly<Record<string, string>>): string {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), "devpm-path-")));
  ctx.onTestFinished(() => rmSync(folder, { recursive: true }));
  const withNode = [path.dirname(process.execPath), ...(process.env.PATH ?? "").split(path.delimiter)];
  for (const from of [...new Set(withNode)]) {
    if (!existsSync(from)) continue;
    for (const name of readdirSync(from)) {
      const to = path.join(folder, name);
      if (/python|^pip|^uv|^pyenv|^devpm$/.test(name) || existsSync(to)) continue;
      rmSync(to, { force: true });
      symlinkSync(path.join(from, name), to);
    }
  }
  for (const [name, file] of Object.entries(programs)) symlinkSync(file, path.join(folder, name));
  return folder;
}

/** The same Python without a module of its own library, as Debian packages it: links to everything else. */
export function pythonWithout(ctx: TestContext, { file, minor }: RealPython, module: string): string {
  const prefix = realpathSync(mkdtempSync(path.join(tmpdir(), "devpm-python-")));
  ctx.onTestFinished(() => rmSync(prefix, { recursive: true }));
  const library = execFileSync(file, ["-c", "import os; print(os.path.dirname(os.__file__))"], {
    encoding: "utf8",
  }).trim();
  const own = path.join(prefix, "lib", `python${minor}`);
  mkdirSync(own, { recursive: true });
  for (const name of readdirSync(library))
    if (name !== module) symlinkSync(path.join(library, name), path.join(own, name));
  const bin = path.join(prefix, "bin");
  mkdirSync(bin);
  // a copy: from a link Python would find the library that it belongs to
  execFileSync("cp", [realpathSync(file), path.join(bin, "python3")]);
  return path.join(bin, "python3");
}

/** A pyenv root with these versions alone. */
export function pyenvWith(ctx: TestContext, pythons: readonly RealPython[]): string {
  const root = realpathSync(mkdtempSync(path.join(tmpdir(), "devpm-pyenv-")));
  ctx.onTestFinished(() => rmSync(root, { recursive: true }));
  mkdirSync(path.join(root, "versions"));
  for (const { file, version } of pythons)
    symlinkSync(path.dirname(path.dirname(file)), path.join(root, "versions", version));
  return root;
}
