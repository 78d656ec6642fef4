import type { Service } from "./compose/model.ts";
import { isServiceOf, isWorker } from "./containers.ts";
import type { Context } from "./context.ts";
import type { Omitted } from "./model.ts";

type Apps = Pick<Context, "composed" | "backends" | "fronts">;

/** Why each service is left out, as far as the apps that were found say more of it than the compose file does. */
export const leftOutOfStack = ({ composed, backends, fronts }: Apps): Omitted[] =>
  (composed?.omitted ?? []).map((one) => {
    const service = composed?.stack.services.find(({ name }) => name === one.what);
    const role = composed?.roles.get(one.what);
    if (service === undefined || service.build === null || (role !== "app" && role !== "proxy")) return one;
    const isFront = fronts.some(({ package: { folder } }) => folder !== "." && isServiceOf(service, folder, folder));
    // a front end is built, and nginx serves what comes out
    if (role === "proxy") return isFront ? { ...one, why: "one of the apps, or made of their image" } : one;
    const isKnown = isFront || backends.some(({ cwd, home }) => isServiceOf(service, cwd, home));
    const folders = [...backends.map(({ cwd }) => cwd), ...fronts.map((front) => front.package.folder)];
    return isKnown || isWorker(service) || isAbove(service, folders)
      ? one
      : { ...one, why: "built of code in which no app was recognized; add it to `services` to have it started" };
  });

/** Of what is built of the whole repository, or of a folder with apps in it, its place says nothing. */
const isAbove = ({ build, mounts }: Service, apps: readonly string[]): boolean =>
  [build?.context ?? ".", ...mounts].some(
    (folder) => folder === "." || apps.some((app) => app.startsWith(`${folder}/`)),
  );
