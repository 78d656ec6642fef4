import path from "node:path";
import { stripVTControlCharacters } from "node:util";
import { detection } from "../../detect/detection.ts";
import { loadProject } from "../../config/project-loader.ts";
import { locateConfig } from "../../config/find.ts";
import type { McpAnswer, McpResource, McpService } from "../../system/mcp/serve.ts";
import type { System } from "../../system/system.ts";
import type { Terminal } from "../../system/terminal/terminal.ts";
import { docsFolder } from "../../util/package-files.ts";
import type { CommandContext } from "../shared/context.ts";
import { bounded } from "./bounded.ts";
import { collected } from "./collected.ts";
import { createSecrets, type Secrets } from "./secrets.ts";
import { TOOLS, type Args, type CommandTool } from "./tools.ts";

export interface McpOptions {
  /** The running devpm: each tool is one of its commands. */
  script: string;
  version: string;
  /** Runs a command line within this process; what it prints goes to the terminal that is given. Its exit code. */
  runHere: RunHere;
}

export type RunHere = (
  words: readonly string[],
  given: { terminal: Terminal; signal: AbortSignal; cwd: string },
) => Promise<number>;

const INSTRUCTIONS = `devpm runs this project's apps. ensure starts them and returns their URLs. After each edit call wait_for_save:
it returns when the save is what answers, or the error with file and line. errors lists what is broken now, each fault once.
request asks an app; logs reads what it printed.`;

/** `devpm mcp`: follows the session of this folder, also across its end and start; ends when its client does. */
export async function mcp(system: System, context: CommandContext, options: McpOptions): Promise<number> {
  const secrets = createSecrets(system.files, await context.instance(), system.environment.shell);
  const service: McpService = {
    name: "devpm",
    version: options.version,
    instructions: INSTRUCTIONS,
    tools: TOOLS.map(({ name, description, inputSchema, annotations }) => ({
      name,
      description,
      inputSchema,
      annotations,
    })),
    call: (name, args, signal) => called(system, { options, context, secrets, name, args, signal }),
    resources: () => resources(system),
    read: (uri) => read(system, secrets, uri),
  };
  await system.serveMcp(service);
  return 0;
}

interface Call {
  options: McpOptions;
  context: CommandContext;
  secrets: Secrets;
  name: string;
  args: unknown;
  signal: AbortSignal;
}

async function called(system: System, { options, context, secrets, name, args, signal }: Call): Promise<McpAnswer> {
  const tool = TOOLS.find((one) => one.name === name);
  if (!tool) return wrong(`there is no tool ${name}: ${TOOLS.map((one) => one.name).join(", ")}`);
  const problem = tool.check(args, name) ?? (name === "run" ? await runForbidden(system) : null);
  if (problem !== null) return wrong(problem);
  const asked = { script: options.script, args: args as Args, signal };
  const answer = await (tool.here
    ? answeredHere(options.runHere, context, tool, asked)
    : answered(system, tool, asked));
  await secrets.learn();
  return { text: bounded(secrets.hide(answer.text), tool.keep), isError: answer.isError };
}

const wrong = (text: string): McpAnswer => ({ text: bounded(text, "start"), isError: true });

interface Asked {
  script: string;
  args: Args;
  signal: AbortSignal;
}

/** The command as a process of its own: what it prints is the answer, and nothing of it reaches the protocol's stdout. */
async function answered(system: System, tool: CommandTool, { script, args, signal }: Asked): Promise<McpAnswer> {
  const { node, shell, cwd } = system.environment;
  const { FORCE_COLOR: _, ...plain } = shell;
  const done = await system.commands.run(node, [script, ...tool.argv(args)], {
    cwd,
    env: { ...plain, NO_COLOR: "1", COLUMNS: "120" },
    signal,
    timeoutMs: tool.timeoutMs,
  });
  const late = done.timedOut ? [`not done within ${tool.timeoutMs / 1_000} s`] : [];
  const failure = done.failure === null ? [] : [`it could not be started: ${done.failure}`];
  return answerOf([done.stdout, done.stderr, ...late, ...failure], done.exitCode);
}

/** Without a process of its own, whose start takes longer than a warm reload does. */
async function answeredHere(
  runHere: RunHere,
  context: CommandContext,
  tool: CommandTool,
  { args, signal }: Asked,
): Promise<McpAnswer> {
  const { terminal, out, err } = collected(context.terminal);
  const { cwd } = context.system.environment;
  const exitCode = await runHere(["--no-color", ...tool.argv(args)], { terminal, signal, cwd });
  return answerOf([out(), err()], exitCode);
}

function answerOf(parts: readonly string[], exitCode: number | null): McpAnswer {
  const text = parts.map((part) => stripVTControlCharacters(part)).filter((part) => part.trim() !== "");
  const shown = text.map((part) => part.replace(/\n$/, "")).join("\n");
  const isError = exitCode !== 0;
  return { text: shown === "" ? (isError ? `it failed (exit code ${exitCode})` : "done") : shown, isError };
}

/** Why commands may not be run here; null where the configuration allows it. */
async function runForbidden(system: System): Promise<string | null> {
  const loaded = await loadProject(system, { cwd: system.environment.cwd }, detection(system));
  if (!loaded.ok) return loaded.diagnostics.map(({ summary }) => summary).join("\n");
  if (loaded.value.agentsMayRun) return null;
  return "run is off: its commands see the secrets of the app. Where the user agrees, the configuration says mcp: { run: true }";
}

const DOCS = "devpm://docs/";
const CONFIG = "devpm://config";

async function resources(system: System): Promise<McpResource[]> {
  const names = (await Promise.all(["", "guides"].map((folder) => pagesIn(system, folder)))).flat();
  const located = await locateConfig(system, { cwd: system.environment.cwd });
  const config = located.ok && located.value.file !== null;
  return [
    ...(config ? [{ uri: CONFIG, name: "the configuration of this project", mimeType: "text/plain" }] : []),
    ...names.map((name) => ({ uri: DOCS + name, name: `devpm: ${name}`, mimeType: "text/plain" })),
  ];
}

async function pagesIn({ files }: System, folder: string): Promise<string[]> {
  const names = await files.list(path.join(docsFolder, folder));
  return names.filter((name) => name.endsWith(".md")).map((name) => path.join(folder, name));
}

async function read(system: System, secrets: Secrets, uri: string): Promise<string | null> {
  const known = (await resources(system)).some((one) => one.uri === uri);
  if (!known) return null;
  if (uri.startsWith(DOCS)) return system.files.read(path.join(docsFolder, uri.slice(DOCS.length)));
  const located = await locateConfig(system, { cwd: system.environment.cwd });
  const text = located.ok && located.value.file !== null ? await system.files.read(located.value.file) : null;
  await secrets.learn();
  return text === null ? null : bounded(secrets.hide(text), "start");
}
