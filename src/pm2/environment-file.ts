import { isExportable } from "../util/shell-quote.ts";

type Environment = Readonly<Record<string, string>>;

/**
 * What a shell has as its own: bash, which /bin/sh is on macOS and Fedora, ends where a script sets UID, and of RANDOM it hands on
 * another value; dash ends at an OPTIND that is no number.
 */
const OF_SHELLS = new Set([
  ...["BASHOPTS", "BASHPID", "BASH_ALIASES", "BASH_ARGC", "BASH_ARGV", "BASH_CMDS", "BASH_COMMAND", "BASH_LINENO"],
  ...["BASH_SOURCE", "BASH_SUBSHELL", "BASH_VERSINFO", "DIRSTACK", "EGID", "EPOCHREALTIME", "EPOCHSECONDS", "EUID"],
  ...["FUNCNAME", "GID", "GROUPS", "HISTCMD", "LINENO", "OPTIND", "PIPESTATUS", "PPID", "RANDOM", "SECONDS"],
  ...["SHELLOPTS", "SRANDOM", "UID"],
]);

/** An app's whole environment as a file that launch.sh sources. What is a shell's own is there to be read alone (load-environment.cjs). */
export function environmentFile(environment: Environment): string {
  const lines = Object.entries(environment)
    .filter(([name]) => isExportable(name))
    .map(([name, value]) => `${OF_SHELLS.has(name) ? ":" : "export"} ${name}=${singleQuote(value)}`);
  return `${lines.join("\n")}\n`;
}

/** What the shell cannot set, each as `NAME=value` for `env`. Nothing, for most apps. */
export const besideShell = (environment: Environment): string[] =>
  Object.entries(environment).flatMap(([name, value]) => (OF_SHELLS.has(name) ? [`${name}=${value}`] : []));

const singleQuote = (value: string): string => `'${value.replaceAll("'", String.raw`'\''`)}'`;

/** What Linux takes of one `NAME=value`, its ending NUL included (MAX_ARG_STRLEN, 32 pages). */
const LINUX_BYTES = 131_072;

/** Why no program can be started with these variables, as a sentence; null where one can. */
export function refusedByKernel(environment: Environment, platform: NodeJS.Platform): string | null {
  for (const [name, value] of Object.entries(environment)) {
    if (value.includes("\u0000")) return `its variable ${name} holds a NUL character, which no variable can`;
    const bytes = Buffer.byteLength(`${name}=${value}`) + 1;
    if (platform === "linux" && bytes > LINUX_BYTES) {
      return `its variable ${name} takes ${bytes} bytes, and Linux hands on at most ${LINUX_BYTES} in one`;
    }
  }
  return null;
}
