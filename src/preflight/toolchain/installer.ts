import type { System } from "../../system/system.ts";
import { findExecutable } from "../../system/executables.ts";

/** What installs programs on this machine. */
export interface Installers {
  /** apt-get, dnf, apk, pacman, brew. */
  installer: string | null;
  /** The system's python3 refuses `pip install` outside of virtual environments (PEP 668). */
  pipRefuses: boolean;
  pipx: boolean;
}

/** The machine's own package manager, for the command that fixes it. */
export async function installerOf({
  files,
  environment,
}: Pick<System, "files" | "environment">): Promise<string | null> {
  for (const name of ["apt-get", "dnf", "apk", "pacman", "brew"]) {
    if (await findExecutable(files, name, environment.shell.PATH, environment.cwd)) return name;
  }
  return null;
}

/** How a program that presets and set-up call is installed, of this version where one is named; null where that is not known. */
export function programInstall(name: string, version: string | null, installers: Installers): string | null {
  const { installer } = installers;
  switch (name) {
    case "python3":
      return installed(installer, { "apt-get": "python3 python3-venv", pacman: "python" }, "python3");
    case "node":
      return installed(installer, {}, "nodejs");
    case "npm":
      return installed(installer, {}, "npm");
    case "pnpm":
    case "yarn":
    case "bun":
      return `npm install --global ${name}${version === null ? "" : `@${version}`}`;
    case "uv":
    case "poetry":
    case "pipenv":
    case "pdm":
    case "hatch":
      return pythonTool(name, installers);
    case "pixi":
      return installer === "brew" || installer === "pacman" ? installed(installer, {}, name) : null;
    default:
      return null;
  }
}

function pythonTool(name: string, { installer, pipRefuses, pipx }: Installers): string {
  if (installer === "brew") return `brew install ${name}`;
  if (!pipRefuses) return `python3 -m pip install ${name}`;
  if (pipx) return `pipx install ${name}`;
  // where pipx puts programs may not be on PATH before the next login
  return `${installed(installer, { pacman: "python-pipx" }, "pipx")} && pipx install ${name} && export PATH="$HOME/.local/bin:$PATH"`;
}

/** The command that installs a package of the system, which each package manager may call differently. */
export function installed(installer: string | null, names: Readonly<Record<string, string>>, usual: string): string {
  const name = names[installer ?? ""] ?? usual;
  switch (installer) {
    case null:
      return `install ${name}`;
    case "brew":
      return `brew install ${name.replace(/^nodejs$|^npm$/, "node").replace("python3", "python")}`;
    case "pacman":
      return `sudo pacman -S ${name}`;
    case "apk":
      return `sudo apk add ${name}`;
    default:
      return `sudo ${installer} install ${name}`;
  }
}
