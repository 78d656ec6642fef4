import path from "node:path";
import { localAddresses } from "../../config/vite-config.ts";
import { type FoundCommand, evidenceOf } from "../commands/found-command.ts";
import type { Context } from "../context.ts";
import { containersOf } from "../services/containers.ts";
import { variablesOf } from "../repository/env-files.ts";
import type { Backend } from "../python/backend.ts";
import { isRunserver } from "../python/django.ts";
import { isServedBy } from "../python/langgraph.ts";
import type { Target } from "../python/target.ts";
import type { Repository } from "../repository/snapshot.ts";
import { RANK, type RankedPort } from "./rank.ts";

/** Where each framework listens that is told nothing. */
export const DEFAULT_PORTS: Readonly<Record<Backend["framework"], number>> = {
  flask: 5000,
  quart: 5000,
  fastapi: 8000,
  asgi: 8000,
  django: 8000,
  sanic: 8000,
  connexion: 5000,
  langgraph: 2024,
  aiohttp: 8080,
  tornado: 8888,
};

/** The ports that a backend's own commands, code and containers name. */
export function ownClaims(context: Context, backend: Backend): RankedPort[] {
  const { repository } = context;
  return [
    ...commandClaims(backend),
    ...toolClaims(context, backend),
    ...variableClaims(repository, backend),
    ...codeClaims(backend),
    ...idleClaims(repository, backend),
    ...composeClaims(context, backend),
  ].toSorted((a, b) => a.rank - b.rank);
}

/** Where documents first show the plain command, one with a port is another way: "if 8000 is taken, use 8001". */
function isAnotherWay(starts: readonly Pick<Target, "port" | "command">[]): boolean {
  const shown = starts.filter(({ command }) => command.source === "readme");
  const depth = ({ command: { file } }: Pick<Target, "command">): number =>
    file.split("/").length * 2 - (/^readme/i.test(path.posix.basename(file)) ? 1 : 0);
  const [first] = shown.toSorted((a, b) => depth(a) - depth(b) || a.command.line - b.command.line);
  return first?.port === null;
}

/** A start for production names the port of a container, which comes last. */
function commandClaims({ framework, targets }: Backend): RankedPort[] {
  const other = isAnotherWay(targets.filter(({ codePort }) => codePort === null));
  return targets.flatMap(({ port, command }): RankedPort[] => {
    if (port === null) return [];
    const inside =
      command.source === "docker" ||
      command.source === "compose" ||
      command.source === "ci" ||
      command.stage === "prod" ||
      isForProduction(command);
    // 80 of an image is nothing to develop on, nor that of an editor within a container
    if ((inside || command.source === "ide" || command.source === "devcontainer") && port < 1024) return [];
    // a document that spells out the default is weaker than a front end that expects something else
    const idle = command.source === "readme" && port === DEFAULT_PORTS[framework];
    const usual = command.stage === "dev" ? RANK.developmentCommand : RANK.command;
    const shown = other && command.source === "readme" ? RANK.anotherWay : usual;
    const rank = inside ? RANK.inside : idle ? RANK.documentedDefault : shown;
    return [{ port, rank, evidence: evidenceOf(command) }];
  });
}

/** Gunicorn and its like, without their reload flag. */
const isForProduction = ({ intent, words }: FoundCommand): boolean =>
  intent.kind === "server" && /^(gunicorn|uwsgi)$/.test(intent.server) && !words.includes("--reload");

/** Where the project's own tool starts the server: `manage.py runserver`, `langgraph dev`. */
function toolClaims({ repository, commands }: Context, { framework, cwd }: Backend): RankedPort[] {
  const starts = commands.flatMap((command) => {
    const { intent } = command;
    if (intent.kind !== framework || (intent.kind !== "django" && intent.kind !== "langgraph")) return [];
    const isOwn = intent.kind === "langgraph" ? isServedBy(repository, command, cwd) : isRunserver(command, cwd);
    return isOwn ? [{ port: intent.port, command }] : [];
  });
  const other = isAnotherWay(starts);
  return starts.flatMap(({ port, command: { source, stage, file, line, words } }): RankedPort[] => {
    const evidence = evidenceOf({ file, line, words });
    const inside = source === "docker" || source === "compose" || source === "ci" || stage === "prod";
    const usual = DEFAULT_PORTS[framework];
    if (port === null && !inside && namesAddress(repository, { file, source }, usual))
      return [{ port: usual, rank: RANK.namedAddress, evidence }];
    // as of any server that is started without a port
    const plain = other && source === "readme" ? RANK.plainBesideOthers : RANK.plainCommand;
    const idle = framework === "langgraph" ? RANK.plainTool : plain;
    if (port === null) return inside && framework !== "langgraph" ? [] : [{ port: usual, rank: idle, evidence }];
    const shown = other && source === "readme" ? RANK.anotherWay : RANK.developmentCommand;
    return [{ port, rank: inside ? RANK.inside : shown, evidence }];
  });
}

/** `FLASK_RUN_PORT` and `UVICORN_PORT`, which the tools read by themselves. */
function variableClaims(repository: Repository, { framework, cwd, home }: Backend): RankedPort[] {
  const name = framework === "flask" ? "FLASK_RUN_PORT" : framework === "fastapi" ? "UVICORN_PORT" : null;
  if (name === null) return [];
  for (const folder of new Set([cwd, home, "."])) {
    const port = Number(variablesOf(repository, folder)[name]);
    if (port > 0)
      return [
        {
          port,
          rank: RANK.toolVariable,
          evidence: { file: path.posix.join(folder, ".flaskenv"), line: 1, says: `${name}=${port}` },
        },
      ];
  }
  return [];
}

/** A program that starts its own server listens where its code says, unless it can be given another port. */
const isFixed = ({ framework, program }: Backend, variable: string | null): boolean =>
  /^(aiohttp|tornado)$/.test(framework) && variable !== "PORT" && program?.includes("$PORT") !== true;

const codeClaims = (backend: Backend): RankedPort[] =>
  [...backend.targets.flatMap(({ codePort }) => codePort ?? []), ...backend.programs].map((found) => ({
    port: found.port,
    rank: codeRank(backend, found),
    evidence: { file: found.file, line: found.line, says: `port ${found.port}` },
  }));

function codeRank(backend: Backend, { variable, set }: Backend["programs"][number]): number {
  if (isFixed(backend, variable)) return RANK.fixedInCode;
  if (set === true) return RANK.settingsFile;
  return variable === null ? RANK.code : RANK.codeDefault;
}

/**
 * A server that is started without a port listens on its own default: that is a claim, too. A document that shows the
 * command and this address counts more than the port of a container.
 */
function idleClaims(repository: Repository, { framework, targets }: Backend): RankedPort[] {
  const idle = targets.find(
    ({ port, codePort, command }) => port === null && codePort === null && command.words.length > 0 && isIdle(command),
  );
  if (!idle) return [];
  const { command } = idle;
  const port = DEFAULT_PORTS[framework];
  const isNamed = namesAddress(repository, command, port);
  return [{ port, rank: isNamed ? RANK.namedAddress : RANK.plainCommand, evidence: evidenceOf(command) }];
}

/** Whether the document that shows a command, or of a package's script the package above all, names this address, too. */
function namesAddress(repository: Repository, { file, source }: Pick<FoundCommand, "file" | "source">, port: number) {
  const text =
    source === "readme" ? repository.text(file) : source === "package" ? repository.text("package.json") : "";
  return localAddresses(text ?? "").some((one) => one.port === port);
}

const isIdle = ({ intent, source, stage, words }: FoundCommand): boolean =>
  /^(server|fastapi|flask)$/.test(intent.kind) &&
  !/^(docker|compose|ci)$/.test(source) &&
  stage !== "prod" &&
  !words.some((word) => /^--?(port|bind|listen|p|b)(=|$)|^-[pb][\d:.]/.test(word));

/** The host side of what the backend's own container publishes. */
function composeClaims(context: Context, backend: Backend): RankedPort[] {
  const all = containersOf(context, backend);
  const isOwn = ({ file, name }: (typeof all)[number]): boolean =>
    backend.targets.some(
      ({ command }) => command.source === "compose" && command.file === file && command.name === name,
    );
  // of several containers of one image those whose commands start it
  const own = all.filter(isOwn);
  return (own.length > 0 ? own : all).flatMap(({ ports, command, file, line, name }): RankedPort[] =>
    ports
      .filter(({ container }) => !DEBUGGERS.has(container))
      // what its command names comes first
      .toSorted((a, b) => Number(names(command, b.container)) - Number(names(command, a.container)))
      .slice(0, 1)
      .flatMap(({ host, container }) =>
        // only root may listen below 1024, the Docker engine in its place
        host === null || host < 1024
          ? []
          : [{ port: host, rank: RANK.container, evidence: { file, line, says: `${name}: ${host}:${container}` } }],
      ),
  );
}

/** debugpy, a second one beside it, and Node's inspector. */
const DEBUGGERS = new Set([5678, 5679, 9229, 9230]);

const names = (command: string, port: number): boolean => new RegExp(`\\b${port}\\b`).test(command);
