import { writtenValues } from "../../config/env-file.ts";
import type { Composed } from "../compose/composed.ts";
import { namesHost } from "../compose/host-name.ts";
import type { Context } from "../context.ts";
import type { PieceVariables } from "../model.ts";
import type { Backend } from "../python/backend.ts";
import { readsVariable } from "../python/settings/reads-variable.ts";
import { variablesOf } from "../repository/env-files.ts";
import type { Repository } from "../repository/snapshot.ts";
import { givenVariables } from "../services/containers.ts";
import type { ContainerEnvFile } from "./container-env-files.ts";
import { databaseUrl } from "./database-url.ts";
import { piecesOf } from "./service-address.ts";

const VARIABLE = /HOST|SERVER|URL|URI|DSN|ADDR|BROKER|BACKEND|ENDPOINT|DATABASE|REDIS|BOOTSTRAP|CONN/i;

/** `NEO4J_DATABASE=neo4j`, `CACHE_BACKEND=redis`: a name or a choice, which a container may share. */
const NO_HOST = /(DATABASE|BACKEND|CONNECTION)$/i;

/**
 * Variables whose value names a container: they are written so that a program on the host reaches it. Only those that the
 * app's own container is given or the code reads, and only of services that publish the port.
 */
export function hostVariables(
  context: Context,
  backend: Backend,
  envFiles: readonly ContainerEnvFile[],
): PieceVariables {
  const { repository, composed } = context;
  if (!composed) return {};
  const given = givenVariables(context, backend);
  const values: Record<string, string> = {
    ...variablesOf(repository, "."),
    ...variablesOf(repository, backend.home),
    ...(backend.cwd === backend.home ? {} : variablesOf(repository, backend.cwd)),
    ...valuesIn(repository, envFiles),
    ...given,
  };
  const wanted = (name: string): boolean => Object.hasOwn(given, name) || readsVariable(repository, backend, name);
  const found = reached(values, composed, wanted);
  const url = databaseUrl(context, backend, values, found);
  const set = url ? { ...found, DATABASE_URL: url } : found;
  // defaults of the code, where nothing sets the variable
  const defaults = (context.inCode.get(backend) ?? []).flatMap(({ variable, value }) =>
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
    const service = composed.infra.find(
      (one) => VARIABLE.test(name) && namesHost(value, one.name) && !(value === one.name && NO_HOST.test(name)),
    );
    const pieces = service && wanted(name) ? piecesOf(value, service) : null;
    if (!service || !pieces) continue;
    found[name] = pieces;
    const port = portVariable(name, (one) => one in values || wanted(one));
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

/** That beside a host, by the usual name, or as MySQL's own tools call it: `MYSQL_TCP_PORT`. */
function portVariable(host: string, isKnown: (name: string) => boolean): string {
  const ending = (end: string): string => host.replace(/(HOST(NAME)?|SERVER|ADDR(ESS)?)$/, end);
  const [usual, ofMysql] = [ending("PORT"), ending("TCP_PORT")];
  return !isKnown(usual) && isKnown(ofMysql) ? ofMysql : usual;
}
