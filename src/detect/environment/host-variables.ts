import path from "node:path";
import type { Composed } from "../compose/choose.ts";
import { portOutside } from "../compose/kafka.ts";
import type { Service } from "../compose/model.ts";
import { variablesOf } from "../repository/env-files.ts";
import type { ContainerEnvFile } from "./container-env-files.ts";
import { writtenValues } from "../../config/env-file.ts";
import type { Piece, PieceVariables } from "../model.ts";
import { namesHost } from "../compose/host-name.ts";
import { containersInCode } from "./containers-in-code.ts";
import { isServiceOf, isWorker } from "../services/containers.ts";
import { databaseUrl } from "./database-url.ts";
import type { Backend } from "../python/backend.ts";
import { readsVariable } from "../python/reads-variable.ts";
import type { Repository } from "../repository/snapshot.ts";
import { isPlaceholder } from "./templates.ts";

const VARIABLE = /HOST|SERVER|URL|URI|DSN|ADDR|BROKER|BACKEND|ENDPOINT|DATABASE|REDIS|BOOTSTRAP|CONN/i;

/**
 * Variables whose value names a container: they are written so that a program on the host reaches it. Only those that the
 * app's own container is given or the code reads, and only of services that publish the port.
 */
export function hostVariables(
  repository: Repository,
  backend: Backend,
  composed: Composed | null,
  envFiles: readonly ContainerEnvFile[] = [],
): PieceVariables {
  if (!composed) return {};
  const given = givenVariables(backend, composed);
  const values: Record<string, string> = {
    ...variablesOf(repository, "."),
    ...variablesOf(repository, backend.home),
    ...(backend.cwd === backend.home ? {} : variablesOf(repository, backend.cwd)),
    ...valuesIn(repository, envFiles),
    ...given,
  };
  const wanted = (name: string): boolean => Object.hasOwn(given, name) || readsVariable(repository, backend, name);
  const found = reached(values, composed, wanted);
  const url = databaseUrl(repository, backend, composed, values, found);
  const set = url ? { ...found, DATABASE_URL: url } : found;
  // defaults of the code, where nothing sets the variable
  const defaults = containersInCode(repository, backend, composed).flatMap(({ variable, value }) =>
    variable === null || Object.hasOwn(values, variable) ? [] : [[variable, value]],
  );
  return { ...reached(Object.fromEntries(defaults) as Record<string, string>, composed, wanted), ...set };
}

/** Those of the values that name a container, as a program on the host reaches it. */
function reached(
  values: Readonly<Record<string, string>>,
  composed: Composed,
  wanted: (name: string) => boolean,
): PieceVariables {
  const found: PieceVariables = {};
  for (const [name, value] of Object.entries(values)) {
    const service = composed.infra.find((one) => VARIABLE.test(name) && namesHost(value, one.name));
    const pieces = service && wanted(name) ? piecesOf(value, service) : null;
    if (!service || !pieces) continue;
    found[name] = pieces;
    const port = portVariable(name);
    // of several ports nothing says which one is meant
    const [only] = service.ports.length === 1 && wanted(port) ? service.ports : [];
    const container = port in values ? Number(values[port]) : only?.container;
    if (value === service.name && container !== undefined && service.ports.some((one) => one.container === container))
      found[port] = [{ service: service.name, what: "port", port: container }];
  }
  return found;
}

const valuesIn = (repository: Repository, files: readonly ContainerEnvFile[]): Record<string, string> =>
  Object.assign({}, ...files.map(({ written }) => writtenValues(repository.text(written) ?? ""))) as Record<
    string,
    string
  >;

/** Variables that only the app's container is given, and that its code reads: a program on the host may need them too. */
export function onlyInCompose(repository: Repository, backend: Backend, composed: Composed): string[] {
  const { stack } = composed;
  const folders = new Set([".", backend.home, backend.cwd, ...stack.files.map((file) => path.posix.dirname(file))]);
  const set = new Set([...folders].flatMap((folder) => Object.keys(variablesOf(repository, folder))));
  const ofContainers = (name: string, value: string): boolean =>
    CONTAINERS.test(name) || /^\/|\$/.test(value) || stack.services.some((one) => namesHost(value, one.name));
  return Object.entries(givenVariables(backend, composed))
    .filter(([name, value]) => value !== "" && !set.has(name) && !ofContainers(name, value))
    .map(([name]) => name)
    .filter((name) => readsVariable(repository, backend, name));
}

/** Where a container listens, and what is in it. */
const CONTAINERS = /(^|_)(HOST|PORT|PATH|DIR|HOME|ROOT)$|^PYTHON|^(PORT|HOST|TZ|CI)$|(CERT|KEY)_?FILE$/;

/** What the containers of a backend are given. */
export function givenVariables(backend: Backend, { apps }: Composed): Record<string, string> {
  const containers = apps.filter((one) => isServiceOf(one, backend.cwd, backend.home) && !isWorker(one));
  const entries = containers.flatMap(({ environment }) => Object.entries(environment));
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== null));
}

const portVariable = (host: string): string => host.replace(/(HOST(NAME)?|SERVER|ADDR(ESS)?)$/, "PORT");

/** The value with the service's host and port in place of the container's; null where part of it is unknown. */
function piecesOf(value: string, service: Service): Piece[] | null {
  const { name, ports, environment } = service;
  if (ports.length === 0) return null;
  const pieces: Piece[] = [];
  const at = new RegExp(`(^|//|@)${name.replaceAll(/[^\w-]/g, ".")}(?::(\\d+))?(?=/|$|\\?)`).exec(value);
  if (!at) return null;
  const before = value.slice(0, at.index + (at[1]?.length ?? 0));
  const after = value.slice(at.index + at[0].length);
  const port = at[2] === undefined ? null : portOutside(service, Number(at[2]));
  if (port !== null && !ports.some(({ container }) => container === port)) return null;
  if (port === null && value !== name && ports[0]?.host !== ports[0]?.container) {
    // the scheme's own port is not where it is published
    pieces.push(
      before,
      { service: name, what: "host" },
      ":",
      { service: name, what: "port", port: ports[0]?.container ?? 0 },
      after,
    );
  } else
    pieces.push(
      before,
      { service: name, what: "host" },
      ...(port === null ? [] : [":", { service: name, what: "port", port } as const]),
      after,
    );
  return withVariables(pieces, name, environment);
}

/** `${POSTGRES_USER}` that no file gives a value is taken from the container itself. */
function withVariables(pieces: readonly Piece[], service: string, environment: Service["environment"]): Piece[] | null {
  const result: Piece[] = [];
  for (const piece of pieces) {
    if (typeof piece !== "string") {
      result.push(piece);
      continue;
    }
    for (const [index, part] of piece.split(/\$\{(\w+)[^}]*\}/).entries()) {
      if (index % 2 === 0) result.push(part);
      else if (Object.hasOwn(environment, part)) result.push({ service, what: "env", name: part });
      else return null;
    }
  }
  return withSecrets(result, service, environment).filter((piece) => piece !== "");
}

/** A password that the developer fills in is not that of the template: it is taken from the container, too. */
function withSecrets(pieces: readonly Piece[], service: string, environment: Service["environment"]): Piece[] {
  const secrets = Object.entries(environment).flatMap(([name, value]) =>
    value !== null && value !== "" && isPlaceholder(value) ? [[name, value] as const] : [],
  );
  return pieces.flatMap((piece) => {
    const [name, value] = secrets.find(([, one]) => typeof piece === "string" && piece.endsWith(`:${one}@`)) ?? [];
    return typeof piece !== "string" || name === undefined || value === undefined
      ? piece
      : [piece.slice(0, -value.length - 1), { service, what: "env", name }, "@"];
  });
}
