import { isObject } from "../../util/guard.ts";

/** A file that is to be written, and what it adds; or why it is left alone. */
export type Change = { file: string; text: string; adds: string } | { file: string; leftAlone: string };

/** What is there now; null: no such file. */
export interface Present {
  agents: string | null;
  claude: string | null;
  mcp: string | null;
  /** null also where there is no folder `.vscode`. */
  vscodeMcp: string | null;
  vscodeLaunch: string | null;
  hasVscode: boolean;
}

/** An app that an editor's debugger can attach to. */
export interface Attachable {
  name: string;
  toolchain: "python" | "node" | "none";
  port: number;
}

const START = "<!-- devpm: made by `devpm agent init` -->";
const END = "<!-- devpm: end -->";

/** `typed`: what a user types here for `devpm`. */
export function sectionOf(typed: string): string {
  return `${START}
## Running this project

\`${typed} dev -d\` starts what is missing, waits until it is ready and prints the URLs; it may be called at any time. Never start
the apps in another way, and do not end them: \`${typed} down\` is the user's.
After an edit: \`${typed} wait --for reload\` returns when the save is what answers, or with the error, its file and line.
\`${typed} errors\` lists what is broken now; \`${typed} request APP /path\` asks an app; \`${typed} logs APP --no-follow -n 50\` shows its output.
${END}`;
}

/** Pure. Only devpm's own section, or an entry that is missing, is ever changed. */
export function changes(present: Present, typed: string, attachable: readonly Attachable[] = []): Change[] {
  const [command = "devpm", ...args] = typed.split(" ");
  const server = { command, args: [...args, "mcp"] };
  const launch = { type: "node-terminal", request: "launch", name: "devpm dev", command: `${typed} dev` };
  const vscode = present.hasVscode
    ? [
        entry(".vscode/mcp.json", present.vscodeMcp, "servers", { type: "stdio", ...server }),
        launchEntries(".vscode/launch.json", present.vscodeLaunch, [launch, ...attachable.map(attachEntry)]),
      ]
    : [];
  const claude = present.claude !== null && !/@AGENTS\.md/.test(present.claude);
  return [
    section("AGENTS.md", present.agents, typed),
    ...(claude ? [section("CLAUDE.md", present.claude, typed)] : []),
    entry(".mcp.json", present.mcp, "mcpServers", server),
    ...vscode,
  ].filter((change) => change !== null);
}

function section(file: string, text: string | null, typed: string): Change | null {
  const adds = sectionOf(typed);
  if (text === null || text.trim() === "") return { file, adds, text: `${adds}\n` };
  const [from, to] = [text.indexOf(START), text.indexOf(END)];
  if (from === -1 && to === -1) return { file, adds, text: `${text.trimEnd()}\n\n${adds}\n` };
  if (from === -1 || to < from) return { file, leftAlone: "devpm's section in it has lost its beginning or its end" };
  const now = text.slice(0, from) + adds + text.slice(to + END.length);
  return now === text ? null : { file, adds, text: now };
}

function entry(file: string, text: string | null, key: string, value: object): Change | null {
  const json = parsed(text);
  if (json === null)
    return { file, leftAlone: `it is no plain JSON; add to "${key}": "devpm": ${JSON.stringify(value)}` };
  const known = json[key] ?? {};
  if (!isObject(known)) return { file, leftAlone: `"${key}" in it is no object` };
  if (Object.hasOwn(known, "devpm")) return null;
  return written(file, { ...json, [key]: { ...known, devpm: value } }, { devpm: value });
}

/** `restart`: the editor attaches again after each save. */
const attachEntry = ({ name, toolchain, port }: Attachable) => ({
  name: `devpm: attach to ${name}`,
  request: "attach",
  restart: true,
  ...(toolchain === "node"
    ? { type: "node", address: "127.0.0.1", port }
    : { type: "debugpy", connect: { host: "127.0.0.1", port }, justMyCode: true }),
});

/** Those whose names are not there yet: an entry that is there is the user's. */
function launchEntries(file: string, text: string | null, values: readonly { name: string }[]): Change | null {
  const json = parsed(text);
  if (json === null)
    return {
      file,
      leftAlone: `it is no plain JSON; add to "configurations": ${values.map((value) => JSON.stringify(value)).join(", ")}`,
    };
  const known: unknown = json.configurations ?? [];
  if (!Array.isArray(known)) return { file, leftAlone: '"configurations" in it is no list' };
  const added = values.filter(({ name }) => !known.some((one) => isObject(one) && one.name === name));
  if (added.length === 0) return null;
  const configurations = [...(known as unknown[]), ...added];
  return written(file, { version: "0.2.0", ...json, configurations }, added.length === 1 ? added[0]! : added);
}

const written = (file: string, json: object, adds: object): Change => ({
  file,
  text: `${JSON.stringify(json, null, 2)}\n`,
  adds: JSON.stringify(adds, null, 2),
});

/** null: no JSON object, or one with comments, which would be lost. */
function parsed(text: string | null): Record<string, unknown> | null {
  if (text === null || text.trim() === "") return {};
  try {
    const json: unknown = JSON.parse(text);
    return isObject(json) ? json : null;
  } catch {
    return null;
  }
}
