import path from "node:path";
import { type Composed, OF_AN_APP } from "../compose/composed.ts";
import { isForTests } from "../compose/elsewhere.ts";
import { imageOf } from "../compose/image.ts";
import { type Service, dockerfileOf } from "../compose/model.ts";
import { isServiceOf, mayServe } from "./containers.ts";
import type { Context } from "../context.ts";
import type { Omitted } from "../model.ts";
import type { Repository } from "../repository/snapshot.ts";

type Found = Pick<Context, "repository" | "composed" | "backends" | "fronts">;

/** Services that are left out, each with its reason: what is built here may be an app's, or a program of its own. */
export function omittedServices({ repository, composed, backends, fronts }: Found): Omitted[] {
  if (!composed) return [];
  const apps = appFolders({ backends, fronts });
  return composed.omitted.map((one) => {
    const service = composed.stack.services.find(({ name }) => name === one.what);
    return service === undefined ? one : { ...one, why: reasonOf(repository, composed, service, apps) ?? one.why };
  });
}

/** Whether a service is built of a program of its own, which is said where it is left out. */
export const isBuiltOfItsOwn = (found: Found, service: Service): boolean =>
  isProgramOfItsOwn(found.repository, service, appFolders(found).all);

function appFolders({ backends, fronts }: Pick<Found, "backends" | "fronts">): Apps {
  const folders = fronts.map((one) => one.package.folder);
  return { fronts: folders, all: [...backends.flatMap(({ cwd, home }) => [cwd, home]), ...folders] };
}

/** The folders of the apps that were found. */
interface Apps {
  fronts: readonly string[];
  all: readonly string[];
}

/** null: as its role says. */
function reasonOf(repository: Repository, { roles }: Composed, service: Service, { fronts, all }: Apps): string | null {
  const role = roles.get(service.name);
  if (role === "proxy" && (isBuiltOfOne(service, fronts) || holdsBuilt(repository, service))) return OF_AN_APP;
  if (role !== "app" || !mayServe(service) || !isProgramOfItsOwn(repository, service, all)) return null;
  return isForTests(service.name)
    ? "for tests"
    : "built here, but not one of the apps; add it to `services` to have it started";
}

/** Where an app is the whole repository, every container is built of its folder; a router may have what is built mounted. */
const isBuiltOfOne = (service: Service, folders: readonly string[]): boolean =>
  service.build !== null &&
  folders.some((folder) => folder !== "." && isServiceOf({ ...service, mounts: [] }, folder, folder));

/** A web server's image with what a stage of Node has built: a front end, and no router. */
const holdsBuilt = (repository: Repository, service: Service): boolean =>
  imageOf(repository, service)?.images.some((image) => /(^|\/)(node|bun)(:|@|$)/.test(image)) === true;

const MANIFEST =
  /^(package\.json|pyproject\.toml|requirements[\w.-]*\.txt|Pipfile|go\.mod|Cargo\.toml|pom\.xml|build\.gradle(\.kts)?|Gemfile|composer\.json|mix\.exs|.+\.csproj)$/;

/** Built of a folder that holds a program and none of the apps: a server in another language, one of gRPC, a page of Streamlit. */
function isProgramOfItsOwn(repository: Repository, service: Service, homes: readonly string[]): boolean {
  const file = dockerfileOf(service);
  if (file === null || homes.some((home) => isServiceOf(service, home, home))) return false;
  // without a list of what it needs, which its Dockerfile installs
  const isPython = (folder: string): boolean =>
    folder === service.build?.context &&
    repository.files.some((one) => one.startsWith(`${folder}/`) && one.endsWith(".py"));
  const isProgram = (folder: string): boolean =>
    repository.names(folder).some((name) => MANIFEST.test(name)) || isPython(folder);
  const folder = [path.posix.dirname(file), service.build?.context ?? "."].find(isProgram) ?? ".";
  const isAbove = (home: string): boolean => home === folder || home.startsWith(`${folder}/`);
  return folder !== "." && !homes.some(isAbove);
}
