import path from "node:path";
import { readDockerfile } from "./commands/sources/dockerfile.ts";
import { type Composed, OF_AN_APP } from "./compose/choose.ts";
import { isForTests } from "./compose/elsewhere.ts";
import type { Service } from "./compose/model.ts";
import { isServiceOf } from "./containers.ts";
import type { Context } from "./context.ts";
import type { Omitted } from "./model.ts";
import type { Repository } from "./repository/snapshot.ts";

type Found = Pick<Context, "repository" | "composed" | "backends" | "fronts">;

/** Services that are left out, each with its reason: what is built here may be an app's, or a program of its own. */
export function omittedServices({ repository, composed, backends, fronts }: Found): Omitted[] {
  if (!composed) return [];
  const homes = [...backends.flatMap(({ cwd, home }) => [cwd, home]), ...fronts.map((one) => one.package.folder)];
  return composed.omitted.map((one) => {
    const service = composed.stack.services.find(({ name }) => name === one.what);
    return service === undefined ? one : { ...one, why: reasonOf(repository, composed, service, homes) ?? one.why };
  });
}

/** null: as its role says. */
function reasonOf(
  repository: Repository,
  { roles }: Composed,
  service: Service,
  homes: readonly string[],
): string | null {
  const role = roles.get(service.name);
  if (role === "proxy" && holdsBuilt(repository, service)) return OF_AN_APP;
  if (role !== "app" || !isProgramOfItsOwn(repository, service, homes)) return null;
  return isForTests(service.name)
    ? "for tests"
    : "built here, and none of the apps; add it to `services` to have it started";
}

const dockerfileOf = ({ build }: Service): string | null =>
  build === null ? null : (build.dockerfile ?? path.posix.join(build.context, "Dockerfile"));

/** A web server's image with what a stage of Node has built: a front end, and no router. */
function holdsBuilt(repository: Repository, service: Service): boolean {
  const file = dockerfileOf(service);
  const text = service.build?.inline ?? (file === null ? null : repository.text(file));
  const images = readDockerfile(file ?? "", text ?? "").images;
  return images.some((image) => /(^|\/)(node|bun)(:|@|$)/.test(image));
}

const MANIFEST =
  /^(package\.json|pyproject\.toml|requirements[\w.-]*\.txt|Pipfile|go\.mod|Cargo\.toml|pom\.xml|build\.gradle(\.kts)?|Gemfile|composer\.json|mix\.exs|.+\.csproj)$/;

/** Built of a folder that holds a program and none of the apps: a server in another language, one of gRPC, a page of Streamlit. */
function isProgramOfItsOwn(repository: Repository, service: Service, homes: readonly string[]): boolean {
  const file = dockerfileOf(service);
  if (file === null || homes.some((home) => isServiceOf(service, home, home))) return false;
  const isProgram = (folder: string): boolean => repository.names(folder).some((name) => MANIFEST.test(name));
  const folder = [path.posix.dirname(file), service.build?.context ?? "."].find(isProgram) ?? ".";
  const isAbove = (home: string): boolean => home === folder || home.startsWith(`${folder}/`);
  return folder !== "." && !homes.some(isAbove);
}
