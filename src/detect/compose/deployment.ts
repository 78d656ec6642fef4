import path from "node:path";
import { isEnvironmentFile, isForElsewhere } from "../repository/env-files.ts";
import type { Repository } from "../repository/snapshot.ts";
import type { ComposeStack, Service } from "./model.ts";
import type { Role } from "./roles.ts";

const DATABASE =
  /(^|\/)(postgres|postgresql|postgis|pgvector|timescaledb\w*|mysql|mysql-server|mariadb|percona)(:|@|$)/;
const SQLITE = /\bsqlite(\+\w+)?:\/\/\/|django\.db\.backends\.sqlite3/;
const NO_PROGRAM = /(^|\/)(tests?|migrations|versions|examples?)\/|(^|\/)(test_[^/]*|[^/]*_test|conftest)\.py$/;

/**
 * A database of a deployment, in a project that does without it: only a proxy publishes ports, nothing mounts the source, a program on
 * the host does not reach it, the code falls back to SQLite, and no file of variables names it.
 */
export function isOnlyDeployed(
  repository: Repository,
  service: Service,
  { services }: ComposeStack,
  roles: ReadonlyMap<string, Role>,
): boolean {
  if (service.ports.length > 0 || !DATABASE.test((service.image ?? "").replace(/(?<=[^/]):[^/]*$/, ""))) return false;
  const isProxy = ({ name }: Service): boolean => roles.get(name) === "proxy";
  const isInside = ({ ports, mounts }: Service): boolean =>
    ports.length === 0 && !mounts.some((folder) => hasSource(repository, folder));
  if (!services.some(isProxy) || !services.every((one) => isProxy(one) || isInside(one))) return false;
  return !isNamed(repository, service) && fallsBack(repository);
}

const fallsBack = ({ files, text }: Repository): boolean =>
  files.some((file) => file.endsWith(".py") && !NO_PROGRAM.test(file) && SQLITE.test(text(file) ?? ""));

const hasSource = (repository: Repository, folder: string): boolean =>
  repository.files.some((file) => file.endsWith(".py") && (folder === "." || file.startsWith(`${folder}/`)));

/** Files for the containers of a deployment. */
const DEPLOYED = /(^|\/)(deploy(ment)?|docker|infra|ops|helm|k8s|terraform)\//;

/** As the host of an address, or by the scheme of one. */
function isNamed(repository: Repository, { name }: Service): boolean {
  const host = name.replaceAll(/[^\w-]/g, ".");
  const address = new RegExp(`(//|@|=)["']?${host}(["':/\\s]|$)|=["']?(postgres(ql)?|mysql|mariadb)(\\+\\w+)?://`, "m");
  return repository.files.some(
    (file) =>
      isEnvironmentFile(path.posix.basename(file)) &&
      !isForElsewhere(file) &&
      !DEPLOYED.test(file) &&
      address.test(repository.text(file) ?? ""),
  );
}
