import path from "node:path";

/** Folders that hold nothing people wrote for this project, or copies of it. */
const SKIPPED =
  /^(node_modules|venv|bower_components|__pycache__|site-packages|dist|build|target|vendor|coverage|htmlcov|out|tmp|Pods|DerivedData|.*\.egg-info|.*\.xcassets)$/;

/** Of the folders whose names begin with a dot, those in which projects define how they are started. */
const DOTTED = new Set([".vscode", ".devcontainer", ".github", ".docker", ".config", ".env", ".envs"]);

export const isSkippedFolder = (name: string): boolean =>
  name.startsWith(".") ? !DOTTED.has(name) : SKIPPED.test(name);

/** Scripts without an ending: `bin/dev`, `compose/local/api/start`. */
const PLAIN_SCRIPT =
  /(^|\/)(docker-entrypoint|entrypoint|start|run|serve|server|dev|develop|up|web|api|backend)(-\w+)*$/;

/** Read for its name alone: a compiled program may have it, too, and nobody misses what is in that. */
export const isGuessed = (file: string): boolean => PLAIN_SCRIPT.test(file);

export const STACK =
  /(^|\/)[\w.-]*compose[\w.-]*\.ya?ml$|(^|\/)(docker[-_])?compose\/[\w.-]+\.ya?ml$|^(local|dev|development)\.ya?ml$/;
export const STACK_BYTES = 524_288;

/** Kinds of files in the order in which they are read: the most informative first, in case the time runs out. */
const KINDS: readonly { pattern: RegExp; bytes: number; depth: number }[] = [
  {
    // what declares projects, tools and commands
    pattern:
      /(^|\/)(package\.json|\.gitmodules|pnpm-workspace\.yaml|turbo\.json|nx\.json|project\.json|angular\.json|proxy[\w.-]*\.(json|[cm]?js)|\.proxyrc(\.json|\.[cm]?js)?|pyproject\.toml|pixi\.toml|hatch\.toml|Pipfile|setup\.(py|cfg)|[\w.-]*requirements[\w.-]*\.(txt|in)|requirements\/[\w.-]+\.(txt|in)|environment\.ya?ml|Procfile[\w.-]*|(GNU)?[Mm]akefile|[\w.-]+\.mk|\.?[Jj]ustfile|[\w-]+\.just|[Tt]askfile(\.dist)?\.ya?ml|mprocs\.ya?ml|moon\.ya?ml|Tiltfile|\.replit|uwsgi[\w.-]*\.ini|[\w.-]*supervisor[\w.-]*\.(conf|ini)|mise\.toml|\.mise\.toml|langgraph\.json|\.flaskenv|\.?(development\.|local\.)?env|\.env[\w.-]*|[\w.-]*\.env([\w.-]*)?|\.envs?\/([\w.-]+\/)*[\w.-]+|(dot)?env[._-](example|sample|template)|app\.json|render\.ya?ml|fly\.toml|vercel\.json|railway\.(json|toml)|nixpacks\.toml|process-compose\.ya?ml)$/,
    bytes: 1_048_576,
    depth: 12,
  },
  { pattern: STACK, bytes: STACK_BYTES, depth: 8 },
  { pattern: /(^|\/)([\w.-]*\.)?(Dockerfile|Containerfile)([\w.-]*)$/i, bytes: 131_072, depth: 8 },
  {
    pattern:
      /(^|\/)(vite|vitest|next|nuxt|svelte|astro|vue|webpack|react-router|remix|quasar|craco|rsbuild|rspack|app|gatsby|ember-cli|farm|electron\.vite)[\w.-]*\.?config(\.[\w-]+)?\.[cm]?[jt]s$|(^|\/)webpack\.[\w.-]+\.js$|(^|\/)config\/webpack[\w.-]*\.js$/,
    bytes: 262_144,
    depth: 8,
  },
  {
    pattern:
      /(^|\/)(\.vscode\/(launch|tasks)\.json|\.?devcontainer(\/[\w-]+)?\/?\.?devcontainer\.json|\.devcontainer\/.*)$/,
    bytes: 131_072,
    depth: 6,
  },
  { pattern: /^(\.github\/workflows\/[^/]+\.ya?ml|\.gitlab-ci\.ya?ml)$/, bytes: 262_144, depth: 4 },
  {
    pattern:
      /(^|\/)(README|CONTRIBUTING|DEVELOPMENT|DEVELOPING|INSTALL|SETUP|GETTING[_-]?STARTED|QUICK[_-]?START|CLAUDE|AGENTS|HACKING|(LOCAL|RUN|RUNNING|START|USAGE|DEV|HOW[_-]?TO[\w-]*|INSTRUCTIONS|BUILD)(?=[._-]))[\w.-]*\.(md|mdx|rst|txt)$/i,
    bytes: 524_288,
    depth: 4,
  },
  { pattern: /^docs?\/[^/]+\.(md|rst)$/i, bytes: 262_144, depth: 3 },
  { pattern: /\.(sh|bash|ps1|bat|cmd)$/, bytes: 131_072, depth: 5 },
  { pattern: PLAIN_SCRIPT, bytes: 131_072, depth: 5 },
  { pattern: /\.py$/, bytes: 524_288, depth: 12 },
  {
    // settings that a program loads
    pattern:
      /(^|\/)[\w.-]*(config|settings|conf|application|server|app)[\w.-]*\.(ya?ml|toml|ini|cfg)([._-]\w+)?$|(^|\/)(config|settings)[\w.-]*\.json$|(^|\/)hypercorn\.toml$/i,
    bytes: 65_536,
    depth: 5,
  },
  { pattern: /\.([cm]?[jt]sx?|vue|svelte)$/, bytes: 131_072, depth: 10 },
];

/** How early a file is to be read and up to which size; null: no rule asks for it. */
export function wanted(file: string): { order: number; bytes: number } | null {
  const depth = file.split("/").length;
  const order = KINDS.findIndex((kind) => depth <= kind.depth && kind.pattern.test(file));
  const kind = KINDS[order];
  if (!kind || /\.d\.ts$|\.min\.js$/.test(file)) return null;
  // of one kind, the files higher up are what people start
  return { order: order * 100 + depth, bytes: kind.bytes };
}

/** What a compose file may be made of, whatever it is called: `include`, `extends`. */
export function partsNamedBy(file: string, text: string): string[] {
  const named = text.replaceAll(/^[ \t]*#.*$/gm, "").match(/(?<![\w./-])[\w./-]+\.ya?ml(?![\w/-])/g) ?? [];
  return named.map((part) => path.posix.normalize(path.posix.join(path.posix.dirname(file), part)));
}

export const isInterpreterFolder = (names: readonly string[]): boolean => names.includes("pyvenv.cfg");

/**
 * A folder that was made an environment, and in which people keep their project all the same: `python -m venv .`. Code beside
 * `pyvenv.cfg` is people's own, too, but no project where the folder is called an environment.
 */
export const isProject = (folder: string, names: readonly string[]): boolean =>
  folder === "." ||
  names.some((name) => /^(manage\.py|requirements[\w.-]*\.txt|pyproject\.toml|package\.json)$/.test(name)) ||
  (!/env/i.test(path.posix.basename(folder)) && names.some((name) => name.endsWith(".py")));

/** An environment's own folders, of any system; `scripts` is people's own. */
export const isOfInterpreter = (name: string): boolean =>
  /^(bin|include|lib|lib64|share|Include|Lib|Scripts)$/.test(name);
