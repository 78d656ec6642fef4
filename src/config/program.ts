import path from "node:path";
import type { AppEntry } from "./entries.ts";
import type { App as Options } from "./options.ts";
import { nodePackages } from "./package-manager.ts";
import type { App, Command, SetupStep } from "../model/project.ts";
import {
  djangoCommand,
  fastapiCommand,
  flaskCommand,
  flaskVariables,
  startsPython,
  toolchainIn,
  toolchainOf,
} from "./python.ts";
import type { ConfigDeps } from "./deps.ts";
import { scriptCommand } from "./script.ts";
import { hatchSteps, nodeSteps, pythonSteps } from "./setup-steps.ts";
import { type Venv, findVenv } from "./venv.ts";
import { readViteConfig, seemsTls } from "./vite-config.ts";
import { servedCommand, viteBin, viteCommand } from "./vite.ts";
import { parseCommand } from "./command-line.ts";

/** What runs, and what follows from that: its toolchain, its default set-up and what a save does. */
export interface Program extends Pick<App, "kind" | "command" | "https" | "venv" | "toolchain" | "setup" | "reload"> {
  /** Variables that its command line needs; the user's own `env` has precedence. */
  variables?: Readonly<Record<string, string>>;
  /** Steps that would install its packages, and that are no set-up of it. */
  installs?: SetupStep[];
}

/** Where an app runs: its folder, the configuration's, and the port it claims. */
interface Place {
  cwd: string;
  root: string;
  port: number | null;
}

export async function resolveProgram(entry: AppEntry, place: Place, outside: ConfigDeps): Promise<Program> {
  const options = entry.app as Options<string, string>;
  switch (options.preset) {
    case "flask":
    case "fastapi":
    case "django":
      return python(options, options.preset, place, outside);
    case "vite":
      return vite(place, outside);
    default:
      return entry.kind === "pm2" ? script(options, place, outside) : command(options, place, outside);
  }
}

async function python(
  { app = "", debug, settings }: Options<string, string>,
  kind: "flask" | "fastapi" | "django",
  { cwd, root }: Place,
  outside: ConfigDeps,
): Promise<Program> {
  const venv = await findVenv(cwd, root, outside, app);
  const folder = venv?.folder ?? null;
  const common = { kind, venv: folder, toolchain: "python", setup: pythonSteps(venv), reload: "warm" } as const;
  switch (kind) {
    case "flask": {
      const pages = debug !== false;
      return { ...common, command: flaskCommand(pages, folder), variables: flaskVariables(app, pages) };
    }
    case "fastapi":
      return { ...common, command: fastapiCommand(app, folder) };
    case "django":
      return { ...common, command: djangoCommand(settings, folder) };
  }
}

async function vite({ cwd, root }: Place, { files }: ConfigDeps): Promise<Program> {
  const packages = await nodePackages(cwd, root, files);
  const packageJson = (await files.read(path.join(cwd, "package.json"))) ?? "";
  const line = viteCommand(packageJson, { packages, cwd, bin: await viteBin(cwd, packages, files) });
  const https = seemsTls(await readViteConfig(cwd, files));
  return {
    kind: "vite",
    command: line,
    https,
    venv: null,
    toolchain: "node",
    setup: nodeSteps(packages, cwd),
    reload: false,
  };
}

async function command(
  { command: written = "", setup }: Options<string, string>,
  { cwd, root, port }: Place,
  outside: ConfigDeps,
): Promise<Program> {
  const typed: Command = typeof written === "string" ? parseCommand(written) : { argv: [...written], shell: false };
  const served =
    typeof written === "string" && port !== null ? await servedCommand(written, cwd, root, outside.files) : null;
  const line = served ?? typed;
  const known = toolchainOf(typed);
  const there = known === "node" ? null : await findVenv(cwd, root, outside);
  const toolchain = await toolchainIn(typed, there, outside.files);
  const venv = toolchain === "python" ? there : null;
  // every Python program, whatever starts it, with a port or without
  const reload = toolchain === "python" || startsPython(line) ? "warm" : false;
  const https = toolchain === "node" && seemsTls(await readViteConfig(cwd, outside.files));
  return {
    kind: "command",
    command: line,
    https: https || asksForTls(typed),
    venv: setup === undefined ? (venv?.folder ?? null) : existing(venv),
    toolchain,
    setup: [...pythonSteps(venv), ...hatchSteps(line, there)],
    ...(toolchain === "node" ? { installs: await nodeInstalls(cwd, root, outside.files) } : {}),
    reload,
  };
}

/** What would install the packages of a program that Node runs as written: devpm itself installs nothing for it. */
async function nodeInstalls(cwd: string, root: string, files: ConfigDeps["files"]): Promise<SetupStep[]> {
  const packageJson = await files.read(path.join(cwd, "package.json"));
  return packageJson === null ? [] : nodeSteps(await nodePackages(cwd, root, files), cwd);
}

async function script(options: Options<string, string>, { cwd, root }: Place, outside: ConfigDeps): Promise<Program> {
  const aliases = options as Record<string, unknown>;
  const written = String(options.script ?? aliases.cmd);
  const file = path.resolve(cwd, written);
  const isFile = (await outside.files.kind(file)) === "file";
  const executable = isFile && (await outside.files.executable(file));
  const line = scriptCommand({
    script: isFile ? file : written,
    args: options.args,
    interpreter: options.interpreter ?? (aliases.exec_interpreter as string | undefined),
    // PM2's cluster starts node itself, and keeps node's arguments
    interpreterArgs: isCluster(options) ? undefined : (options.interpreter_args ?? options.node_args),
    found: isFile ? (executable ? "executable" : "file") : "program",
  });
  const toolchain = toolchainOf(line);
  const venv = toolchain === "python" ? await findVenv(cwd, root, outside) : null;
  const installs = toolchain === "node" ? await nodeInstalls(cwd, root, outside.files) : pythonSteps(venv);
  return { kind: "pm2", command: line, venv: existing(venv), toolchain, setup: [], installs, reload: false };
}

/** `flask run --cert adhoc`, `uvicorn --ssl-keyfile key.pem`, `next dev --experimental-https`. */
const asksForTls = (line: Command): boolean =>
  /\s--?(?:cert|certfile|ssl|https|tls|experimental-https)\b/.test(` ${line.shell ? line.line : line.argv.join(" ")}`);

const isCluster = ({ exec_mode: mode, instances }: Options<string, string>): boolean =>
  mode?.startsWith("cluster") ?? (instances !== undefined && instances !== 1);

/** A plain PM2 file declares what it needs: only an environment that exists is used. */
const existing = (venv: Venv | null): string | null => (venv?.exists ? venv.folder : null);
