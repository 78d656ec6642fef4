import { isExportable } from "../util/shell-quote.ts";

/** An app's whole environment as a file that launch.sh sources. */
export function environmentFile(environment: Readonly<Record<string, string>>): string {
  const lines = Object.entries(environment)
    .filter(([name]) => isExportable(name))
    .map(([name, value]) => `export ${name}=${singleQuote(value)}`);
  return `${lines.join("\n")}\n`;
}

const singleQuote = (value: string): string => `'${value.replaceAll("'", String.raw`'\''`)}'`;

/** What Linux takes of one `NAME=value`, its ending NUL included (MAX_ARG_STRLEN, 32 pages). */
const LINUX_BYTES = 131_072;

/** Why no program can be started with these variables, as a sentence; null where one can. */
export function refusedByKernel(
  environment: Readonly<Record<string, string>>,
  platform: NodeJS.Platform,
): string | null {
  for (const [name, value] of Object.entries(environment)) {
    if (value.includes("\u0000")) return `its variable ${name} holds a NUL character, which no variable can`;
    const bytes = Buffer.byteLength(`${name}=${value}`) + 1;
    if (platform === "linux" && bytes > LINUX_BYTES) {
      return `its variable ${name} takes ${bytes} bytes, and Linux hands on at most ${LINUX_BYTES} in one`;
    }
  }
  return null;
}
