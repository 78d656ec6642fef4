import { isEnvironmentFile, isForElsewhere } from "../environment.ts";
import type { Repository } from "../repository/snapshot.ts";
import type { Service } from "./model.ts";

const DATABASE =
  /(^|\/)(postgres|postgresql|postgis|pgvector|timescaledb\w*|mysql|mysql-server|mariadb|percona)(:|@|$)/;
const SQLITE = /\bsqlite(\+\w+)?:\/\/\/|django\.db\.backends\.sqlite3/;
const NO_PROGRAM = /(^|\/)(tests?|migrations|versions|examples?)\/|(^|\/)(test_[^/]*|[^/]*_test|conftest)\.py$/;

/**
 * A database of the containers alone, in a project that does without it: a program on the host does not reach it, the code falls
 * back to SQLite, and no file of variables names it.
 */
export function isOnlyDeployed(repository: Repository, { name, image, ports }: Service): boolean {
  if (ports.length > 0 || !DATABASE.test((image ?? "").replace(/(?<=[^/]):[^/]*$/, ""))) return false;
  const named = new RegExp(`(//|@|=)["']?${name.replaceAll(/[^\w-]/g, ".")}(["':/\\s]|$)`, "m");
  const isNamed = repository.files.some(
    (file) =>
      isEnvironmentFile(file.split("/").at(-1) ?? "") &&
      !isForElsewhere(file) &&
      named.test(repository.text(file) ?? ""),
  );
  return (
    !isNamed &&
    repository.files.some(
      (file) => file.endsWith(".py") && !NO_PROGRAM.test(file) && SQLITE.test(repository.text(file) ?? ""),
    )
  );
}
