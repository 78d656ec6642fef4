import path from "node:path";
import { type FoundCommand, evidenceOf } from "../commands/found-command.ts";
import { commandsIn } from "../commands/shell.ts";
import { FRONT_TOOLS } from "../commands/front-tools.ts";
import { meantBy, valueOf } from "../commands/intent.ts";
import { parallelOf } from "../commands/unwrap.ts";
import type { EvidencePlace, Omitted } from "../model.ts";
import { lineWhere } from "../parse/text.ts";
import { isAside, isExample } from "../python/locate.ts";
import type { Repository } from "../repository/snapshot.ts";
import { serverPort } from "./node-servers.ts";
import { startsBackend } from "./beside-backend.ts";
import { aside, isLeftOver, isMemberApp, withoutLibraries } from "./left-out.ts";
import { type Package, managerIn, managerOf, managerOfImage } from "./packages.ts";
import { BY_PROGRAM, type Tool, isDevServer, isOfTool, toolByDependency, toolOf } from "./tools.ts";

/** A front end with a dev server. */
export interface FrontEnd {
  package: Package;
  tool: Tool;
  /** The script that starts the server; null where none does, and the tool's own command is typed. */
  script: string | null;
  /** The port that the script itself sets. */
  scriptPort: number | null;
  /** The program and its arguments, where the script runs it and nothing else. */
  plain: string | null;
  /** The folder that the tool is given: `nuxt dev apps/admin`. */
  target: string | null;
  /** The config file that it is given. */
  config: string | null;
  manager: string;
  evidence: EvidencePlace;
}

interface Started {
  tool: Tool;
  port: number | null;
  plain: string | null;
  target: string | null;
  config: string | null;
  /** The script within the one that was looked at, where that starts a backend, too; null: the tool itself. */
  alone?: string | null;
}

const SCRIPTS =
  /^(dev|start|serve|develop|start:dev|dev:start|serve:dev|(dev|start|serve)[:-](web|client|frontend|front|ui|app|local|admin|vite|[\w-]+))$/;

/** Every package with a dev server, and the packages that were considered and have none. */
export function frontEnds(
  repository: Repository,
  packages: readonly Package[],
  commands: readonly FoundCommand[],
): { found: FrontEnd[]; omitted: Omitted[] } {
  const omitted: Omitted[] = [];
  const shallowFirst = packages.toSorted((a, b) => a.file.split("/").length - b.file.split("/").length);
  const found = shallowFirst.flatMap((one): FrontEnd[] => {
    const started = startedBy(repository, one) ?? typedIn(repository, one, commands);
    if (!started) {
      omitted.push(...mobile(repository, one));
      return [];
    }
    const { evidence } = started;
    const why = aside(repository, one, started.tool);
    if (why !== null) {
      omitted.push({ what: `${started.tool.title} in ${one.folder}`, why, at: evidence });
      return [];
    }
    const used = commands.flatMap((command) => (command.folders[0] === one.folder ? (managerIn(command) ?? []) : []));
    const anywhere = commands.flatMap((command) => managerIn(command) ?? []);
    return [
      {
        package: one,
        ...started,
        scriptPort: started.port,
        manager: managerOf(repository, packages, one.folder, [
          ...used,
          ...managerOfImage(repository, one.folder),
          ...anywhere,
        ]),
      },
    ];
  });
  const isLeft = (front: FrontEnd): boolean => isLeftOver(repository, front, found);
  omitted.push(
    ...found.filter(isLeft).map((one) => ({
      what: `${one.tool.title} in ${one.package.folder}`,
      why: "a package.json without a source",
      at: one.evidence,
    })),
  );
  const kept = withoutLibraries(
    repository,
    found.filter(
      (front) => !isLeft(front) && (!isAside(front.package.file) || isMemberApp(repository, packages, front.package)),
    ),
  );
  for (const one of kept.length > 0 ? found.filter((each) => !kept.includes(each) && !isLeft(each)) : []) {
    omitted.push({
      what: `${one.tool.title} in ${one.package.folder}`,
      why: "an example, a test or a library",
      at: one.evidence,
    });
  }
  return { found: kept.length > 0 ? kept : found.filter(({ package: { file } }) => isExample(file)), omitted };
}

/** An app for phones: its bundler serves a device or a simulator, not a browser. */
function mobile(repository: Repository, one: Package): Omitted[] {
  const script = Object.keys(one.scripts).find((name) => /^(expo|react-native) start\b/.test(one.scripts[name] ?? ""));
  if (script === undefined) return [];
  const what = `${one.dependencies.has("expo") ? "Expo" : "React Native"} in ${one.folder}`;
  const why = "an app for phones: its bundler wants a terminal, and a device or a simulator";
  return [{ what, why, at: ofScript(repository, one, script) }];
}

type StartedBy = Started & Pick<FrontEnd, "script" | "evidence">;

function startedBy(repository: Repository, one: Package): StartedBy | null {
  const names = Object.keys(one.scripts).filter(
    (name) => !/storybook|docs|test|mock|electron|ssr|email|prod|build|demo|example|playground/.test(name),
  );
  const rank = (name: string): number => ["dev", "start", "serve", "develop", "start:dev"].indexOf(name) >>> 0;
  const usual = names.filter((name) => SCRIPTS.test(name)).toSorted((a, b) => rank(a) - rank(b));
  // under a name of the project's own only the tool itself counts
  const others = names.filter((name) => !SCRIPTS.test(name) && lineServer(one, one.scripts[name] ?? "") !== null);
  for (const script of [...usual, ...others]) {
    const started = serverOf(repository, one, script);
    if (!started) continue;
    const { alone = script, ...rest } = started;
    return { ...rest, script: alone, evidence: ofScript(repository, one, alone ?? script) };
  }
  return null;
}

function ofScript(repository: Repository, { file, scripts }: Package, script: string): EvidencePlace {
  const key = new RegExp(`"${script.replaceAll(/[^\w-]/g, ".")}"\\s*:`);
  return { file, line: lineWhere(repository.text(file) ?? "", key), says: scripts[script] ?? "" };
}

/** Without a script a document or a task runner has the tool's own command: `quasar dev`, in the folder of a package that has it. */
function typedIn(repository: Repository, one: Package, commands: readonly FoundCommand[]): StartedBy | null {
  for (const { intent, folders, file, line, words, source, stage } of commands) {
    if (intent.kind !== "tool" || folders[0] !== one.folder || !isDevServer(intent.tool, intent.args)) continue;
    if (!TYPED.test(source) || /^(test|prod)$/.test(stage)) continue;
    const started = fromTool(repository, one, { ...intent, args: withoutFilledIn(intent.args) }, null, true);
    if (started && [...one.dependencies].some((name) => isOfTool(name, intent.tool)))
      return { ...started, script: null, evidence: evidenceOf({ file, line, words }) };
  }
  return null;
}

const TYPED = /^(readme|makefile|procfile|shell|python)$/;

/** The arguments that a task runner does not fill in: `--port $(PORT)`, `--port={{ env.PORT }}`. */
const withoutFilledIn = (args: readonly string[]): string[] => {
  const line = args.join(" ").replaceAll(/(--?[\w-]+[= ])?(\{\{.*?\}\}|\$\{.*?\}|\$\(.*?\)|\$\w+)/g, "");
  return line.split(" ").filter((arg) => arg !== "");
};

/** The dev server that a script ends up starting, through other scripts of its package. */
function serverOf(repository: Repository, one: Package, script: string, depth = 0): Started | null {
  const text = one.scripts[script];
  if (text === undefined || depth > 4) return null;
  const commands = commandsIn(text);
  for (const command of commands.toReversed()) {
    const parallel = parallelOf(command.words);
    for (const line of parallel ?? []) {
      const name = /^(?:npm:|(?:npm|pnpm|yarn|bun) (?:run )?)([\w:.-]+)$/.exec(line)?.[1];
      const inner = name === undefined ? lineServer(one, line) : serverOf(repository, one, name, depth + 1);
      if (!inner) continue;
      const beside = (parallel ?? []).some((other) => other !== line && startsBackend(one, other));
      if (!beside) return { ...inner, plain: null };
      return name === undefined ? withoutBackend(inner, line) : { alone: name, ...inner };
    }
    if (command.cds.length > 0) continue;
    const { intent, env } = meantBy(command.words);
    const port = Number(env.PORT ?? command.env.PORT) || null;
    if (intent.kind === "tool" && isDevServer(intent.tool, intent.args))
      return fromTool(repository, one, intent, port, commands.length === 1);
    if (intent.kind === "package" && intent.folder === null && intent.filter === null) {
      const inner = serverOf(repository, one, intent.script, depth + 1);
      const others = commands.filter((other) => other !== command).map(({ words }) => words.join(" "));
      const beside = others.some((other) => startsBackend(one, other));
      if (inner)
        return { ...(beside ? { alone: intent.script } : {}), ...inner, port: inner.port ?? port, plain: null };
      // the other script is a runner that is given the tool: `npm run babel -- webpack-dev-server`
      const { intent: given } = meantBy(intent.args);
      if (one.scripts[intent.script] !== undefined && given.kind === "tool" && isDevServer(given.tool, given.args))
        return fromTool(repository, one, given, port, false);
    }
    const wrapped = intent.kind === "other" ? behindWrapper(intent.words) : null;
    if (wrapped) return fromTool(repository, one, wrapped, port, commands.length === 1);
    const own = intent.kind === "other" || intent.kind === "devpm" ? ownServer(repository, one, intent) : null;
    if (own) return own;
  }
  return null;
}

/** A tool with its command behind a program that nobody here knows: `portless shop next dev`. */
function behindWrapper(words: readonly string[]): { tool: string; args: string[]; port: number | null } | null {
  if (/^(echo|make|git|docker|node|curl)$/.test(words[0] ?? "")) return null;
  const at = words.findIndex((word, index) => index > 0 && FRONT_TOOLS.has(word));
  const { intent } = meantBy(words.slice(at));
  const isServed = at > 0 && intent.kind === "tool" && /^(dev|serve|start|develop)$/.test(intent.args[0] ?? "");
  return isServed && isDevServer(intent.tool, intent.args) ? intent : null;
}

function lineServer(one: Package, line: string): Started | null {
  const [command] = commandsIn(line);
  const intent = command && command.cds.length === 0 ? meantBy(command.words).intent : null;
  if (intent?.kind !== "tool" || !isDevServer(intent.tool, intent.args)) return null;
  const tool = toolOf(intent.tool, one.dependencies, intent.args);
  return tool ? { tool, port: intent.port, plain: null, target: null, config: null } : null;
}

/** Vite's preset starts nothing but Vite; of any other tool its own command does. */
const withoutBackend = (inner: Started, line: string): Started =>
  inner.tool.kind === "vite" || inner.tool.kind === "sveltekit"
    ? { ...inner, plain: null }
    : { ...inner, plain: line, alone: null };

function fromTool(
  repository: Repository,
  one: Package,
  intent: { tool: string; args: string[]; port: number | null },
  port: number | null,
  alone: boolean,
): Started | null {
  const tool = toolOf(intent.tool, one.dependencies, intent.args);
  if (!tool) return null;
  const config = valueOf(intent.args, ["--config", "-c"]);
  const folder = intent.args
    .slice(1)
    .find((arg) => !arg.startsWith("-") && repository.hasFolder(path.posix.join(one.folder, arg)) && arg !== ".");
  return {
    tool,
    port: intent.port ?? port,
    plain: alone ? [intent.tool, ...intent.args].join(" ") : null,
    target: folder ?? null,
    config: config === undefined ? null : path.posix.join(one.folder, config),
  };
}

/** A program of the project's own around a tool: `node server.mjs` beside Vite, `devpm dev` in the folder itself. */
function ownServer(repository: Repository, one: Package, intent: { kind: string; words?: string[] }): Started | null {
  const ejected = ejectedServer(repository, one, intent.words ?? []);
  if (ejected) return ejected;
  const tool = toolByDependency(one.dependencies);
  if (!tool) return null;
  const program = intent.words?.[0] ?? "";
  const starts = intent.kind === "devpm" || /^(node|bun|tsx|ts-node|nodemon|deno)$/.test(program);
  // these make their pages themselves; beside any other tool a server without a page is a server of something else
  const pages =
    /^(next|nuxt|astro|sveltekit|react-router)$/.test(tool.kind) ||
    one.dependencies.has("webpack-dev-middleware") ||
    ["index.html", "public/index.html"].some((page) => repository.has(path.posix.join(one.folder, page)));
  const isBuilt = intent.words?.some((word) => /(^|[\W_])prod(uction)?([\W_]|$)/.test(word)) === true;
  return pages && starts && !isBuilt
    ? {
        tool,
        port: serverPort(repository, one.folder, intent.words ?? []),
        // its own program is more than the tool
        plain: intent.kind === "devpm" ? null : (intent.words ?? []).join(" "),
        target: null,
        config: null,
      }
    : null;
}

/** Create React App after `eject`: `node scripts/start.js` starts webpack's server, on the port that the script falls back to. */
function ejectedServer(repository: Repository, one: Package, [program, file]: readonly string[]): Started | null {
  if (program !== "node" || file === undefined) return null;
  const text = repository.text(path.posix.join(one.folder, file)) ?? "";
  if (!/(require\(|from\s+)["']webpack-dev-server["']/.test(text)) return null;
  const port = Number(/\bPORT\b[^\n]*?(?:\|\||\?\?)\s*["']?(\d{2,5})/.exec(text)?.[1]) || null;
  return { tool: BY_PROGRAM.webpack!, port, plain: null, target: null, config: null };
}
