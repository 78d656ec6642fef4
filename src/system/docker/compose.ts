import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import path from "node:path";
import type { CommandResult, Commands } from "../commands.ts";
import type { Environment } from "../environment.ts";

/** The Compose command line: the one authority on what a compose file means. */
export interface Compose {
  /** Runs it; null where this machine has neither `docker compose` nor `docker-compose`. */
  run(args: readonly string[], options: ComposeOptions): Promise<CommandResult | null>;
  /** How to type it here: `docker compose` or `docker-compose`. */
  spelling(): Promise<string | null>;
  /** Changes whenever another Compose is installed; costs no process. */
  fingerprint(): Promise<string>;
  /**
   * A file Compose may read. null: there is none, which is a fact too; undefined: nothing Compose would read (a folder, a
   * device, or so large that it is data). Synchronous: a hundred names are looked up before the first app may start.
   */
  read(file: string): string | null | undefined;
}

export interface ComposeOptions {
  cwd: string;
  /** Its standard input; without one it has none. */
  input?: string;
  /** Added to the user's environment. */
  env?: Readonly<Record<string, string>>;
  signal?: AbortSignal;
  timeoutMs?: number;
  onLine?: (line: string) => void;
  /** Called with the pid of each process that this runs, as soon as it runs. */
  onStart?: (pid: number) => void;
}

const SPELLINGS = [["docker", "compose"], ["docker-compose"]] as const;

export function composeOf(commands: Commands, environment: Environment): Compose {
  const env = unmarked(environment.shell);
  let found: Promise<readonly string[] | null> | undefined;
  const find = async (onStart?: (pid: number) => void): Promise<readonly string[] | null> => {
    for (const words of SPELLINGS) {
      const [file, ...args] = words;
      const options = { env, timeoutMs: 10_000, ...(onStart ? { onStart } : {}) };
      const result = await commands.run(file, [...args, "version", "--short"], options);
      if (result.exitCode === 0) return words;
    }
    return null;
  };
  return {
    async run(args, options) {
      const { cwd, input, signal, timeoutMs, onLine, onStart } = options;
      const words = await (found ??= find(onStart));
      if (!words) return null;
      const [file = "", ...before] = words;
      return commands.run(file, [...before, ...args], {
        cwd,
        env: { ...env, ...options.env },
        ...(input === undefined ? {} : { input }),
        ...(signal ? { signal } : {}),
        timeoutMs,
        ...(onLine ? { onLine: (line) => onLine(line) } : {}),
        ...(onStart ? { onStart } : {}),
      });
    },
    spelling: async () => (await (found ??= find()))?.join(" ") ?? null,
    fingerprint: () => fingerprint(environment),
    read,
  };
}

/** Larger files are dumps, seeds and certificates that Compose mounts and never reads. */
const LARGEST = 1 << 18;

function read(file: string): string | null | undefined {
  try {
    const found = statSync(file, { throwIfNoEntry: false });
    if (!found) return null;
    return found.isFile() && found.size <= LARGEST ? readFileSync(file, "utf8") : undefined;
  } catch {
    return undefined; // no permission, a path through a file, or too long a name
  }
}

/** What devpm's own apps are marked with must not reach containers: a mark means "devpm may end this". */
function unmarked(shell: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(shell).filter(([name]) => !/^DEVPM(_|$)/.test(name)));
}

/** Where the docker command looks for its plugins, besides the user's own folder. */
const PLUGINS = [
  "/usr/local/lib/docker/cli-plugins",
  "/usr/local/libexec/docker/cli-plugins",
  "/usr/lib/docker/cli-plugins",
  "/usr/libexec/docker/cli-plugins",
  "/opt/homebrew/lib/docker/cli-plugins",
  "/Applications/Docker.app/Contents/Resources/cli-plugins",
];

async function fingerprint({ shell, home }: Environment): Promise<string> {
  const onPath = (shell.PATH ?? "").split(path.delimiter).filter(Boolean);
  const own = path.join(shell.DOCKER_CONFIG || path.join(home, ".docker"), "cli-plugins");
  const files = [
    ...onPath.flatMap((folder) => [path.join(folder, "docker"), path.join(folder, "docker-compose")]),
    ...(await plugins([own, ...PLUGINS])),
  ];
  const facts = await Promise.all(files.map(fact));
  return createHash("sha256").update(facts.join("\n")).digest("hex");
}

async function plugins(folders: readonly string[]): Promise<string[]> {
  const listed = await Promise.all(
    folders.map(async (folder) => {
      const names = await readdir(folder).catch((): string[] => []);
      return names.filter((name) => name.startsWith("docker-compose")).map((name) => path.join(folder, name));
    }),
  );
  return listed.flat();
}

async function fact(file: string): Promise<string> {
  try {
    const real = await realpath(file);
    const { size, mtimeMs } = await stat(real);
    return `${file} ${real} ${size} ${mtimeMs}`;
  } catch {
    return "";
  }
}
