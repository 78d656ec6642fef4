import path from "node:path";
import type { SetupStep } from "../../model/project.ts";
import type { Files } from "../../system/files/files.ts";
import { upwards } from "../../util/paths.ts";
import { hasLostPython } from "../python/environments.ts";
import { type Declared, declaredIn } from "./declared.ts";

/**
 * The packages that a step's files ask for and that are not where it installs them; null where that is unknown. Reads
 * folders and starts no process: it runs at every start.
 */
export async function missingPackages(
  { declares }: Pick<SetupStep, "declares">,
  files: Files,
): Promise<string[] | null> {
  if (!declares) return null;
  // what keeps the environment makes it anew then
  if (await hasLostPython(files, declares.installedIn)) return ["python"];
  const declared = await declaredIn(declares.files, files);
  if (declared === null) return null;
  const { installedIn } = declares;
  const missing =
    path.basename(installedIn) === "node_modules"
      ? await absentFromNodeModules(declared, declares, files)
      : await absentFromVenv(declared, installedIn, files);
  return [...new Set(missing)];
}

/** A member's own node_modules, then those above it. */
async function absentFromNodeModules(
  declared: readonly Declared[],
  { files: [packageJson = ""], installedIn }: NonNullable<SetupStep["declares"]>,
  files: Files,
): Promise<string[]> {
  const top = path.dirname(installedIn);
  // yarn's plug'n'play has no such folder
  if ((await files.kind(path.join(top, ".pnp.cjs"))) !== null) return [];
  const folders = upwards(path.dirname(packageJson), top);
  const there = await Promise.all(
    declared.map(async ({ name }) => {
      const kinds = await Promise.all(folders.map((folder) => files.kind(path.join(folder, "node_modules", name))));
      return kinds.some((kind) => kind !== null);
    }),
  );
  return declared.flatMap(({ name }, at) => (there[at] ? [] : [name]));
}

async function absentFromVenv(declared: readonly Declared[], venv: string, files: Files): Promise<string[]> {
  const versions = await files.list(path.join(venv, "lib"));
  const listed = await Promise.all(versions.map((name) => files.list(path.join(venv, "lib", name, "site-packages"))));
  const installed = new Map(
    listed.flat().flatMap((entry) => {
      const [, name, version] = /^(.+?)-([^-]+)(?:-py[\d.]+)?\.(?:dist|egg)-info$/.exec(entry) ?? [];
      return name && version ? [[normal(name), version] as const] : [];
    }),
  );
  return declared.flatMap(({ name, version }) => {
    const there = installed.get(normal(name));
    if (there === undefined) return [name];
    return version === null || plain(version) === plain(there) ? [] : [`${name}==${version}`];
  });
}

/** PEP 503. */
const normal = (name: string): string => name.toLowerCase().replaceAll(/[-_.]+/g, "-");

/** `3.0` is `3.0.0`; a local build (`+cpu`) is the same release. */
const plain = (version: string): string => version.replace(/\+.*$/, "").replace(/(?:\.0)+$/, "");
