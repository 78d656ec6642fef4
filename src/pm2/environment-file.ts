/** Names a POSIX shell can export. Others (`BASH_FUNC_x%%`) are functions of other shells, not settings. */
const EXPORTABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** An app's whole environment as a file that launch.sh sources. */
export function environmentFile(environment: Readonly<Record<string, string>>): string {
  const lines = Object.entries(environment)
    .filter(([name]) => EXPORTABLE.test(name))
    .map(([name, value]) => `export ${name}=${singleQuote(value)}`);
  return `${lines.join("\n")}\n`;
}

const singleQuote = (value: string): string => `'${value.replaceAll("'", String.raw`'\''`)}'`;
