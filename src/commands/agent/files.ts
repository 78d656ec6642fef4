import {
  type Attachable,
  attachEntry,
  type Change,
  launchEntries,
  plainJson,
  jsonChange,
  withEndsOf,
} from "../shared/editor-files.ts";
import { isObject } from "../../util/guard.ts";
import { shellWords } from "../../util/shell-quote.ts";

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
  const [command = "devpm", ...args] = shellWords(typed);
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
  const own = withEndsOf(text, adds);
  if (from === -1 && to === -1)
    return { file, adds, text: `${text}${withEndsOf(text, gapAfter(text))}${own}${withEndsOf(text, "\n")}` };
  if (from === -1 || to < from)
    return { file, leftAlone: "the beginning or the end of devpm's section in it is missing" };
  const now = text.slice(0, from) + own + text.slice(to + END.length);
  return now === text ? null : { file, adds, text: now };
}

/** What is missing to an empty line below it. */
const gapAfter = (text: string): string => (/\n\r?\n$/.test(text) ? "" : text.endsWith("\n") ? "\n" : "\n\n");

function entry(file: string, text: string | null, key: string, value: object): Change | null {
  const json = plainJson(text);
  if (json === null)
    return { file, leftAlone: `it is not plain JSON; add to "${key}": "devpm": ${JSON.stringify(value)}` };
  const known = json[key] ?? {};
  if (!isObject(known)) return { file, leftAlone: `its "${key}" is not an object` };
  if (Object.hasOwn(known, "devpm")) return null;
  return jsonChange(file, text, { ...json, [key]: { ...known, devpm: value } }, { devpm: value });
}
