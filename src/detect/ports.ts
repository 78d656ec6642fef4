import path from "node:path";
import { localAddresses } from "../config/vite-config.ts";
import { healthPath, readDockerfile } from "./commands/sources/dockerfile.ts";
import type { FoundCommand } from "./commands/found-command.ts";
import type { Composed } from "./compose/choose.ts";
import type { Service } from "./compose/model.ts";
import { variablesOf } from "./environment.ts";
import type { Expectation } from "./front/config.ts";
import type { Evidence } from "./model.ts";
import type { Backend } from "./python/backends.ts";
import type { Target } from "./python/target.ts";
import type { Repository } from "./repository/snapshot.ts";
import { groupBy } from "../util/group.ts";

/** A port that something names, with its rank: 1 counts most. */
export interface Claim {
  port: number;
  rank: number;
  evidence: Evidence;
}

export const DEFAULT_PORTS: Readonly<Record<Backend["framework"], number>> = {
  flask: 5000,
  quart: 5000,
  fastapi: 8000,
  asgi: 8000,
  django: 8000,
  sanic: 8000,
};

/** The ports that a backend's own commands, code and containers name. */
export function ownClaims(
  backend: Backend,
  commands: readonly FoundCommand[],
  repository: Repository,
  composed: Composed | null,
): Claim[] {
  return [
    ...commandClaims(backend),
    ...djangoClaims(backend, commands, repository),
    ...variableClaims(backend, repository),
    ...codeClaims(backend),
    ...idleClaims(backend, repository),
    ...composeClaims(repository, backend, composed),
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

/** The plain command's own claim is 5.5 or 5.6. */
const ANOTHER_WAY = 5.7;

/** A start for production names the port of a container, which comes last. */
function commandClaims({ framework, targets }: Backend): Claim[] {
  const other = isAnotherWay(targets.filter(({ codePort }) => codePort === null));
  return targets.flatMap(({ port, command }): Claim[] => {
    if (port === null) return [];
    const inside =
      command.source === "docker" ||
      command.source === "compose" ||
      command.source === "ci" ||
      command.stage === "prod" ||
      isForProduction(command);
    // a document that spells out the default is weaker than a front end that expects something else
    const idle = command.source === "readme" && port === DEFAULT_PORTS[framework];
    const usual = command.stage === "dev" ? 1 : 1.1;
    const rank = inside ? 7 : idle ? 4.5 : other && command.source === "readme" ? ANOTHER_WAY : usual;
    return [{ port, rank, evidence: { file: command.file, line: command.line, says: command.words.join(" ") } }];
  });
}

/** Gunicorn and its like, unless they are told to reload. */
const isForProduction = ({ intent, words }: FoundCommand): boolean =>
  intent.kind === "server" && /^(gunicorn|uwsgi)$/.test(intent.server) && !words.includes("--reload");

function djangoClaims({ framework, cwd }: Backend, commands: readonly FoundCommand[], repository: Repository): Claim[] {
  if (framework !== "django") return [];
  const starts = commands.flatMap((command) => {
    const { intent, folders } = command;
    const isOwn =
      intent.kind === "django" &&
      intent.verb === "runserver" &&
      folders.some((one) => path.posix.normalize(path.posix.join(one, path.posix.dirname(intent.manage))) === cwd);
    return isOwn ? [{ port: intent.port, command }] : [];
  });
  const other = isAnotherWay(starts);
  return starts.flatMap(({ port, command: { source, stage, file, line, words } }): Claim[] => {
    const evidence = { file, line, says: words.join(" ") };
    const inside = source === "docker" || source === "compose" || source === "ci" || stage === "prod";
    const usual = DEFAULT_PORTS.django;
    if (port === null && !inside && namesAddress(repository, { file, source }, usual))
      return [{ port: usual, rank: 4.6, evidence }];
    if (port === null) return other && source === "readme" ? [{ port: usual, rank: 5.6, evidence }] : [];
    return [{ port, rank: inside ? 7 : other && source === "readme" ? ANOTHER_WAY : 1, evidence }];
  });
}

/** `FLASK_RUN_PORT` and `UVICORN_PORT`, which the tools read by themselves. */
function variableClaims({ framework, cwd, home }: Backend, repository: Repository): Claim[] {
  const name = framework === "flask" ? "FLASK_RUN_PORT" : framework === "fastapi" ? "UVICORN_PORT" : null;
  if (name === null) return [];
  for (const folder of new Set([cwd, home, "."])) {
    const port = Number(variablesOf(repository, folder)[name]);
    if (port > 0)
      return [
        { port, rank: 2, evidence: { file: path.posix.join(folder, ".flaskenv"), line: 1, says: `${name}=${port}` } },
      ];
  }
  return [];
}

const codeClaims = ({ targets, programs }: Backend): Claim[] =>
  [...targets.flatMap(({ codePort }) => codePort ?? []), ...programs].map(({ port, variable, set, file, line }) => ({
    port,
    // what the program reads from an env file counts more than where its container is published
    rank: variable === null ? 6 : set === true ? 4.8 : 5.9,
    evidence: { file, line, says: `port ${port}` },
  }));

/**
 * A server that is started without a port listens on its own default: that is a claim, too. A document that shows the
 * command and this address counts more than the port of a container.
 */
function idleClaims({ framework, targets }: Backend, repository: Repository): Claim[] {
  const idle = targets.find(
    ({ codePort, command }) => codePort === null && command.words.length > 0 && isIdle(command),
  );
  if (!idle) return [];
  const { file, line, words, source } = idle.command;
  const port = DEFAULT_PORTS[framework];
  const isNamed = namesAddress(repository, { file, source }, port);
  return [{ port, rank: isNamed ? 4.6 : 5.5, evidence: { file, line, says: words.join(" ") } }];
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
  !words.some((word) => /^--?(port|bind|listen|p|b)(=|$)/.test(word));

/** The host side of what the backend's own container publishes. */
function composeClaims(repository: Repository, backend: Backend, composed: Composed | null): Claim[] {
  return containersOf(repository, backend, composed).flatMap(({ ports, command, file, line, name }): Claim[] =>
    ports
      .filter(({ container }) => !DEBUGGERS.has(container))
      // what its command names comes first
      .toSorted((a, b) => Number(names(command, b.container)) - Number(names(command, a.container)))
      .slice(0, 1)
      .flatMap(({ host, container }) =>
        host === null || host === 80 || host === 443
          ? []
          : [{ port: host, rank: 5, evidence: { file, line, says: `${name}: ${host}:${container}` } }],
      ),
  );
}

/** A backend's own containers; pages of documents and notebooks made of the same image come last. */
const containersOf = (repository: Repository, { cwd, home }: Backend, composed: Composed | null): Service[] =>
  (composed?.apps ?? [])
    .filter((service) => isServiceOf(service, cwd, home) && !isWorker(service) && !isOfNode(repository, service))
    .toSorted((a, b) => Number(BESIDE.test(a.name)) - Number(BESIDE.test(b.name)));

const BESIDE = /docs|sphinx|jupyter|notebook|storybook/i;

/** Where one folder holds everything, its images tell the front end's container from the backend's. */
function isOfNode(repository: Repository, { build, image }: Service): boolean {
  const file = build === null ? null : (build.dockerfile ?? path.posix.join(build.context, "Dockerfile"));
  const base = file === null ? image : readDockerfile(file, repository.text(file) ?? "").base;
  return /(^|\/)(node|bun|deno)(:|@|$)/.test(base ?? "");
}

/** debugpy, a second one beside it, and Node's inspector. */
const DEBUGGERS = new Set([5678, 5679, 9229, 9230]);

const names = (command: string, port: number): boolean => new RegExp(`\\b${port}\\b`).test(command);

/** Made of an app's image and no server itself: a worker, or what migrates. */
export const isWorker = ({ command, name }: Service): boolean =>
  /(celery|rq|arq|dramatiq|taskiq|alembic|migrate|flower)/.test(`${command} ${name}`) &&
  !/(uvicorn|gunicorn|hypercorn|granian|fastapi|flask|runserver)/.test(command);

/** Whether a container is an app of a folder: built of it, or with it mounted. */
export function isServiceOf({ build, mounts }: Service, cwd: string, home: string): boolean {
  const folders = [
    build?.context,
    build?.dockerfile == null ? undefined : path.posix.dirname(build.dockerfile),
    ...mounts,
  ].filter((folder) => folder !== undefined);
  const own = [cwd, home].filter((folder) => folder !== ".");
  if (own.length === 0) return folders.includes(".");
  return folders.some((folder) => own.some((one) => folder === one || folder.startsWith(`${one}/`)));
}

/**
 * The port of each backend. What a front end expects goes to one without a stronger claim: to the only one,
 * or to the one that names the same elsewhere.
 */
export function backendPorts(
  backends: readonly Backend[],
  own: ReadonlyMap<Backend, Claim[]>,
  expected: readonly Expectation[],
  taken: ReadonlySet<number>,
): Map<Backend, Claim> {
  const wanted = expected.filter(({ port }) => !taken.has(port));
  const open = backends.filter((one) => (own.get(one)?.[0]?.rank ?? 9) > 2);
  const settled = new Set(backends.filter((one) => !open.includes(one)).map((one) => own.get(one)?.[0]?.port));
  return new Map(
    backends.map((backend) => {
      const claims = own.get(backend) ?? [];
      const hint = open.includes(backend)
        ? expectedOf(
            backend,
            claims,
            open,
            wanted.filter(({ port }) => !settled.has(port)),
          )
        : null;
      const all = [...claims, ...(hint ? [hint] : [])].toSorted((a, b) => a.rank - b.rank);
      return [backend, agreed(claims, wanted) ?? all[0] ?? fallback(backend)];
    }),
  );
}

const isDocument = ({ evidence: { file } }: Claim): boolean => /\.(mdx?|rst|txt)$/i.test(file);

/** What a front end expects and the code or a container names, too, where a document alone names another port. */
function agreed([first, ...others]: readonly Claim[], wanted: readonly Expectation[]): Claim | null {
  if (first === undefined || !isDocument(first) || wanted.some(({ port }) => port === first.port)) return null;
  const found = others.filter((one) => !isDocument(one)).find(({ port }) => wanted.some((one) => one.port === port));
  return found ?? null;
}

function fallback({ framework, evidence: [first] }: Backend): Claim {
  const port = DEFAULT_PORTS[framework];
  return {
    port,
    rank: 8,
    evidence: { file: first?.file ?? "", line: first?.line ?? 1, says: `default of ${framework}` },
  };
}

function expectedOf(
  backend: Backend,
  claims: readonly Claim[],
  open: readonly Backend[],
  wanted: readonly Expectation[],
): Claim | null {
  const asClaim = ({ port, kind, evidence }: Expectation): Claim => ({
    port,
    rank: kind === "proxy" ? 3 : 4,
    evidence,
  });
  const same = wanted.find(
    ({ port }) => claims.some((claim) => claim.port === port) || DEFAULT_PORTS[backend.framework] === port,
  );
  // a proxy that was left from a template loses against a URL that a command or a container confirms
  const confirmed = (kind: Expectation["kind"]): Expectation | undefined =>
    wanted.find((one) => one.kind === kind && claims.some(({ port, rank }) => port === one.port && rank <= 5));
  const url = wanted.some(({ kind }) => kind === "proxy") && !confirmed("proxy") ? confirmed("url") : undefined;
  if (url) return asClaim(url);
  for (const kind of ["proxy", "url"] as const) {
    const of = wanted.filter((one) => one.kind === kind);
    if (of.length === 0) continue;
    const known = of.find(({ port }) => claims.some((claim) => claim.port === port));
    if (known) return asClaim(known);
    if (open.length === 1) return asClaim(mostFrequent(of, same?.port));
  }
  return null;
}

/** Of several ports the one that is named most; or the one that something else confirms, where it is among them. */
function mostFrequent(of: readonly Expectation[], confirmed: number | undefined): Expectation {
  const counted = groupBy(of, ({ port }) => port);
  const first = counted.get(confirmed ?? -1) ?? [...counted.values()].toSorted((a, b) => b.length - a.length)[0];
  return (first?.[0] ?? of[0]) as Expectation;
}

/** The path that a container's own health check asks. */
export function composeHealthPath(repository: Repository, backend: Backend, composed: Composed | null): string | null {
  const [service] = containersOf(repository, backend, composed);
  return service ? healthPath(service.healthCheck) : null;
}
